//! What the database holds, and each request as statements within a transaction.

use std::{collections::HashMap, path::Path};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use super::{Bundle, Mail, Quota, Standing, StoreError};
use crate::transport::control::Digest;
use doormat::protocol::Name;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS names (
        name TEXT PRIMARY KEY, identity BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS bundles (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL, once INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB
    );
    CREATE UNIQUE INDEX IF NOT EXISTS bundles_once ON bundles (owner, digest);
    CREATE INDEX IF NOT EXISTS bundles_left ON bundles (owner, once, place)
        WHERE bytes IS NOT NULL;
    CREATE TABLE IF NOT EXISTS mail (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        recipient TEXT NOT NULL, sender TEXT NOT NULL,
        digest BLOB NOT NULL, envelope BLOB
    );
    CREATE UNIQUE INDEX IF NOT EXISTS mail_once ON mail (recipient, digest);
    CREATE INDEX IF NOT EXISTS mail_waiting ON mail (recipient, place) WHERE envelope IS NOT NULL;
";

pub(super) fn claim(
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

/// What is remembered between transactions; all of it is on disk too.
#[derive(Default)]
pub(super) struct Memory {
    /// How many envelopes wait, by mailbox.
    pub(super) counts: HashMap<Name, u64>,
    /// No digest of a received envelope is left before this place.
    forgotten: i64,
}

/// Digests that are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 1024;

/// Mail read at once, in bytes, and one envelope more: what a slow reader can make
/// wait in memory.
const READ_AT_ONCE: usize = 192 * 1024;

/// For how many later bundles the digest of one that was handed out is kept.
const KEPT: i64 = 100_000;

const WAITING: &str = "SELECT count(*) FROM mail WHERE recipient = ?1 AND envelope IS NOT NULL";
const PREKEYS: &str =
    "SELECT count(*) FROM bundles WHERE owner = ?1 AND once = 1 AND bytes IS NOT NULL";

pub(super) fn publish(
    at: &Transaction<'_>,
    quota: Quota,
    owner: &Name,
    bundle: &Bundle,
) -> Result<(), StoreError> {
    let digest = Digest::of(&bundle.bytes);
    let known = at
        .prepare_cached("SELECT 1 FROM bundles WHERE owner = ?1 AND digest = ?2")?
        .exists(params![owner.as_str(), digest.0])?;
    if known {
        return Ok(());
    }
    if bundle.once {
        if count(at, PREKEYS, owner)? >= quota.prekeys {
            return Err(StoreError::TooManyPrekeys);
        }
    } else {
        at.prepare_cached("DELETE FROM bundles WHERE owner = ?1 AND once = 0")?
            .execute([owner.as_str()])?;
    }
    at.prepare_cached("INSERT INTO bundles (owner, once, digest, bytes) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![owner.as_str(), bundle.once, digest.0, bundle.bytes])?;
    Ok(())
}

pub(super) fn fetch(at: &Transaction<'_>, owner: &Name) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<(i64, bool, Vec<u8>)> = at
        .prepare_cached(
            "SELECT place, once, bytes FROM bundles WHERE owner = ?1 AND bytes IS NOT NULL \
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
        // Its digest stays for a while: an owner may publish it again who did not
        // hear that it was taken the first time.
        at.prepare_cached("UPDATE bundles SET bytes = NULL WHERE place = ?1")?
            .execute([place])?;
        at.prepare_cached("DELETE FROM bundles WHERE owner = ?1 AND bytes IS NULL AND place < ?2")?
            .execute(params![owner.as_str(), place.saturating_sub(KEPT)])?;
    }
    Ok(Some(bytes))
}

pub(super) fn deposit(
    at: &Transaction<'_>,
    quota: Quota,
    memory: &mut Memory,
    mail: &Mail,
) -> Result<(), StoreError> {
    let digest = Digest::of(&mail.envelope);
    let known = at
        .prepare_cached("SELECT 1 FROM mail WHERE recipient = ?1 AND digest = ?2")?
        .exists(params![mail.recipient.as_str(), digest.0])?;
    if known {
        return Ok(());
    }
    let waiting = match memory.counts.get(&mail.recipient) {
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
    let waiting = waiting.saturating_add(1);
    memory.counts.insert(mail.recipient.clone(), waiting);
    Ok(())
}

pub(super) fn waiting(
    at: &Transaction<'_>,
    recipient: &Name,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, Mail)>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut query = at.prepare_cached(
        "SELECT place, sender, envelope FROM mail \
         WHERE recipient = ?1 AND place > ?2 AND envelope IS NOT NULL ORDER BY place LIMIT ?3",
    )?;
    let mut rows = query.query(params![recipient.as_str(), after, limit])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while bytes < READ_AT_ONCE
        && let Some(row) = rows.next()?
    {
        let envelope: Vec<u8> = row.get(2)?;
        bytes += envelope.len();
        let mail = Mail {
            sender: Name::new(&row.get::<_, String>(1)?).map_err(|_| StoreError::Foreign)?,
            recipient: recipient.clone(),
            envelope,
        };
        found.push((row.get(0)?, mail));
    }
    Ok(found)
}

pub(super) fn received(
    at: &Transaction<'_>,
    quota: Quota,
    memory: &mut Memory,
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
    if let Some(waiting) = memory.counts.get_mut(recipient) {
        *waiting = waiting.saturating_sub(1);
    }
    forget(at, quota, memory, place)?;
    let sender = Name::new(&sender).map_err(|_| StoreError::Foreign)?;
    Ok(Some(sender))
}

/// Forgets the digests that later envelopes have made old: many at a time, since a
/// deletion for each would cost as much as the confirmation itself.
fn forget(
    at: &Transaction<'_>,
    quota: Quota,
    memory: &mut Memory,
    received: i64,
) -> Result<(), StoreError> {
    let old = received.saturating_sub(quota.digests);
    if received < memory.forgotten {
        // It has waited so long that nobody passes by here again.
        at.prepare_cached("DELETE FROM mail WHERE place = ?1")?
            .execute([received])?;
    } else if old.saturating_sub(memory.forgotten) >= FORGOTTEN_AT_ONCE {
        at.prepare_cached(
            "DELETE FROM mail WHERE place >= ?1 AND place < ?2 AND envelope IS NULL",
        )?
        .execute([memory.forgotten, old])?;
        memory.forgotten = old;
    }
    Ok(())
}

fn count(at: &Transaction<'_>, query: &str, name: &Name) -> Result<u64, StoreError> {
    let found: i64 = at
        .prepare_cached(query)?
        .query_row([name.as_str()], |row| row.get(0))?;
    Ok(u64::try_from(found).unwrap_or(0))
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
