//! The store in SQLite, in write-ahead mode: synced before anything is acknowledged.
//!
//! One thread owns the database. It takes the requests that have gathered while the
//! last transaction was being synced, executes them in one transaction, syncs once,
//! and answers them all: a group commit. So the cost of a sync is shared by all that
//! wait for it, and no request is answered before it. Requests are taken in a fair
//! order (`queue`), and a transaction is short: who asks for little waits for little.
//!
//! An envelope that its recipient has confirmed leaves its digest behind. So one that is
//! sent again, by a sender that did not receive the acknowledgement, is acknowledged
//! again and not delivered twice.

mod copy;
mod files;
mod queue;
mod remains;
mod rows;
mod tables;

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::oneshot;

use super::{FetchedBundle, Mail, MailRead, MailboxStatus, Quota, StoreError, StoredBundle};
use crate::transport::control::{Digest, Generation};
pub use copy::{CopiedFiles, CopyFigures, DatabaseCopy};
use doormat::protocol::Name;
use files::{lock, make_private};
use queue::{Next, RequestQueue};
use tables::{Cache, Tables};

/// The database's file name in the relay's folder.
pub const DATABASE_FILE: &str = "relay.db";

/// Requests in one transaction, at most.
const BATCH: usize = 512;

/// Bytes of envelopes in one transaction, and one request more: a disk that is
/// nearly full must not refuse what would fit because of what came with it.
const BATCH_BYTES: usize = 256 * 1024;

/// How long requests are added to one transaction.
const BATCH_TIME: Duration = Duration::from_millis(4);

/// What a request costs in the fair order besides its bytes, as if in bytes.
const REQUEST_COST: usize = 2048;

/// A handle on the store; clones share it. The thread ends with the last of them. How many
/// requests wait is bounded by those who ask.
#[derive(Clone)]
pub struct SqliteStore {
    queue: Arc<Handle>,
    flow: Digest,
}

/// Closes the queue when the last handle is dropped.
struct Handle(Arc<RequestQueue<Box<dyn Job>>>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close(None);
    }
}

/// A request that is executed in a transaction, and answered once that is on disk.
trait Job: Send {
    /// What it adds to the database, about, in bytes.
    fn bytes(&self) -> usize;
    fn execute(&mut self, tables: &mut Tables<'_>);
    fn answer(self: Box<Self>, failure: Option<&rusqlite::Error>);
}

struct Query<T, F> {
    bytes: usize,
    execute: F,
    result: Result<T, StoreError>,
    sender: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for Query<T, F>
where
    T: Send,
    F: Fn(&mut Tables<'_>) -> Result<T, StoreError> + Send,
{
    fn bytes(&self) -> usize {
        self.bytes
    }

    fn execute(&mut self, tables: &mut Tables<'_>) {
        self.result = (self.execute)(tables);
    }

    fn answer(self: Box<Self>, failure: Option<&rusqlite::Error>) {
        let result = failure.map_or(self.result, |failure| Err(failure.into()));
        // Whoever asked may have gone.
        let _ = self.sender.send(result);
    }
}

impl SqliteStore {
    /// Opens the database in a folder, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is no relay's database.
    pub fn open(folder: &Path, quota: Quota) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let path = folder.join(DATABASE_FILE);
        make_private(&path).map_err(StoreError::Files)?;
        // Without the flag for it, no path is taken for a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        // Measured: fewer pages read again, fewer checkpoints while busy.
        database.pragma_update(None, "cache_size", -16 * 1024)?;
        database.pragma_update(None, "wal_autocheckpoint", 4000)?;
        tables::create(&database)?;
        let queue = Arc::new(RequestQueue::default());
        let requests = Requests(Arc::clone(&queue));
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                let closed = run(database, quota, &requests.0);
                drop((lock, requests));
                if let Some(closed) = closed {
                    let _ = closed.send(());
                }
            })
            .map_err(StoreError::Thread)?;
        Ok(Self {
            queue: Arc::new(Handle(queue)),
            flow: Digest([0; 16]),
        })
    }

    /// A handle whose requests share the store fairly with those of other flows.
    pub fn for_flow(&self, flow: Digest) -> Self {
        Self {
            queue: Arc::clone(&self.queue),
            flow,
        }
    }

    /// Binds a name to the identity that first claims it. A new one is bound only if
    /// that `may_register`.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] if it is another's; others beyond the quota.
    pub async fn claim(
        &self,
        name: Name,
        identity: Vec<u8>,
        may_register: bool,
    ) -> Result<MailboxStatus, StoreError> {
        self.ask(0, move |tables| {
            tables.claim(&name, &identity, may_register)
        })
        .await
    }

    /// Keeps the generation of a device's state, if it follows the one that is kept or
    /// none is. Gives the one that is kept then.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn advance(
        &self,
        name: Name,
        from: Option<Generation>,
        to: Generation,
        withdraw: bool,
    ) -> Result<Generation, StoreError> {
        self.ask(0, move |tables| tables.advance(&name, from, to, withdraw))
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

    /// Hands out a key bundle of an owner's to an identity: a one-time one if it was given
    /// none before.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn fetch(
        &self,
        owner: Name,
        asker: Digest,
    ) -> Result<Option<FetchedBundle>, StoreError> {
        self.ask(0, move |tables| tables.fetch(&owner, asker)).await
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
    /// position: at most `limit`, and at most so many bytes.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn mail_after(
        &self,
        recipient: Name,
        position: i64,
        limit: usize,
        bytes: usize,
    ) -> Result<MailRead, StoreError> {
        self.ask(0, move |tables| {
            tables.mail_after(&recipient, position, limit, bytes)
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
        if !self.queue.0.close(Some(sender)) {
            return Err(StoreError::Stopped);
        }
        closed.await.map_err(|_| StoreError::Stopped)
    }

    async fn ask<T: Send + 'static>(
        &self,
        bytes: usize,
        execute: impl Fn(&mut Tables<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, answered) = oneshot::channel();
        let result = Err(StoreError::Stopped);
        let query = Query {
            bytes,
            execute,
            result,
            sender,
        };
        let cost = u64::try_from(bytes + REQUEST_COST).unwrap_or(u64::MAX);
        if !self.queue.0.push(self.flow, cost, Box::new(query)) {
            return Err(StoreError::Stopped);
        }
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

/// The thread's end of the queue. However the thread ends, nobody waits for it in vain.
struct Requests(Arc<RequestQueue<Box<dyn Job>>>);

impl Drop for Requests {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The thread. Gives whom to tell that the database is closed.
fn run(
    mut database: Connection,
    quota: Quota,
    queue: &RequestQueue<Box<dyn Job>>,
) -> Option<oneshot::Sender<()>> {
    let mut cache = Cache::default();
    loop {
        let first = match queue.pop() {
            Next::Execute(first) => first,
            Next::Close(closed) => return closed,
        };
        let mut batch = vec![first];
        let failure = commit(&mut database, quota, &mut cache, &mut batch, queue).err();
        if failure.is_some() {
            cache = Cache::default();
        } else {
            cache.shrink();
        }
        for job in batch {
            job.answer(failure.as_ref());
        }
    }
}

/// Executes a request, and those that have come by now, in one transaction, which is on disk
/// when this returns.
fn commit(
    database: &mut Connection,
    quota: Quota,
    cache: &mut Cache,
    batch: &mut Vec<Box<dyn Job>>,
    queue: &RequestQueue<Box<dyn Job>>,
) -> rusqlite::Result<()> {
    let mut tables = Tables {
        transaction: database.transaction()?,
        quota,
        cache,
    };
    let (begun, mut executed, mut bytes) = (Instant::now(), 0, 0);
    while let Some(job) = batch.get_mut(executed) {
        job.execute(&mut tables);
        (executed, bytes) = (executed + 1, bytes + job.bytes());
        if executed < BATCH && bytes < BATCH_BYTES && begun.elapsed() < BATCH_TIME {
            batch.extend(queue.try_pop());
        }
    }
    tables.transaction.commit()
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&rusqlite::Error> for StoreError {
    fn from(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            _ => Self::Database(error.to_string()),
        }
    }
}
