//! The store in SQLite, in write-ahead mode: synced before anything is acknowledged.
//!
//! One thread owns the database. It takes the requests that have gathered while the
//! last transaction was being synced, executes them in one transaction, syncs once,
//! and answers them all: a group commit. So the cost of a sync is shared by all that
//! wait for it, and no request is answered before it.
//!
//! An envelope that its recipient has confirmed leaves its digest behind. A sender
//! that did not hear the acknowledgement sends again, is told yes, and the recipient
//! does not get it twice.

mod tables;

use std::{
    fs::File,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::{sync::oneshot, time::sleep};

use super::{Mail, MailboxStatus, Quota, StoreError, StoredBundle};
use crate::transport::control::Digest;
use doormat::protocol::Name;
use tables::{Cache, Tables};

/// The database's file name in the relay's folder.
pub const DATABASE_FILE: &str = "relay.db";

/// Requests that may wait for the thread; beyond it, whoever asks waits too.
const QUEUE: usize = 512;

/// Requests in one transaction, at most.
const BATCH: usize = 512;

/// Bytes of envelopes in one transaction, and one request more: a disk that is
/// nearly full must not refuse what would fit because of what came with it.
const BATCH_BYTES: usize = 256 * 1024;

/// A handle on the store; clones share it. The thread ends with the last of them.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    orders: SyncSender<Order>,
}

/// What the thread is told.
enum Order {
    Run(Job),
    Close(oneshot::Sender<()>),
}

/// A request.
struct Job {
    /// What it adds to the database, about.
    bytes: usize,
    /// Executes it; it is given nothing if no transaction could be begun.
    run: Box<dyn FnOnce(Option<&mut Tables<'_>>) -> Answer + Send>,
}

/// Answers a request once its transaction is on disk, or with the error that it is not.
struct Answer(Box<dyn FnOnce(Option<&StoreError>) + Send>);

impl SqliteStore {
    /// Opens the database in a folder, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is no relay's database.
    pub fn open(folder: &Path, quota: Quota) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let database = Connection::open(folder.join(DATABASE_FILE))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        // Measured: fewer pages read again, fewer checkpoints while busy.
        database.pragma_update(None, "cache_size", -16 * 1024)?;
        database.pragma_update(None, "wal_autocheckpoint", 4000)?;
        database.execute_batch(tables::SCHEMA)?;
        let (orders, queued) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                run(database, quota, &queued);
                drop(lock);
            })
            .map_err(StoreError::Thread)?;
        Ok(Self { orders })
    }

    /// Binds a name to the identity that first claims it.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] if it is another's.
    pub async fn claim(&self, name: Name, identity: Vec<u8>) -> Result<MailboxStatus, StoreError> {
        self.ask(0, move |tables| tables.claim(&name, &identity))
            .await
    }

    /// Keeps a key bundle of an owner's.
    ///
    /// # Errors
    /// [`StoreError::TooManyPrekeys`] beyond the quota.
    pub async fn publish(&self, owner: Name, bundle: StoredBundle) -> Result<(), StoreError> {
        self.ask(bundle.bytes.len(), move |tables| {
            tables.publish(&owner, &bundle)
        })
        .await
    }

    /// Hands out a key bundle of an owner's.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn fetch(&self, owner: Name) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask(0, move |tables| tables.fetch(&owner)).await
    }

    /// Puts an envelope in a mailbox; it is on disk when this returns. The same
    /// envelope again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::MailboxFull`] beyond the quota, [`StoreError::DiskFull`] if it is.
    pub async fn deposit(&self, mail: Mail) -> Result<(), StoreError> {
        self.ask(mail.envelope.len(), move |tables| tables.deposit(&mail))
            .await
    }

    /// Envelopes of a mailbox after a position in it, oldest first, each with its
    /// position: at most `limit`, and fewer if they are long.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn mail_after(
        &self,
        recipient: Name,
        position: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Mail)>, StoreError> {
        self.ask(0, move |tables| {
            tables.mail_after(&recipient, position, limit)
        })
        .await
    }

    /// Forgets an envelope that its recipient has confirmed, all but its digest. Gives
    /// its sender, the first time.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn confirm(
        &self,
        recipient: Name,
        digest: Digest,
    ) -> Result<Option<Name>, StoreError> {
        self.ask(0, move |tables| tables.confirm(&recipient, digest))
            .await
    }

    /// Writes everything to the database's own file and closes it. The store answers
    /// nothing more.
    ///
    /// # Errors
    /// [`StoreError`] if it had stopped before.
    pub async fn close(&self) -> Result<(), StoreError> {
        let (sender, closed) = oneshot::channel();
        self.send(Order::Close(sender)).await?;
        closed.await.map_err(|_| StoreError::Stopped)
    }

    async fn ask<T: Send + 'static>(
        &self,
        bytes: usize,
        execute: impl FnOnce(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answered) = oneshot::channel();
        let run = move |tables: Option<&mut Tables<'_>>| {
            let result = tables.map_or(Err(StoreError::Stopped), execute);
            Answer(Box::new(move |failure| {
                let _ = sender.send(match failure {
                    Some(failure) => Err(failure.shared()),
                    None => result,
                });
            }))
        };
        let run = Box::new(run);
        self.send(Order::Run(Job { bytes, run })).await?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    async fn send(&self, mut order: Order) -> Result<(), StoreError> {
        loop {
            match self.orders.try_send(order) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) => order = back,
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Locks the folder: two relays must not share one.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let lock = File::create(folder.join("lock")).map_err(StoreError::Lock)?;
    lock.try_lock().map_err(|_| StoreError::InUse)?;
    Ok(lock)
}

/// The thread.
fn run(mut database: Connection, quota: Quota, orders: &Receiver<Order>) {
    let mut cache = Cache::default();
    while let Ok(first) = orders.recv() {
        let (batch, close) = gather(first, orders);
        let mut answers = Vec::with_capacity(batch.len());
        let failure = commit(&mut database, quota, &mut cache, batch, &mut answers).err();
        if failure.is_some() {
            cache = Cache::default();
        } else {
            cache.shrink();
        }
        for Answer(answer) in answers {
            answer(failure.as_ref());
        }
        if let Some(closed) = close {
            drop(database);
            let _ = closed.send(());
            return;
        }
    }
}

/// The requests for one transaction, and whether the store is to be closed after it.
fn gather(first: Order, orders: &Receiver<Order>) -> (Vec<Job>, Option<oneshot::Sender<()>>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut next = Some(first);
    while let Some(order) = next {
        match order {
            Order::Close(closed) => return (batch, Some(closed)),
            Order::Run(job) => {
                bytes += job.bytes;
                batch.push(job);
            }
        }
        let full = batch.len() >= BATCH || bytes >= BATCH_BYTES;
        next = if full { None } else { orders.try_recv().ok() };
    }
    (batch, None)
}

/// Executes requests in one transaction, which is synced when this returns.
fn commit(
    database: &mut Connection,
    quota: Quota,
    cache: &mut Cache,
    batch: Vec<Job>,
    answers: &mut Vec<Answer>,
) -> Result<(), StoreError> {
    match database.transaction() {
        Ok(transaction) => {
            let mut tables = Tables {
                transaction,
                quota,
                cache,
            };
            answers.extend(batch.into_iter().map(|job| (job.run)(Some(&mut tables))));
            Ok(tables.transaction.commit()?)
        }
        Err(error) => {
            answers.extend(batch.into_iter().map(|job| (job.run)(None)));
            Err(error.into())
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Database(error.to_string()),
        }
    }
}

impl StoreError {
    /// A copy for each request of a transaction that failed.
    fn shared(&self) -> Self {
        match self {
            Self::DiskFull => Self::DiskFull,
            Self::Database(what) => Self::Database(what.clone()),
            _ => Self::Stopped,
        }
    }
}

/// The envelopes that wait in a relay's database, read from a copy of it that
/// somebody took: oldest first, with nothing changed.
///
/// # Errors
/// [`StoreError`] if it is no relay's database.
pub fn read_copy(path: &Path) -> Result<Vec<Mail>, StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let database = if Path::new(&log).exists() {
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?
    } else {
        // A copy without its log: SQLite must not look for one, nor make one.
        let path: String = path
            .to_string_lossy()
            .chars()
            .map(|c| match c {
                '%' | '?' | '#' => format!("%{:02x}", u32::from(c)),
                c => c.to_string(),
            })
            .collect();
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        Connection::open_with_flags(format!("file:{path}?immutable=1"), flags)?
    };
    tables::all_mail(&database)
}
