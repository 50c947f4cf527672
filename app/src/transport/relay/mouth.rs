//! The writing half of a connection, which must not hold up the reading half.
//!
//! Client and relay may both be sending long envelopes at once. If each waited for
//! the other to read before reading itself, both would wait for ever. So a task of
//! its own writes, from two short queues: answers, as many as a client may have
//! requests, and mail, one at a time.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt, stream::SplitSink};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::{connection::Goodbye, hub::Limits};

pub(super) struct Mouth {
    answers: mpsc::Sender<Message>,
    pub(super) mail: mpsc::Sender<Message>,
    writer: JoinHandle<()>,
}

impl Mouth {
    pub(super) fn open(sink: SplitSink<WebSocket, Message>, limits: &Limits) -> Self {
        let (answers, to_answer) = mpsc::channel(limits.window.saturating_mul(2));
        let (mail, to_mail) = mpsc::channel(1);
        Self {
            answers,
            mail,
            writer: tokio::spawn(write(sink, to_answer, to_mail, limits.write)),
        }
    }

    /// Answers a client. It waits only where the client has more requests open than
    /// the protocol lets it have.
    pub(super) async fn say(&self, message: Message) -> Result<(), Goodbye> {
        let said = self.answers.send(message).await;
        said.map_err(|_| Goodbye::Slow)
    }

    /// Closes once everything is said, or patience ends.
    pub(super) async fn close(mut self, patience: Duration) {
        drop((self.answers, self.mail));
        if timeout(patience, &mut self.writer).await.is_err() {
            self.writer.abort();
        }
    }
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut answers: mpsc::Receiver<Message>,
    mut mail: mpsc::Receiver<Message>,
    patience: Duration,
) {
    loop {
        let message = tokio::select! {
            biased;
            Some(answer) = answers.recv() => answer,
            Some(mail) = mail.recv() => mail,
            else => break,
        };
        let mut next = Some(message);
        while let Some(message) = next {
            if !matches!(timeout(patience, sink.feed(message)).await, Ok(Ok(()))) {
                return;
            }
            // What is ready by now leaves in the same write.
            next = answers.try_recv().or_else(|_| mail.try_recv()).ok();
        }
        if !matches!(timeout(patience, sink.flush()).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(patience, sink.close()).await;
}
