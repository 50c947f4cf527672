//! When something was last received on a connection: bytes, whether or not they end a message.

use std::{
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
    time::{Instant, sleep_until},
};

/// When something was last received; `None` while nobody reads.
#[derive(Clone)]
pub(super) struct Heard(Arc<watch::Sender<Option<Instant>>>);

impl Heard {
    pub(super) fn last(&self) -> Option<Instant> {
        *self.0.borrow()
    }

    /// Nobody reads until it is resumed: silence says nothing.
    pub(super) fn pause(&self) {
        self.0.send_replace(None);
    }

    pub(super) fn resume(&self) {
        self.0.send_replace(Some(Instant::now()));
    }

    /// Waits until nothing has been received for so long.
    pub(super) async fn silent_for(&self, limit: Duration) {
        let mut changes = self.0.subscribe();
        loop {
            let last = *changes.borrow_and_update();
            match last {
                // Looked at again only when it is over: something is received all the time.
                Some(last) => {
                    sleep_until(last + limit).await;
                    if self.last() == Some(last) {
                        return;
                    }
                }
                None => {
                    let _ = changes.changed().await;
                }
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
        let heard = Heard(Arc::new(watch::Sender::new(Some(Instant::now()))));
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
            self.heard.resume();
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
