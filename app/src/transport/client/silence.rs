//! When something was last received on a connection: bytes, whether or not they end a message.

use std::{
    future::pending,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::watch,
    time::{Sleep, sleep},
};

/// Counts what is received; `None` while nobody reads.
#[derive(Clone)]
pub(super) struct Heard(Arc<watch::Sender<Option<u64>>>);

impl Heard {
    /// Nobody reads until something is noted: silence says nothing.
    pub(super) fn pause(&self) {
        self.0.send_replace(None);
    }

    /// Notes that something was received, or that reading goes on.
    pub(super) fn note(&self) {
        self.0
            .send_modify(|count| *count = Some(count.unwrap_or(0).wrapping_add(1)));
    }

    /// Silences that last so long.
    pub(super) fn silences(&self, limit: Duration) -> Silences {
        Silences {
            changes: self.0.subscribe(),
            limit,
            over: Box::pin(sleep(limit)),
            told: false,
        }
    }
}

/// Tells of each silence once.
pub(super) struct Silences {
    changes: watch::Receiver<Option<u64>>,
    limit: Duration,
    over: Pin<Box<Sleep>>,
    told: bool,
}

impl Silences {
    /// Waits for the next one. Nothing is lost if it is dropped meanwhile.
    pub(super) async fn next(&mut self) {
        loop {
            let waiting = !self.told && self.changes.borrow().is_some();
            tokio::select! {
                Ok(()) = self.changes.changed() => {
                    self.over = Box::pin(sleep(self.limit));
                    self.told = false;
                }
                () = &mut self.over, if waiting => {
                    self.told = true;
                    return;
                }
                else => pending().await,
            }
        }
    }
}

/// A connection that notes when something is received on it.
pub(super) struct ListeningStream {
    stream: TcpStream,
    heard: Heard,
}

impl ListeningStream {
    pub(super) fn new(stream: TcpStream) -> (Self, Heard) {
        let heard = Heard(Arc::new(watch::Sender::new(Some(0))));
        let listening = Self {
            stream,
            heard: heard.clone(),
        };
        (listening, heard)
    }
}

impl AsyncRead for ListeningStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.heard.note();
        }
        read
    }
}

impl AsyncWrite for ListeningStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
