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

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, params};
use tokio::sync::oneshot;

use crate::protocol::Name;
use crate::transport::control::Digest;

/// The database's file name in the relay's folder.
pub const FILE: &str = "relay.db";

/// Requests in one transaction, at most.
const BATCH: usize = 512;

/// Requests that may wait for the store; beyond it, whoever asks waits too.
const QUEUE: usize = 4096;

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

/// One request and where its answer goes.
type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

enum Request {
    Claim(Name, Vec<u8>, Answer<Standing>),
    Publish(Name, Bundle, Answer<()>),
    Fetch(Name, Answer<Option<Vec<u8>>>),
    Deposit(Mail, Answer<()>),
    Waiting(Name, i64, usize, Answer<Vec<(i64, Mail)>>),
    Received(Name, Digest, Answer<Option<Name>>),
    Close(Answer<()>),
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
        let database = Connection::open(folder.join(FILE))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.execute_batch(SCHEMA)?;
        let (requests, inbox) = sync_channel(QUEUE);
        thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || work(database, quota, &inbox))
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
    let mut query = database.prepare(
        "SELECT sender, recipient, envelope FROM mail WHERE envelope IS NOT NULL ORDER BY place",
    )?;
    let rows = query.query_map([], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get(2)?,
        ))
    })?;
    rows.map(|row| {
        let (sender, recipient, envelope) = row?;
        let name = |name: &str| Name::new(name).map_err(|_| StoreError::Foreign);
        Ok(Mail {
            sender: name(&sender)?,
            recipient: name(&recipient)?,
            envelope,
        })
    })
    .collect()
}

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS names (
        name TEXT PRIMARY KEY, identity BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS bundles (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL, once INTEGER NOT NULL, bytes BLOB NOT NULL
    );
    CREATE INDEX IF NOT EXISTS bundles_of ON bundles (owner, once);
    CREATE TABLE IF NOT EXISTS mail (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        recipient TEXT NOT NULL, sender TEXT NOT NULL,
        digest BLOB NOT NULL, envelope BLOB
    );
    CREATE UNIQUE INDEX IF NOT EXISTS mail_once ON mail (recipient, digest);
    CREATE INDEX IF NOT EXISTS mail_waiting ON mail (recipient, place) WHERE envelope IS NOT NULL;
    CREATE INDEX IF NOT EXISTS mail_received ON mail (recipient, place) WHERE envelope IS NULL;
";

/// An answer that goes out once its transaction is on disk, or the error that it
/// was not.
type Pending = Box<dyn FnOnce(Option<&StoreError>) + Send>;

/// Names whose waiting envelopes are remembered.
const REMEMBERED: usize = 10_000;

fn work(mut database: Connection, quota: Quota, inbox: &Receiver<Request>) {
    let mut counts = HashMap::new();
    while let Ok(first) = inbox.recv() {
        if let Request::Close(to) = first {
            drop(database);
            let _ = to.send(Ok(()));
            return;
        }
        let mut pending: Vec<Pending> = Vec::new();
        let done = commit(
            &mut database,
            quota,
            &mut counts,
            first,
            inbox,
            &mut pending,
        );
        let failure = done.err();
        if failure.is_some() || counts.len() > REMEMBERED {
            counts.clear();
        }
        for answer in pending {
            answer(failure.as_ref());
        }
    }
}

/// One transaction, with all that has gathered; synced when this returns.
fn commit(
    database: &mut Connection,
    quota: Quota,
    counts: &mut HashMap<Name, u64>,
    first: Request,
    inbox: &Receiver<Request>,
    pending: &mut Vec<Pending>,
) -> Result<(), StoreError> {
    let more = std::iter::from_fn(|| inbox.try_recv().ok());
    let batch: Vec<Request> = std::iter::once(first).chain(more.take(BATCH)).collect();
    let transaction = match database.transaction() {
        Ok(transaction) => transaction,
        Err(error) => {
            pending.extend(batch.into_iter().map(refuse));
            return Err(error.into());
        }
    };
    for request in batch {
        pending.push(perform(&transaction, quota, counts, request));
    }
    transaction.commit()?;
    Ok(())
}

fn perform(
    at: &Transaction<'_>,
    quota: Quota,
    counts: &mut HashMap<Name, u64>,
    request: Request,
) -> Pending {
    match request {
        Request::Claim(name, identity, to) => reply(to, claim(at, quota, &name, &identity)),
        Request::Publish(owner, bundle, to) => reply(to, publish(at, quota, &owner, &bundle)),
        Request::Fetch(owner, to) => reply(to, fetch(at, &owner)),
        Request::Deposit(mail, to) => reply(to, deposit(at, quota, counts, &mail)),
        Request::Waiting(name, after, limit, to) => reply(to, waiting(at, &name, after, limit)),
        Request::Received(name, digest, to) => {
            reply(to, received(at, quota, counts, &name, digest))
        }
        // One that was sent among others ends the store with them.
        Request::Close(to) => reply(to, Err(StoreError::Stopped)),
    }
}

/// A request that no transaction could be begun for.
fn refuse(request: Request) -> Pending {
    match request {
        Request::Claim(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Publish(.., to) | Request::Deposit(_, to) => reply(to, Err(StoreError::Stopped)),
        Request::Fetch(_, to) => reply(to, Err(StoreError::Stopped)),
        Request::Waiting(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Received(.., to) => reply(to, Err(StoreError::Stopped)),
        Request::Close(to) => reply(to, Err(StoreError::Stopped)),
    }
}

fn reply<T: Send + 'static>(to: Answer<T>, result: Result<T, StoreError>) -> Pending {
    Box::new(move |failure| {
        let result = match failure {
            Some(failure) => Err(failure.again()),
            None => result,
        };
        let _ = to.send(result);
    })
}

fn claim(
    at: &Transaction<'_>,
    quota: Quota,
    name: &Name,
    identity: &[u8],
) -> Result<Standing, StoreError> {
    let known: Option<Vec<u8>> = at
        .prepare_cached("SELECT identity FROM names WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?;
    match known {
        Some(known) if known == identity => {}
        Some(_) => return Err(StoreError::NameTaken),
        None => {
            let names: i64 = at.query_row("SELECT count(*) FROM names", [], |row| row.get(0))?;
            if u64::try_from(names).unwrap_or(0) >= quota.names {
                return Err(StoreError::TooManyNames);
            }
            at.prepare_cached("INSERT INTO names (name, identity) VALUES (?1, ?2)")?
                .execute(params![name.as_str(), identity])?;
        }
    }
    Ok(Standing {
        waiting: count(at, WAITING, name)?,
        prekeys: count(at, PREKEYS, name)?,
    })
}

const WAITING: &str = "SELECT count(*) FROM mail WHERE recipient = ?1 AND envelope IS NOT NULL";
const PREKEYS: &str = "SELECT count(*) FROM bundles WHERE owner = ?1 AND once = 1";

fn publish(
    at: &Transaction<'_>,
    quota: Quota,
    owner: &Name,
    bundle: &Bundle,
) -> Result<(), StoreError> {
    if bundle.once {
        if count(at, PREKEYS, owner)? >= quota.prekeys {
            return Err(StoreError::TooManyPrekeys);
        }
    } else {
        at.prepare_cached("DELETE FROM bundles WHERE owner = ?1 AND once = 0")?
            .execute([owner.as_str()])?;
    }
    at.prepare_cached("INSERT INTO bundles (owner, once, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![owner.as_str(), bundle.once, bundle.bytes])?;
    Ok(())
}

fn fetch(at: &Transaction<'_>, owner: &Name) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<(i64, bool, Vec<u8>)> = at
        .prepare_cached(
            "SELECT place, once, bytes FROM bundles WHERE owner = ?1 \
             ORDER BY once DESC, place LIMIT 1",
        )?
        .query_row([owner.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((place, once, bytes)) = found else {
        return Ok(None);
    };
    if once {
        at.prepare_cached("DELETE FROM bundles WHERE place = ?1")?
            .execute([place])?;
    }
    Ok(Some(bytes))
}

fn deposit(
    at: &Transaction<'_>,
    quota: Quota,
    counts: &mut HashMap<Name, u64>,
    mail: &Mail,
) -> Result<(), StoreError> {
    let digest = Digest::of(&mail.envelope);
    let known = at
        .prepare_cached("SELECT 1 FROM mail WHERE recipient = ?1 AND digest = ?2")?
        .exists(params![mail.recipient.as_str(), digest.0])?;
    if known {
        return Ok(());
    }
    let waiting = match counts.get(&mail.recipient) {
        Some(waiting) => *waiting,
        None => {
            let exists = at
                .prepare_cached("SELECT 1 FROM names WHERE name = ?1")?
                .exists([mail.recipient.as_str()])?;
            if !exists {
                return Err(StoreError::NoSuchName);
            }
            count(at, WAITING, &mail.recipient)?
        }
    };
    if waiting >= quota.mailbox {
        return Err(StoreError::MailboxFull);
    }
    at.prepare_cached(
        "INSERT INTO mail (recipient, sender, digest, envelope) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        mail.recipient.as_str(),
        mail.sender.as_str(),
        digest.0,
        mail.envelope
    ])?;
    counts.insert(mail.recipient.clone(), waiting.saturating_add(1));
    Ok(())
}

fn waiting(
    at: &Transaction<'_>,
    recipient: &Name,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, Mail)>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    at.prepare_cached(
        "SELECT place, sender, envelope FROM mail \
         WHERE recipient = ?1 AND place > ?2 AND envelope IS NOT NULL ORDER BY place LIMIT ?3",
    )?
    .query_map(params![recipient.as_str(), after, limit], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    })?
    .map(|row| {
        let (place, sender, envelope) = row?;
        let sender = Name::new(&sender).map_err(|_| StoreError::Foreign)?;
        Ok((
            place,
            Mail {
                sender,
                recipient: recipient.clone(),
                envelope,
            },
        ))
    })
    .collect()
}

fn received(
    at: &Transaction<'_>,
    quota: Quota,
    counts: &mut HashMap<Name, u64>,
    recipient: &Name,
    digest: Digest,
) -> Result<Option<Name>, StoreError> {
    let found: Option<(i64, String)> = at
        .prepare_cached(
            "UPDATE mail SET envelope = NULL \
             WHERE recipient = ?1 AND digest = ?2 AND envelope IS NOT NULL \
             RETURNING place, sender",
        )?
        .query_row(params![recipient.as_str(), digest.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((place, sender)) = found else {
        return Ok(None);
    };
    if let Some(waiting) = counts.get_mut(recipient) {
        *waiting = waiting.saturating_sub(1);
    }
    at.prepare_cached("DELETE FROM mail WHERE recipient = ?1 AND envelope IS NULL AND place < ?2")?
        .execute(params![
            recipient.as_str(),
            place.saturating_sub(quota.digests)
        ])?;
    let sender = Name::new(&sender).map_err(|_| StoreError::Foreign)?;
    Ok(Some(sender))
}

fn count(at: &Transaction<'_>, query: &str, name: &Name) -> Result<u64, StoreError> {
    let found: i64 = at
        .prepare_cached(query)?
        .query_row([name.as_str()], |row| row.get(0))?;
    Ok(u64::try_from(found).unwrap_or(0))
}

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another identity has the name.
    #[error("this name belongs to another identity here")]
    NameTaken,
    /// The relay has as many names as it takes.
    #[error("the relay takes no more names")]
    TooManyNames,
    /// Nobody of that name has ever been here.
    #[error("nobody of that name has been here yet")]
    NoSuchName,
    /// The recipient has not read for a long time.
    #[error("the recipient's mailbox is full")]
    MailboxFull,
    /// The owner has published as many as are kept.
    #[error("no more key bundles are kept for one name")]
    TooManyPrekeys,
    /// No room.
    #[error("the relay's disk is full")]
    Full,
    /// A row that this program did not write.
    #[error("the database holds something that is not a relay's")]
    Foreign,
    /// The store's thread has ended, or could not begin.
    #[error("the store has stopped")]
    Stopped,
    /// The thread could not be started.
    #[error("the store's thread could not be started: {0}")]
    Thread(io::Error),
    /// SQLite says no.
    #[error("the database says: {0}")]
    Database(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error.to_string()),
        }
    }
}

impl StoreError {
    /// The same for everybody whose transaction failed.
    fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Database(what) => Self::Database(what.clone()),
            _ => Self::Stopped,
        }
    }

    /// Whether the same request may succeed later.
    pub const fn passes(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::MailboxFull | Self::NoSuchName | Self::Stopped | Self::Database(_)
        )
    }
}
