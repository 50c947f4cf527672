//! The door: how many come in, and how long they may stand in it.
//!
//! A connection that says nothing costs a file handle before it is anybody's. So
//! connections are counted from the moment they are accepted, and one that has not
//! opened a mailbox in time is cut. Where all places are taken, the newcomer that has
//! stood in the door longest gives its place to who knocks: strangers can be many
//! and silent, and keep nobody out who says who they are. Who has said it, stays. And
//! before it is said, little is listened to: nobody is let in for talking much.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
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
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Sleep, sleep},
};

/// Bytes that are read of somebody who has not said who they are.
const EAR: usize = 32 * 1024;

/// A listener that keeps count.
pub struct Gate {
    listener: TcpListener,
    places: Arc<Semaphore>,
    porch: Arc<Porch>,
    patience: Duration,
}

/// Who has come, and how they show that they have said who they are.
#[derive(Debug, Clone)]
pub struct Guest {
    pub(super) peer: SocketAddr,
    number: u64,
    porch: Arc<Porch>,
}

impl Guest {
    /// Where they come from.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Lets them in; no if their place is another's already.
    pub fn admit(&self) -> bool {
        self.porch.lock().waiting.remove(&self.number).is_some()
    }
}

impl Gate {
    /// Counts those who come in through a listener: so many at a time, and so long
    /// may each stand in the door.
    pub fn new(listener: TcpListener, places: u32, patience: Duration) -> Self {
        let places = usize::try_from(places).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            listener,
            places: Arc::new(Semaphore::new(places)),
            porch: Arc::default(),
            patience,
        }
    }

    /// A place, if need be that of who has waited longest.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Some(place);
        }
        self.porch.dismiss_the_first();
        places.acquire_owned().await.ok()
    }
}

impl Listener for Gate {
    type Io = Doorstep;
    type Addr = Guest;

    async fn accept(&mut self) -> (Doorstep, Guest) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let place = self.place().await;
        // Small messages both ways: waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        let (number, dismissal) = self.porch.enter();
        let guest = Guest {
            peer,
            number,
            porch: Arc::clone(&self.porch),
        };
        let doorstep = Doorstep {
            stream,
            waits: Some((dismissal, Box::pin(sleep(self.patience)))),
            heard: 0,
            guest: guest.clone(),
            _place: place,
        };
        (doorstep, guest)
    }

    fn local_addr(&self) -> io::Result<Guest> {
        Ok(Guest {
            peer: self.listener.local_addr()?,
            number: 0,
            porch: Arc::default(),
        })
    }
}

impl Connected<IncomingStream<'_, Gate>> for Guest {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Those who have not said who they are.
#[derive(Debug, Default)]
struct Porch(Mutex<Newcomers>);

#[derive(Debug, Default)]
struct Newcomers {
    /// In the order in which they came. Sent on: go. Dropped: come in.
    waiting: BTreeMap<u64, oneshot::Sender<()>>,
    next: u64,
}

impl Porch {
    fn enter(&self) -> (u64, oneshot::Receiver<()>) {
        let (dismiss, dismissal) = oneshot::channel();
        let mut newcomers = self.lock();
        let number = newcomers.next;
        newcomers.next = number.wrapping_add(1);
        newcomers.waiting.insert(number, dismiss);
        (number, dismissal)
    }

    fn dismiss_the_first(&self) {
        if let Some((_, dismiss)) = self.lock().waiting.pop_first() {
            let _ = dismiss.send(());
        }
    }

    /// Nothing can panic where it is held.
    fn lock(&self) -> MutexGuard<'_, Newcomers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection. Until it is admitted, reading and writing end when it is dismissed,
/// or when patience does.
pub struct Doorstep {
    stream: TcpStream,
    waits: Option<(oneshot::Receiver<()>, Pin<Box<Sleep>>)>,
    heard: usize,
    guest: Guest,
    _place: Option<OwnedSemaphorePermit>,
}

impl Doorstep {
    fn may_stay(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some((dismissal, patience)) = &mut self.waits else {
            return Ok(());
        };
        match Pin::new(dismissal).poll(cx) {
            Poll::Ready(Ok(())) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Ready(Err(_)) => {
                self.waits = None;
                return Ok(());
            }
            Poll::Pending => {}
        }
        match patience.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Drop for Doorstep {
    fn drop(&mut self) {
        self.guest.admit();
    }
}

impl AsyncRead for Doorstep {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.may_stay(cx)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.waits.is_some() {
            self.heard += buffer.filled().len().saturating_sub(before);
            if self.heard > EAR {
                return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
            }
        }
        read
    }
}

impl AsyncWrite for Doorstep {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.may_stay(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
