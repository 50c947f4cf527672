//! A listener that bounds connections before anybody has authenticated on them.
//!
//! An open connection costs a file handle before a byte has been sent on it. So
//! connections are counted from the moment they are accepted, and one that does not
//! authenticate within the time limit is closed. While it is pending, at most
//! `PREAUTH_READ_LIMIT` bytes are read from it. If all permits are taken, the
//! connection that has been pending longest is closed for each new one: clients
//! that never authenticate cannot keep out those that do, and an authenticated
//! connection is never closed to make room.

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
use ring::digest::{SHA256, digest};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Sleep, sleep},
};

/// Whether a token is the right one. Digests are compared, so that the time that it takes
/// does not depend on the token.
pub fn same_secret(one: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> bool {
    let digest = |secret: &[u8]| digest(&SHA256, secret);
    digest(one.as_ref()).as_ref() == digest(other.as_ref()).as_ref()
}

/// Bytes that are read from a connection that has not authenticated.
const PREAUTH_READ_LIMIT: usize = 32 * 1024;

/// Accepts connections as [`GuardedStream`]s.
pub struct AdmissionListener {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    pending: Arc<PendingConnections>,
    time_limit: Duration,
}

/// The other end of a connection, and how the server says that it has authenticated.
#[derive(Debug, Clone)]
pub struct Peer {
    address: SocketAddr,
    number: u64,
    pending: Arc<PendingConnections>,
}

impl Peer {
    /// Its network address.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the time and read limits of the connection; `false` if it has been closed
    /// to make room, or was admitted before.
    pub fn admit(&self) -> bool {
        self.pending.lock().close.remove(&self.number).is_some()
    }
}

impl AdmissionListener {
    /// Bounds the connections of a listener: their number, and the time that each
    /// has to authenticate.
    pub fn new(listener: TcpListener, connections: u32, time_limit: Duration) -> Self {
        let permits = usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            listener,
            permits: Arc::new(Semaphore::new(permits)),
            pending: Arc::default(),
            time_limit,
        }
    }

    /// Waits for a permit; if none is free, closes the connection that has been
    /// pending longest.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let permits = Arc::clone(&self.permits);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Some(permit);
        }
        self.pending.close_oldest();
        permits.acquire_owned().await.ok()
    }
}

impl Listener for AdmissionListener {
    type Io = GuardedStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (GuardedStream, Peer) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let permit = self.permit().await;
        // Small messages both ways: waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        let (number, closed) = self.pending.insert();
        let peer = Peer {
            address,
            number,
            pending: Arc::clone(&self.pending),
        };
        let stream = GuardedStream {
            stream,
            guard: Some((closed, Box::pin(sleep(self.time_limit)))),
            read: 0,
            peer: peer.clone(),
            _permit: permit,
        };
        (stream, peer)
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer {
            address: self.listener.local_addr()?,
            number: 0,
            pending: Arc::default(),
        })
    }
}

impl Connected<IncomingStream<'_, AdmissionListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, AdmissionListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// The connections that have not authenticated.
#[derive(Debug, Default)]
struct PendingConnections(Mutex<PendingMap>);

#[derive(Debug, Default)]
struct PendingMap {
    /// By number, so in the order in which they were accepted. A sender that sends
    /// closes its connection; one that is dropped admits it.
    close: BTreeMap<u64, oneshot::Sender<()>>,
    next: u64,
}

impl PendingConnections {
    fn insert(&self) -> (u64, oneshot::Receiver<()>) {
        let (close, closed) = oneshot::channel();
        let mut map = self.lock();
        let number = map.next;
        map.next = number.wrapping_add(1);
        map.close.insert(number, close);
        (number, closed)
    }

    fn close_oldest(&self) {
        if let Some((_, close)) = self.lock().close.pop_first() {
            let _ = close.send(());
        }
    }

    /// Nothing that can panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, PendingMap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection. Until it is admitted, reading and writing fail once it is closed to
/// make room, or the time limit has passed.
pub struct GuardedStream {
    stream: TcpStream,
    /// `None` once it is admitted.
    guard: Option<(oneshot::Receiver<()>, Pin<Box<Sleep>>)>,
    /// Bytes read while it was pending.
    read: usize,
    peer: Peer,
    _permit: Option<OwnedSemaphorePermit>,
}

impl GuardedStream {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let Some((closed, time_limit)) = &mut self.guard else {
            return Ok(());
        };
        match Pin::new(closed).poll(cx) {
            Poll::Ready(Ok(())) => return Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Ready(Err(_)) => {
                self.guard = None;
                return Ok(());
            }
            Poll::Pending => {}
        }
        match time_limit.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Drop for GuardedStream {
    fn drop(&mut self) {
        self.peer.admit();
    }
}

impl AsyncRead for GuardedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.guard.is_some() {
            self.read += buffer.filled().len() - before;
            if self.read > PREAUTH_READ_LIMIT {
                return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
            }
        }
        read
    }
}

impl AsyncWrite for GuardedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
