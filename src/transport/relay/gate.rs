//! The door: how many come in, and how long they may stand in it.
//!
//! A connection that says nothing costs a file handle before it is anybody's. So
//! connections are counted from the moment they are accepted, no more are accepted
//! than there is room for, and one that has not opened a mailbox in time is cut.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    extract::connect_info::Connected,
    serve::{IncomingStream, Listener},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};

/// A listener that keeps count.
pub(super) struct Gate {
    listener: TcpListener,
    places: Arc<Semaphore>,
    patience: Duration,
}

/// Who has come, and whether they have shown who they are.
#[derive(Debug, Clone)]
pub struct Guest {
    pub(super) peer: SocketAddr,
    pub(super) admitted: Arc<AtomicBool>,
}

impl Guest {
    pub(super) fn admit(&self) {
        self.admitted.store(true, Ordering::Relaxed);
    }
}

impl Gate {
    pub(super) fn new(listener: TcpListener, places: u32, patience: Duration) -> Self {
        let places = usize::try_from(places).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            listener,
            places: Arc::new(Semaphore::new(places)),
            patience,
        }
    }
}

impl Listener for Gate {
    type Io = Doorstep;
    type Addr = Guest;

    async fn accept(&mut self) -> (Doorstep, Guest) {
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        // Small messages both ways: waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        let guest = Guest {
            peer,
            admitted: Arc::default(),
        };
        let doorstep = Doorstep {
            stream,
            admitted: Arc::clone(&guest.admitted),
            patience: Box::pin(sleep(self.patience)),
            _place: place,
        };
        (doorstep, guest)
    }

    fn local_addr(&self) -> io::Result<Guest> {
        Ok(Guest {
            peer: self.listener.local_addr()?,
            admitted: Arc::default(),
        })
    }
}

impl Connected<IncomingStream<'_, Gate>> for Guest {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A connection. Until it is admitted, reading from it ends when patience does.
pub(super) struct Doorstep {
    stream: TcpStream,
    admitted: Arc<AtomicBool>,
    patience: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Doorstep {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let late = !self.admitted.load(Ordering::Relaxed)
            && Future::poll(self.patience.as_mut(), cx).is_ready();
        if late {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Doorstep {
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
