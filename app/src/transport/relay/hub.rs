//! Who is connected, and everything that bounds them.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::CryptoRng;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::store::Store;
use crate::transport::control::Reply;
use doormat::crypto::random_bytes;
use doormat::protocol::Name;
use doormat::tape::Packet;

/// What one relay takes on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time.
    pub connections: u32,
    /// How long a client may take to answer the challenge.
    pub hello: Duration,
    /// How long a connection may be silent before it is asked; as long again, and
    /// it is closed.
    pub idle: Duration,
    /// How long a client may take to read what is sent to it.
    pub write: Duration,
    /// Envelopes sent to a client that it has not confirmed, and requests of a
    /// client's that are not yet answered.
    pub window: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            hello: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            write: Duration::from_secs(20),
            window: 64,
        }
    }
}

/// What the relay tells whoever runs it, one line at a time.
pub type Log = Box<dyn Fn(&str) + Send + Sync>;

/// Where the tap's packets go.
pub type Tap = Box<dyn FnMut(&Packet) -> std::io::Result<()> + Send>;

/// What the binary provides: randomness for challenges, the time, the tap, a log.
pub struct Surroundings {
    /// Draws challenges.
    pub rng: Box<dyn CryptoRng + Send>,
    /// The time since 1970-01-01 00:00 UTC.
    pub clock: fn() -> Duration,
    /// Records what crosses the wire.
    pub tap: Option<Tap>,
    /// What clients must present, if anything.
    pub token: Option<String>,
    /// Hears what happens.
    pub log: Log,
}

/// The relay's state in memory. All of it is bounded by [`Limits`].
pub struct Hub {
    pub(super) store: Store,
    pub(super) limits: Limits,
    pub(super) token: Option<String>,
    pub(super) log: Log,
    clock: fn() -> Duration,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
    tap: Mutex<Option<Tap>>,
    seats: Arc<Semaphore>,
    lines: Mutex<HashMap<Name, Line>>,
    next_line: AtomicU64,
    closing: watch::Sender<bool>,
}

/// The way to one connected client.
#[derive(Clone)]
struct Line {
    number: u64,
    host: IpAddr,
    /// There is mail.
    mail: Arc<Notify>,
    /// Somebody else has opened this mailbox.
    replaced: Arc<Notify>,
    /// What became of this client's envelopes.
    notices: mpsc::Sender<Reply>,
}

/// The ends of a [`Line`] that its connection listens to.
pub(super) struct Ears {
    pub(super) number: u64,
    pub(super) mail: Arc<Notify>,
    pub(super) replaced: Arc<Notify>,
    pub(super) notices: mpsc::Receiver<Reply>,
    pub(super) closing: watch::Receiver<bool>,
}

/// The right to be connected; given back when dropped.
pub struct Seat {
    pub(super) hub: Arc<Hub>,
    _permit: OwnedSemaphorePermit,
}

impl Hub {
    /// A relay's state over its store.
    pub fn new(store: Store, limits: Limits, surroundings: Surroundings) -> Arc<Self> {
        let seats = usize::try_from(limits.connections).unwrap_or(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            store,
            limits,
            token: surroundings.token,
            log: surroundings.log,
            clock: surroundings.clock,
            rng: Mutex::new(surroundings.rng),
            tap: Mutex::new(surroundings.tap),
            seats: Arc::new(Semaphore::new(seats)),
            lines: Mutex::default(),
            next_line: AtomicU64::new(0),
            closing: watch::Sender::new(false),
        })
    }

    /// A seat, if one is free.
    pub(super) fn sit(self: &Arc<Self>) -> Option<Seat> {
        let permit = Arc::clone(&self.seats).try_acquire_owned().ok()?;
        Some(Seat {
            hub: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Asks every connection to end.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// When every seat is free again.
    pub(super) async fn drained(&self) {
        let _ = self.seats.acquire_many(self.limits.connections).await;
    }

    pub(super) fn nonce(&self) -> [u8; 32] {
        random_bytes(lock(&self.rng).as_mut())
    }

    /// Makes a connection the one that this mailbox is read through; the one
    /// before it is told to end.
    pub(super) fn attach(&self, name: &Name, peer: SocketAddr) -> Ears {
        let (tell, notices) = mpsc::channel(self.limits.window);
        let line = Line {
            number: self.next_line.fetch_add(1, Ordering::Relaxed),
            host: peer.ip(),
            mail: Arc::default(),
            replaced: Arc::default(),
            notices: tell,
        };
        let ears = Ears {
            number: line.number,
            mail: Arc::clone(&line.mail),
            replaced: Arc::clone(&line.replaced),
            notices,
            closing: self.closing.subscribe(),
        };
        if let Some(old) = lock(&self.lines).insert(name.clone(), line) {
            old.replaced.notify_one();
        }
        ears
    }

    /// The connection has ended.
    pub(super) fn detach(&self, name: &Name, number: u64) {
        let mut lines = lock(&self.lines);
        if lines.get(name).is_some_and(|line| line.number == number) {
            lines.remove(name);
        }
    }

    /// There is mail for somebody.
    pub(super) fn mail(&self, recipient: &Name) {
        if let Some(line) = lock(&self.lines).get(recipient) {
            line.mail.notify_one();
        }
    }

    /// What became of an envelope of somebody's. Told if it can be told now: a notice
    /// is a courtesy, and takes no memory of a slow reader's.
    pub(super) fn notify(&self, sender: &Name, notice: Reply) {
        if let Some(line) = lock(&self.lines).get(sender) {
            let _ = line.notices.try_send(notice);
        }
    }

    /// Records bytes that crossed the wire. The first time that fails, the log
    /// hears it and the tap is taken off; the relay goes on.
    pub(super) fn record(&self, source: IpAddr, destination: IpAddr, payload: &[u8]) {
        let mut tap = lock(&self.tap);
        let Some(record) = tap.as_mut() else { return };
        let done = record(&Packet {
            time: (self.clock)(),
            source,
            destination,
            payload: payload.to_vec(),
        });
        if let Err(error) = done {
            (self.log)(&format!("the tap has stopped: {error}"));
            *tap = None;
        }
    }

    /// Where somebody's envelopes go: their host while they are connected.
    pub(super) fn host_of(&self, name: &Name) -> IpAddr {
        lock(&self.lines)
            .get(name)
            .map_or(NOWHERE, |line| line.host)
    }
}

/// What stands on a tape for somebody who is not connected, and for the relay.
pub(super) const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// No lock here is held where anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
