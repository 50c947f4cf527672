//! What a relay's connections share: limits, the store, the tap, and who is connected.

use std::{
    collections::HashMap,
    io::Write,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rand::CryptoRng;
use tokio::sync::{Notify, mpsc, watch};

use super::{
    budget::{Budget, Shares},
    store::{MailboxStatus, StoreError, sqlite::SqliteStore},
    turns::Turns,
};
use crate::transport::{
    admission::address_prefix,
    control::{Digest, Reply},
};
use doormat::crypto::random_bytes;
use doormat::protocol::Name;
use doormat::tape::{Packet, Writer};

/// The bounds on a relay's clients.
#[derive(Debug, Clone, Copy)]
pub struct ClientLimits {
    /// Connections at a time.
    pub connections: u32,
    /// Connections of one identity at a time.
    pub connections_per_identity: u32,
    /// New names that are claimed from one address while the relay runs.
    pub names_per_address: u32,
    /// Requests that the relay works on at a time.
    pub turns: usize,
    /// Bytes in memory of requests that are not answered yet, and of mail on its way out.
    pub memory: usize,
    /// How long a client may take to answer the challenge.
    pub hello: Duration,
    /// How long a client may be silent before it is pinged; after as long again, its
    /// connection is closed.
    pub idle: Duration,
    /// How long a client may take to read what is sent to it.
    pub write: Duration,
    /// How long the answer to a wrong join token is delayed.
    pub wrong_token: Duration,
    /// Envelopes sent to a client that it has not confirmed, and requests of an
    /// identity's that are not yet answered.
    pub window: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_identity: 4,
            names_per_address: 4096,
            turns: 64,
            memory: 64 * 1024 * 1024,
            hello: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            write: Duration::from_secs(20),
            wrong_token: Duration::from_secs(1),
            window: 64,
        }
    }
}

/// What a relay needs from the program that runs it.
pub struct RelayDependencies {
    /// Draws challenges.
    pub rng: Box<dyn CryptoRng + Send>,
    /// The time since 1970-01-01 00:00 UTC.
    pub clock: fn() -> Duration,
    /// Records what crosses the wire.
    pub tap: Option<Writer<Box<dyn Write + Send>>>,
    /// What clients must present, if anything.
    pub token: Option<String>,
    /// Takes a line for each event that an operator may want to know of.
    pub log: Box<dyn Fn(&str) + Send + Sync>,
}

/// A relay's state in memory, all of it bounded by [`ClientLimits`].
pub struct Hub {
    pub(super) store: SqliteStore,
    pub(super) limits: ClientLimits,
    pub(super) token: Option<String>,
    pub(super) log: Box<dyn Fn(&str) + Send + Sync>,
    clock: fn() -> Duration,
    rng: Mutex<Box<dyn CryptoRng + Send>>,
    tap: Mutex<Option<Writer<Box<dyn Write + Send>>>>,
    pub(super) budget: Arc<Budget>,
    pub(super) turns: Arc<Turns>,
    /// New names by the address that they were claimed from.
    new_names: Mutex<HashMap<IpAddr, u32>>,
    clients: Mutex<HashMap<Name, ClientHandle>>,
    next_number: AtomicU64,
    closing: watch::Sender<bool>,
}

/// How a connected client is reached.
struct ClientHandle {
    number: u64,
    host: IpAddr,
    /// There is mail.
    mail: Arc<Notify>,
    /// This mailbox was opened on another connection.
    replaced: Arc<Notify>,
    /// What became of this client's envelopes and bundles.
    notices: mpsc::Sender<Reply>,
}

/// What a connection waits for besides its own client: the ends of a [`ClientHandle`].
pub(super) struct Subscriptions {
    pub(super) number: u64,
    pub(super) mail: Arc<Notify>,
    pub(super) replaced: Arc<Notify>,
    pub(super) notices: mpsc::Receiver<Reply>,
    pub(super) closing: watch::Receiver<bool>,
}

impl Hub {
    /// A relay's state over its store.
    pub fn new(
        store: SqliteStore,
        limits: ClientLimits,
        dependencies: RelayDependencies,
    ) -> Arc<Self> {
        let shares = Shares {
            places: limits.connections_per_identity,
            requests: limits.window,
        };
        Arc::new(Self {
            store,
            limits,
            token: dependencies.token,
            log: dependencies.log,
            clock: dependencies.clock,
            rng: Mutex::new(dependencies.rng),
            tap: Mutex::new(dependencies.tap),
            budget: Budget::new(limits.memory, shares),
            turns: Turns::new(limits.turns),
            new_names: Mutex::default(),
            clients: Mutex::default(),
            next_number: AtomicU64::new(0),
            closing: watch::Sender::new(false),
        })
    }

    /// Asks every connection to end.
    pub(super) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Tells when every connection is to end.
    pub(super) fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }

    /// Binds a name to the identity that first claims it.
    pub(super) async fn claim(
        &self,
        name: &Name,
        identity: Vec<u8>,
        address: IpAddr,
    ) -> Result<MailboxStatus, StoreError> {
        let prefix = address_prefix(address);
        // Who has not been admitted yet shares the store with others at the same address.
        let store = self
            .store
            .for_flow(Digest::of(prefix.to_string().as_bytes()));
        let claimed = lock(&self.new_names).get(&prefix).copied();
        let may_register = claimed.unwrap_or(0) < self.limits.names_per_address;
        let status = store.claim(name.clone(), identity, may_register).await?;
        if status.is_new {
            *lock(&self.new_names).entry(prefix).or_default() += 1;
        }
        Ok(status)
    }

    pub(super) fn nonce(&self) -> [u8; 32] {
        random_bytes(lock(&self.rng).as_mut())
    }

    /// Makes a connection the one on which this mailbox is read; the one before it is
    /// told to end.
    pub(super) fn attach(&self, name: &Name, address: SocketAddr) -> Subscriptions {
        let (sender, notices) = mpsc::channel(self.limits.window);
        let client = ClientHandle {
            number: self.next_number.fetch_add(1, Ordering::Relaxed),
            host: address.ip(),
            mail: Arc::default(),
            replaced: Arc::default(),
            notices: sender,
        };
        let subscriptions = Subscriptions {
            number: client.number,
            mail: Arc::clone(&client.mail),
            replaced: Arc::clone(&client.replaced),
            notices,
            closing: self.closing.subscribe(),
        };
        if let Some(old) = lock(&self.clients).insert(name.clone(), client) {
            old.replaced.notify_one();
        }
        subscriptions
    }

    /// Tells the connection on which this mailbox is read, if there is one, to end.
    pub(super) fn replace(&self, name: &Name) {
        if let Some(client) = lock(&self.clients).get(name) {
            client.replaced.notify_one();
        }
    }

    /// Forgets a connection that has ended, unless another has replaced it.
    pub(super) fn detach(&self, name: &Name, number: u64) {
        let mut clients = lock(&self.clients);
        if clients.get(name).is_some_and(|it| it.number == number) {
            clients.remove(name);
        }
    }

    /// Tells a recipient, if connected, that there is mail.
    pub(super) fn notify_mail(&self, recipient: &Name) {
        if let Some(client) = lock(&self.clients).get(recipient) {
            client.mail.notify_one();
        }
    }

    /// Tells a client, if connected, what became of an envelope or a bundle of its. The
    /// notice is dropped if the client's queue is full: it is not needed for delivery, and a
    /// client that reads slowly must not cost memory.
    pub(super) fn notify(&self, name: &Name, notice: Reply) {
        if let Some(client) = lock(&self.clients).get(name) {
            let _ = client.notices.try_send(notice);
        }
    }

    /// Records bytes that crossed the wire. The first time that fails, it is logged and
    /// the tap is removed; the relay goes on.
    pub(super) fn record(&self, source: IpAddr, destination: IpAddr, payload: &[u8]) {
        let mut tap = lock(&self.tap);
        let Some(writer) = tap.as_mut() else { return };
        let packet = Packet {
            time: (self.clock)(),
            source,
            destination,
            payload: payload.to_vec(),
        };
        // Each packet is written at once, so that a recording cut short still opens.
        if let Err(error) = writer.record(&packet).and_then(|()| writer.flush()) {
            (self.log)(&format!("the tap has stopped: {error}"));
            *tap = None;
        }
    }

    /// The host of a recipient; [`UNKNOWN_HOST`] while it is not connected.
    pub(super) fn host_of(&self, name: &Name) -> IpAddr {
        lock(&self.clients)
            .get(name)
            .map_or(UNKNOWN_HOST, |client| client.host)
    }
}

/// The host recorded for somebody who is not connected, and for the relay.
pub(super) const UNKNOWN_HOST: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// No lock here is held where anything can panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
