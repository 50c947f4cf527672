//! The writing half of a connection, down to its last message.
//!
//! Client and relay may both be sending long envelopes at once. If each waited for
//! the other to read before reading itself, both would wait for ever. So a task of
//! its own writes, from two bounded queues: replies, as many as a client may have
//! requests, and mail, one at a time.

use std::time::Duration;

use futures_util::{SinkExt, stream::SplitSink};
use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use super::{budget::Held, handshake::Socket, hub::ClientLimits, store::StoreError};
use crate::transport::control::Reply;

/// How long the queued messages may take to be written when a connection ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(super) enum CloseReason {
    #[error("the connection was closed")]
    Closed,
    #[error("nothing was heard for too long")]
    Idle,
    #[error("the client reads too slowly")]
    SlowReader,
    #[error("there is no room for clients that have not said who they are; try again")]
    NoRoom,
    #[error(
        "this identity has as many connections here as one may have; end another, or try again"
    )]
    TooManyConnections,
    #[error("this mailbox was opened elsewhere")]
    Replaced,
    #[error("the relay is stopping")]
    Stopping,
    #[error("answer the challenge first, with a hello")]
    NoHello,
    #[error("the signature does not answer the challenge")]
    BadSignature,
    #[error("this relay asks for its join token, the one it printed when it was last started")]
    WrongToken,
    #[error("not a message of this protocol: {0}")]
    Malformed(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CloseReason {
    /// The last message to the client.
    pub(super) fn message(&self) -> Message {
        let retry = match self {
            Self::Store(error) => error.is_transient(),
            Self::Closed
            | Self::Idle
            | Self::SlowReader
            | Self::Stopping
            | Self::NoRoom
            | Self::TooManyConnections => true,
            Self::Replaced
            | Self::NoHello
            | Self::BadSignature
            | Self::WrongToken
            | Self::Malformed(_) => false,
        };
        let why = self.to_string();
        text(&Reply::Refused { why, retry })
    }
}

/// A reply as a message; the end of the connection if it cannot be written as JSON.
pub(super) fn text(reply: &Reply) -> Message {
    serde_json::to_string(reply).map_or(Message::Close(None), Message::text)
}

/// A message to the client, and its part of the budget until it is written.
pub(super) struct Outgoing {
    message: Message,
    held: Option<Held>,
}

impl Outgoing {
    pub(super) const fn new(message: Message, held: Option<Held>) -> Self {
        Self { message, held }
    }

    pub(super) fn mail(envelope: Vec<u8>, held: Option<Held>) -> Self {
        Self::new(Message::Binary(envelope.into()), held)
    }
}

/// The queues of the task that writes to one client.
pub(super) struct SocketWriter {
    replies: mpsc::Sender<Outgoing>,
    pub(super) mail: mpsc::Sender<Outgoing>,
    task: JoinHandle<()>,
}

impl SocketWriter {
    pub(super) fn spawn(sink: SplitSink<Socket, Message>, limits: &ClientLimits) -> Self {
        let (replies, queued_replies) = mpsc::channel(2 * limits.window);
        let (mail, queued_mail) = mpsc::channel(1);
        Self {
            replies,
            mail,
            task: tokio::spawn(write(sink, queued_replies, queued_mail, limits.write)),
        }
    }

    /// Queues a reply. It waits only if the client has more requests open than the
    /// protocol allows.
    pub(super) async fn reply(&self, reply: Outgoing) -> Result<(), CloseReason> {
        let queued = self.replies.send(reply).await;
        queued.map_err(|_| CloseReason::SlowReader)
    }

    /// Queues what the client can do without, unless the queue is full.
    pub(super) fn notify(&self, notice: Outgoing) -> Result<(), CloseReason> {
        match self.replies.try_send(notice) {
            Ok(()) | Err(TrySendError::Full(_)) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(CloseReason::SlowReader),
        }
    }

    /// Writes what is queued, for a limited time, and closes the connection.
    pub(super) async fn close(mut self) {
        drop((self.replies, self.mail));
        if timeout(CLOSE_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut replies: mpsc::Receiver<Outgoing>,
    mut mail: mpsc::Receiver<Outgoing>,
    time_limit: Duration,
) {
    // What was handed to the connection and may be in its buffer still.
    let mut buffered = Vec::new();
    loop {
        let first = tokio::select! {
            biased;
            Some(reply) = replies.recv() => reply,
            Some(mail) = mail.recv() => mail,
            else => break,
        };
        let mut next = Some(first);
        while let Some(Outgoing { message, held }) = next {
            if !matches!(timeout(time_limit, sink.feed(message)).await, Ok(Ok(()))) {
                return;
            }
            buffered.extend(held);
            // What is ready by now leaves in the same write.
            next = replies.try_recv().or_else(|_| mail.try_recv()).ok();
        }
        if !matches!(timeout(time_limit, sink.flush()).await, Ok(Ok(()))) {
            return;
        }
        buffered.clear();
    }
    let _ = timeout(time_limit, sink.close()).await;
}
