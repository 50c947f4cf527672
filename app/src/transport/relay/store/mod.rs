//! What is on disk, and when it is: SQLite, in write-ahead mode, synced before
//! anything is acknowledged.
//!
//! One thread owns the database. It takes whatever requests have gathered while
//! the last transaction was being synced, does them in one transaction, syncs
//! once, and answers them all: a group commit. So the cost of a sync is shared
//! by everybody who waits for it, and nobody is answered before it.
//!
//! An envelope that its recipient has received leaves its digest behind, so that a
//! sender who did not hear the first acknowledgement and sends again is told yes
//! and the recipient is not disturbed.

mod error;
mod tables;
mod worker;

use std::{
    fs::File,
    path::Path,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::transport::control::Digest;
use doormat::protocol::Name;
pub use error::StoreError;
pub use tables::read_copy;
use worker::{Answer, Request};

/// The database's file name in the relay's folder.
pub const FILE: &str = "relay.db";

/// Requests that may wait for the store; beyond it, whoever asks waits too.
const QUEUE: usize = 512;

/// Bounds on what one name may keep here.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Envelopes waiting in one mailbox.
    pub mailbox: u64,
    /// One-time key bundles of one owner.
    pub prekeys: u64,
    /// Names in all.
    pub names: u64,
    /// For how many later envelopes the digest of a received one is kept.
    pub digests: i64,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            mailbox: 10_000,
            prekeys: 100,
            names: 100_000,
            digests: 100_000,
        }
    }
}

/// A handle on the store; clones share it. The thread ends with the last of them.
#[derive(Debug, Clone)]
pub struct Store {
    requests: SyncSender<Request>,
}

/// What a mailbox's owner is told when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Envelopes waiting.
    pub waiting: u64,
    /// One-time key bundles left.
    pub prekeys: u64,
}

/// A key bundle to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it is handed out once only.
    pub once: bool,
}

/// An envelope and its outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who sent it.
    pub sender: Name,
    /// Whose mailbox it is in.
    pub recipient: Name,
    /// Its bytes.
    pub envelope: Vec<u8>,
}

impl Store {
    /// Opens the database in a folder, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be opened, or is no relay's database.
    pub fn open(folder: &Path, quota: Quota) -> Result<Self, StoreError> {
        let lock = lock(folder)?;
        let database = Connection::open(folder.join(FILE))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        // Measured: fewer pages read again, fewer checkpoints while busy.
        database.pragma_update(None, "cache_size", -16 * 1024)?;
        database.pragma_update(None, "wal_autocheckpoint", 4000)?;
        database.execute_batch(tables::SCHEMA)?;
        let (requests, inbox) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                worker::work(database, quota, &inbox);
                drop(lock);
            })
            .map_err(StoreError::Thread)?;
        Ok(Self { requests })
    }

    /// Binds a name to the identity that first claims it.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] if it is another's.
    pub async fn claim(&self, name: Name, identity: Vec<u8>) -> Result<Standing, StoreError> {
        self.ask(|answer| Request::Claim(name, identity, answer))
            .await
    }

    /// Keeps a key bundle of an owner's.
    ///
    /// # Errors
    /// [`StoreError::TooManyPrekeys`] beyond the quota.
    pub async fn publish(&self, owner: Name, bundle: Bundle) -> Result<(), StoreError> {
        self.ask(|answer| Request::Publish(owner, bundle, answer))
            .await
    }

    /// Hands out a key bundle of an owner's.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn fetch(&self, owner: Name) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask(|answer| Request::Fetch(owner, answer)).await
    }

    /// Puts an envelope in a mailbox; it is on disk when this returns. The same
    /// envelope again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::MailboxFull`] beyond the quota, [`StoreError::Full`] if the
    /// disk is.
    pub async fn deposit(&self, mail: Mail) -> Result<(), StoreError> {
        self.ask(|answer| Request::Deposit(mail, answer)).await
    }

    /// Envelopes of a mailbox after a place in it, oldest first, each with its place.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn waiting(
        &self,
        recipient: Name,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Mail)>, StoreError> {
        self.ask(|answer| Request::Waiting(recipient, after, limit, answer))
            .await
    }

    /// Forgets an envelope that its recipient has, all but its digest; gives its
    /// sender, the first time.
    ///
    /// # Errors
    /// [`StoreError`] if the database refuses.
    pub async fn received(
        &self,
        recipient: Name,
        digest: Digest,
    ) -> Result<Option<Name>, StoreError> {
        self.ask(|answer| Request::Received(recipient, digest, answer))
            .await
    }

    /// Writes everything to the database's own file and lets go of it. The store
    /// answers nothing more.
    ///
    /// # Errors
    /// [`StoreError`] if it had stopped before.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.ask(Request::Close).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let mut request = request(answer);
        loop {
            use std::sync::mpsc::TrySendError;
            match self.requests.try_send(request) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) => {
                    request = back;
                    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                }
                Err(TrySendError::Disconnected(_)) => return Err(StoreError::Stopped),
            }
        }
        answered.await.map_err(|_| StoreError::Stopped)?
    }
}

/// One relay, one folder.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let lock = File::create(folder.join("lock")).map_err(StoreError::Lock)?;
    lock.try_lock().map_err(|_| StoreError::InUse)?;
    Ok(lock)
}
