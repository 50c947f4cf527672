//! A listener that bounds connections before anybody has authenticated on them.
//!
//! An open connection costs a file handle before a byte has been sent on it. So
//! connections are counted from the moment they are accepted, and one that does not
//! authenticate within the time limit is closed. While it is pending, at most
//! [`PREAUTH_READ_LIMIT`] bytes are read from it. If all permits are taken, or an address has
//! [`PENDING_PER_ADDRESS`] pending connections, one is closed for each new one: of the address
//! with the most, the one that has been pending longest. So clients that never authenticate
//! cannot keep out those that do, strangers at one address push out each other first, and an
//! authenticated connection is never closed to make room. Where all are authenticated, a new
//! one is told that there is no room.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
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
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy, sink},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::{Sleep, sleep, timeout},
};

/// Whether a token is the right one. Digests are compared, so that the time that it takes
/// does not depend on the token.
pub fn same_secret(one: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> bool {
    let digest = |secret: &[u8]| digest(&SHA256, secret);
    digest(one.as_ref()).as_ref() == digest(other.as_ref()).as_ref()
}

/// Bytes that are read from a connection that has not authenticated.
pub const PREAUTH_READ_LIMIT: usize = 32 * 1024;

/// Connections of one address that may be pending.
pub const PENDING_PER_ADDRESS: usize = 256;

/// Connections that may be told at a time that there is no room.
pub const REFUSALS: usize = 16;

/// How long that may take, and how long a connection that is closed to make room may keep it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What somebody is told for whom there is no room.
const NO_ROOM: &str = "there is no room: all connections are taken; try again in a few minutes";

/// What is counted as one address: an IPv4 address, or the first 64 bits of an IPv6 address,
/// since one machine may use all addresses of such a prefix.
pub fn address_prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

/// Answers a request of HTTP, or what will be one, with a status and a reason in words, and
/// closes the connection.
pub async fn refuse(mut stream: impl AsyncRead + AsyncWrite + Unpin, status: &str, why: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/plain\r\n\
         Content-Length: {}\r\n\r\n{why}",
        why.len()
    );
    let limit = u64::try_from(PREAUTH_READ_LIMIT).unwrap_or(u64::MAX);
    let closing = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        // What is unread when a connection closes would take the answer with it.
        copy(&mut stream.take(limit), &mut sink()).await
    };
    let _ = timeout(CLOSE_TIMEOUT, closing).await;
}

/// Accepts connections as [`GuardedStream`]s.
pub struct AdmissionListener {
    listener: TcpListener,
    permits: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
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
        let prefix = address_prefix(self.address.ip());
        self.pending.lock().remove(prefix, self.number).is_some()
    }

    /// Whether it is pending: neither admitted nor closed to make room.
    pub fn is_pending(&self) -> bool {
        let prefix = address_prefix(self.address.ip());
        let map = self.pending.lock();
        let of_address = map.close.get(&prefix);
        of_address.is_some_and(|it| it.contains_key(&self.number))
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
            refusals: Arc::new(Semaphore::new(REFUSALS)),
            pending: Arc::default(),
            time_limit,
        }
    }

    /// A permit; if none is free, that of a pending connection, which is closed.
    async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        let permits = Arc::clone(&self.permits);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Some(permit);
        }
        if !self.pending.close_one() {
            return None;
        }
        let freed = timeout(2 * CLOSE_TIMEOUT, permits.acquire_owned()).await;
        freed.ok()?.ok()
    }

    /// Tells a client that there is no room, if few are being told.
    fn refuse(&self, stream: TcpStream) {
        if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
            tokio::spawn(async move {
                refuse(stream, "503 Service Unavailable", NO_ROOM).await;
                drop(permit);
            });
        }
    }
}

impl Listener for AdmissionListener {
    type Io = GuardedStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (GuardedStream, Peer) {
        let (stream, address, permit) = loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            match self.permit().await {
                Some(permit) => break (stream, address, permit),
                None => self.refuse(stream),
            }
        };
        // Small messages both ways: waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        let (number, closed) = self.pending.insert(address_prefix(address.ip()));
        let peer = Peer {
            address,
            number,
            pending: Arc::clone(&self.pending),
        };
        let stream = GuardedStream {
            stream,
            guard: Some(Guard {
                closed: Some(closed),
                time_limit: Box::pin(sleep(self.time_limit)),
            }),
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
    /// By address, and by number, so in the order in which they were accepted. A sender that
    /// sends closes its connection; one that is dropped admits it.
    close: HashMap<IpAddr, BTreeMap<u64, oneshot::Sender<()>>>,
    next: u64,
}

impl PendingMap {
    fn remove(&mut self, prefix: IpAddr, number: u64) -> Option<oneshot::Sender<()>> {
        let of_address = self.close.get_mut(&prefix)?;
        let removed = of_address.remove(&number);
        if of_address.is_empty() {
            self.close.remove(&prefix);
        }
        removed
    }

    /// Closes the one of an address that has been pending longest.
    fn close_oldest(&mut self, prefix: IpAddr) -> bool {
        let oldest = self.close.get(&prefix).and_then(|it| it.keys().next());
        match oldest.copied().and_then(|it| self.remove(prefix, it)) {
            Some(close) => close.send(()).is_ok(),
            None => false,
        }
    }
}

impl PendingConnections {
    fn insert(&self, prefix: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let (close, closed) = oneshot::channel();
        let mut map = self.lock();
        let pending = map.close.get(&prefix).map_or(0, BTreeMap::len);
        if pending >= PENDING_PER_ADDRESS {
            map.close_oldest(prefix);
        }
        let number = map.next;
        map.next = number.wrapping_add(1);
        map.close.entry(prefix).or_default().insert(number, close);
        (number, closed)
    }

    /// Closes the oldest one of the address with the most; `false` if there is none.
    fn close_one(&self) -> bool {
        let mut map = self.lock();
        let busiest = map.close.iter().max_by_key(|(_, it)| it.len());
        match busiest.map(|(prefix, _)| *prefix) {
            Some(prefix) => map.close_oldest(prefix),
            None => false,
        }
    }

    /// Nothing that can panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, PendingMap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection. Until it is admitted, reading and writing fail once the time limit has
/// passed. Once it is closed to make room, reading fails at once, and writing soon after: its
/// client can still be told why.
pub struct GuardedStream {
    stream: TcpStream,
    /// `None` once it is admitted.
    guard: Option<Guard>,
    /// Bytes read while it was pending.
    read: usize,
    peer: Peer,
    _permit: OwnedSemaphorePermit,
}

struct Guard {
    /// `None` once it is closed to make room.
    closed: Option<oneshot::Receiver<()>>,
    time_limit: Pin<Box<Sleep>>,
}

impl GuardedStream {
    fn check(&mut self, cx: &mut Context<'_>, writing: bool) -> io::Result<()> {
        let Some(guard) = &mut self.guard else {
            return Ok(());
        };
        if let Some(closed) = &mut guard.closed {
            match Pin::new(closed).poll(cx) {
                Poll::Ready(Ok(())) => {
                    guard.closed = None;
                    guard.time_limit = Box::pin(sleep(CLOSE_TIMEOUT));
                }
                Poll::Ready(Err(_)) => {
                    self.guard = None;
                    return Ok(());
                }
                Poll::Pending => {}
            }
        }
        if guard.closed.is_none() && !writing {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        match guard.time_limit.as_mut().poll(cx) {
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
        self.check(cx, false)?;
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
        self.check(cx, true)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
