//! The store in SQLite, in write-ahead mode: synced before anything is acknowledged.
//!
//! One thread owns the database. It takes the requests that have gathered while the
//! last transaction was being synced, executes them in one transaction, syncs once,
//! and answers them all: a group commit. So the cost of a sync is shared by all that
//! wait for it, and no request is answered before it.
//!
//! An envelope that its recipient has confirmed leaves its digest behind. So one that is
//! sent again, by a sender that did not receive the acknowledgement, is acknowledged
//! again and not delivered twice.

mod copy;
mod files;
mod remains;
mod rows;
mod tables;

use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    thread,
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::{sync::oneshot, time::sleep};

use super::{Mail, MailboxStatus, Quota, StoreError, StoredBundle};
use crate::transport::control::{Digest, Generation};
pub use copy::{CopiedFiles, CopyFigures, DatabaseCopy};
use doormat::protocol::Name;
use files::{lock, make_private};
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
    commands: SyncSender<StoreCommand>,
}

/// What the thread is told.
enum StoreCommand {
    Run(Box<dyn Job>),
    Close(oneshot::Sender<()>),
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
        database.execute_batch(tables::SCHEMA)?;
        let (commands, queued) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                run(database, quota, &queued);
                drop(lock);
            })
            .map_err(StoreError::Thread)?;
        Ok(Self { commands })
    }

    /// Binds a name to the identity that first claims it.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] if it is another's.
    pub async fn claim(&self, name: Name, identity: Vec<u8>) -> Result<MailboxStatus, StoreError> {
        self.ask(0, move |tables| tables.claim(&name, &identity))
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
        self.send(StoreCommand::Close(sender)).await?;
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
        self.send(StoreCommand::Run(Box::new(query))).await?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    async fn send(&self, mut command: StoreCommand) -> Result<(), StoreError> {
        loop {
            match self.commands.try_send(command) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) => command = back,
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            }
            sleep(Duration::from_millis(1)).await;
        }
    }
}

/// The thread.
fn run(mut database: Connection, quota: Quota, commands: &Receiver<StoreCommand>) {
    let mut cache = Cache::default();
    while let Ok(first) = commands.recv() {
        let (mut batch, close) = gather(first, commands);
        let failure = commit(&mut database, quota, &mut cache, &mut batch).err();
        if failure.is_some() {
            cache = Cache::default();
        } else {
            cache.shrink();
        }
        for job in batch {
            job.answer(failure.as_ref());
        }
        if let Some(closed) = close {
            drop(database);
            let _ = closed.send(());
            return;
        }
    }
}

/// The requests for one transaction, and whether the store is to be closed after it.
fn gather(
    first: StoreCommand,
    commands: &Receiver<StoreCommand>,
) -> (Vec<Box<dyn Job>>, Option<oneshot::Sender<()>>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    let mut next = Some(first);
    while let Some(command) = next {
        match command {
            StoreCommand::Close(closed) => return (batch, Some(closed)),
            StoreCommand::Run(job) => {
                bytes += job.bytes();
                batch.push(job);
            }
        }
        let full = batch.len() >= BATCH || bytes >= BATCH_BYTES;
        next = if full { None } else { commands.try_recv().ok() };
    }
    (batch, None)
}

/// Executes requests in one transaction, which is on disk when this returns.
fn commit(
    database: &mut Connection,
    quota: Quota,
    cache: &mut Cache,
    batch: &mut [Box<dyn Job>],
) -> rusqlite::Result<()> {
    let mut tables = Tables {
        transaction: database.transaction()?,
        quota,
        cache,
    };
    for job in batch {
        job.execute(&mut tables);
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
