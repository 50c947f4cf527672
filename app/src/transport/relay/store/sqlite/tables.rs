//! The database's tables, and each request as statements within a transaction.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Params, Transaction, params};

use crate::transport::{
    control::{Digest, Generation},
    relay::store::{FetchedBundle, Mail, MailRead, MailboxStatus, Quota, StoreError, StoredBundle},
};
use doormat::protocol::Name;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS names (
        name TEXT PRIMARY KEY, identity BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS names_of ON names (identity);
    CREATE TABLE IF NOT EXISTS generations (
        name TEXT PRIMARY KEY, number BLOB NOT NULL, tag BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS bundles (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL, once INTEGER NOT NULL, digest BLOB NOT NULL, bytes BLOB,
        asker BLOB
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

const ASKERS: &str = "
    CREATE INDEX IF NOT EXISTS bundles_asked ON bundles (owner, asker) WHERE asker IS NOT NULL;
";

/// Makes the tables that are not there. Those of an earlier version lack a column.
pub(super) fn create(database: &Connection) -> rusqlite::Result<()> {
    database.execute_batch(SCHEMA)?;
    if !database.column_exists(None, "bundles", "asker")? {
        database.execute_batch("ALTER TABLE bundles ADD COLUMN asker BLOB")?;
    }
    database.execute_batch(ASKERS)
}

/// Digests that are forgotten at once.
const FORGOTTEN_AT_ONCE: i64 = 1024;

/// For how many later bundles the digest of one that was handed out is kept, and who asked.
const BUNDLE_DIGESTS: i64 = 100_000;

/// Mailboxes whose waiting envelopes are counted in memory.
const COUNTED_MAILBOXES: usize = 10_000;

const WAITING: &str = "SELECT count(*) FROM mail WHERE recipient = ?1 AND envelope IS NOT NULL";
const PREKEYS: &str =
    "SELECT count(*) FROM bundles WHERE owner = ?1 AND once = 1 AND bytes IS NOT NULL";

/// What is remembered between transactions; all of it is on disk too.
#[derive(Default)]
pub(super) struct Cache {
    /// How many envelopes wait, by mailbox.
    waiting: HashMap<Name, u32>,
    /// No digest of a received envelope is left before this position.
    forgotten: i64,
}

impl Cache {
    /// Bounds its size.
    pub(super) fn shrink(&mut self) {
        if self.waiting.len() > COUNTED_MAILBOXES {
            self.waiting.clear();
        }
    }
}

/// The tables within one transaction.
pub(super) struct Tables<'a> {
    pub(super) transaction: Transaction<'a>,
    pub(super) quota: Quota,
    pub(super) cache: &'a mut Cache,
}

impl Tables<'_> {
    pub(super) fn claim(
        &mut self,
        name: &Name,
        identity: &[u8],
        may_register: bool,
    ) -> Result<MailboxStatus, StoreError> {
        let known: Option<Vec<u8>> = self
            .transaction
            .prepare_cached("SELECT identity FROM names WHERE name = ?1")?
            .query_row([name.as_str()], |row| row.get(0))
            .optional()?;
        let is_new = known.is_none();
        match known {
            Some(known) if known == identity => {}
            Some(_) => return Err(StoreError::NameTaken),
            None if !may_register => return Err(StoreError::TooManyNamesFromAddress),
            None => {
                let names: u32 =
                    self.transaction
                        .query_row("SELECT count(*) FROM names", [], |row| row.get(0))?;
                if names >= self.quota.names {
                    return Err(StoreError::TooManyNames);
                }
                let own: u32 = self
                    .transaction
                    .prepare_cached("SELECT count(*) FROM names WHERE identity = ?1")?
                    .query_row([identity], |row| row.get(0))?;
                if own >= self.quota.names_per_identity {
                    return Err(StoreError::TooManyNamesOfIdentity);
                }
                self.execute(
                    "INSERT INTO names (name, identity) VALUES (?1, ?2)",
                    params![name.as_str(), identity],
                )?;
            }
        }
        Ok(MailboxStatus {
            is_new,
            waiting: self.count(WAITING, name)?.into(),
            prekeys: self.count(PREKEYS, name)?.into(),
            generation: self.generation(name)?,
        })
    }

    pub(super) fn advance(
        &mut self,
        name: &Name,
        from: Option<Generation>,
        to: Generation,
        withdraw: bool,
    ) -> Result<Generation, StoreError> {
        match self.generation(name)? {
            // Asked for before; the answer was not received.
            Some(kept) if kept == to => {}
            Some(kept) if Some(kept) != from => return Ok(kept),
            Some(_) | None => self.execute(
                "INSERT OR REPLACE INTO generations (name, number, tag) VALUES (?1, ?2, ?3)",
                params![name.as_str(), to.number.to_be_bytes(), to.tag],
            )?,
        }
        if withdraw {
            self.execute(
                "DELETE FROM bundles WHERE owner = ?1 AND once = 1 AND bytes IS NOT NULL",
                [name.as_str()],
            )?;
        }
        Ok(to)
    }

    fn generation(&self, name: &Name) -> Result<Option<Generation>, StoreError> {
        let found: Option<([u8; 8], [u8; 16])> = self
            .transaction
            .prepare_cached("SELECT number, tag FROM generations WHERE name = ?1")?
            .query_row([name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found.map(|(number, tag)| Generation {
            number: u64::from_be_bytes(number),
            tag,
        }))
    }

    pub(super) fn publish(
        &mut self,
        owner: &Name,
        bundle: &StoredBundle,
    ) -> Result<(), StoreError> {
        let digest = Digest::of(&bundle.bytes);
        if self.exists(
            "SELECT 1 FROM bundles WHERE owner = ?1 AND digest = ?2",
            params![owner.as_str(), digest.0],
        )? {
            return Ok(());
        }
        if bundle.one_time {
            if self.count(PREKEYS, owner)? >= self.quota.prekeys {
                return Err(StoreError::TooManyPrekeys);
            }
        } else {
            self.execute(
                "DELETE FROM bundles WHERE owner = ?1 AND once = 0",
                [owner.as_str()],
            )?;
        }
        self.execute(
            "INSERT INTO bundles (owner, once, digest, bytes) VALUES (?1, ?2, ?3, ?4)",
            params![owner.as_str(), bundle.one_time, digest.0, bundle.bytes],
        )
    }

    pub(super) fn fetch(
        &mut self,
        owner: &Name,
        asker: Digest,
    ) -> Result<Option<FetchedBundle>, StoreError> {
        // One each: whoever asks again and again must not use up what is there for others.
        let asked = self.exists(
            "SELECT 1 FROM bundles WHERE owner = ?1 AND asker = ?2",
            params![owner.as_str(), asker.0],
        )?;
        let found: Option<(i64, bool, Vec<u8>)> = self
            .transaction
            .prepare_cached(
                "SELECT place, once, bytes FROM bundles \
                 WHERE owner = ?1 AND bytes IS NOT NULL AND once <= ?2 \
                 ORDER BY once DESC, place LIMIT 1",
            )?
            .query_row(params![owner.as_str(), !asked], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((position, one_time, bytes)) = found else {
            return Ok(None);
        };
        if one_time {
            // Its digest stays for a while: an owner that did not hear that it was
            // accepted may publish it again after it was handed out.
            self.execute(
                "UPDATE bundles SET bytes = NULL, asker = ?2 WHERE place = ?1",
                params![position, asker.0],
            )?;
            self.execute(
                "DELETE FROM bundles WHERE owner = ?1 AND bytes IS NULL AND place < ?2",
                params![owner.as_str(), position - BUNDLE_DIGESTS],
            )?;
        }
        let left = match asked {
            true => None,
            false => Some(self.count(PREKEYS, owner)?.into()),
        };
        Ok(Some(FetchedBundle { bytes, left }))
    }

    pub(super) fn deposit(&mut self, mail: &Mail) -> Result<(), StoreError> {
        let recipient = mail.recipient.as_str();
        let digest = Digest::of(&mail.envelope);
        if self.exists(
            "SELECT 1 FROM mail WHERE recipient = ?1 AND digest = ?2",
            params![recipient, digest.0],
        )? {
            return Ok(());
        }
        let waiting = match self.cache.waiting.get(&mail.recipient) {
            Some(waiting) => *waiting,
            None => {
                if !self.exists("SELECT 1 FROM names WHERE name = ?1", [recipient])? {
                    return Err(StoreError::NoSuchName);
                }
                self.count(WAITING, &mail.recipient)?
            }
        };
        if waiting >= self.quota.mailbox {
            return Err(StoreError::MailboxFull);
        }
        self.execute(
            "INSERT INTO mail (recipient, sender, digest, envelope) VALUES (?1, ?2, ?3, ?4)",
            params![recipient, mail.sender.as_str(), digest.0, mail.envelope],
        )?;
        self.cache
            .waiting
            .insert(mail.recipient.clone(), waiting + 1);
        Ok(())
    }

    pub(super) fn mail_after(
        &mut self,
        recipient: &Name,
        position: i64,
        limit: usize,
        most: usize,
    ) -> Result<MailRead, StoreError> {
        let mut query = self.transaction.prepare_cached(
            "SELECT place, sender, envelope, length(envelope) FROM mail \
             WHERE recipient = ?1 AND place > ?2 AND envelope IS NOT NULL ORDER BY place",
        )?;
        let mut rows = query.query(params![recipient.as_str(), position])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            let length = usize::try_from(row.get::<_, i64>(3)?).map_err(|_| StoreError::Foreign)?;
            bytes += length;
            if bytes > most {
                if found.is_empty() {
                    return Ok(MailRead::TooLong(length));
                }
                break;
            }
            let mail = Mail {
                sender: known_name(&row.get::<_, String>(1)?)?,
                recipient: recipient.clone(),
                envelope: row.get(2)?,
            };
            found.push((row.get(0)?, mail));
        }
        Ok(MailRead::Some(found))
    }

    pub(super) fn confirm(
        &mut self,
        recipient: &Name,
        digest: Digest,
    ) -> Result<Option<Name>, StoreError> {
        let found: Option<(i64, String)> = self
            .transaction
            .prepare_cached(
                "UPDATE mail SET envelope = NULL \
                 WHERE recipient = ?1 AND digest = ?2 AND envelope IS NOT NULL \
                 RETURNING place, sender",
            )?
            .query_row(params![recipient.as_str(), digest.0], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((position, sender)) = found else {
            return Ok(None);
        };
        if let Some(waiting) = self.cache.waiting.get_mut(recipient) {
            *waiting = waiting.saturating_sub(1);
        }
        self.forget(position)?;
        known_name(&sender).map(Some)
    }

    /// Deletes the digests that later envelopes have made old, many at a time: a
    /// deletion for each would cost as much as the confirmation itself.
    fn forget(&mut self, received: i64) -> Result<(), StoreError> {
        let old = received - i64::from(self.quota.digests);
        let forgotten = self.cache.forgotten;
        if received < forgotten {
            // The deletions have passed its position, and will not come back to it.
            self.execute("DELETE FROM mail WHERE place = ?1", [received])?;
        } else if old - forgotten >= FORGOTTEN_AT_ONCE {
            self.execute(
                "DELETE FROM mail WHERE place >= ?1 AND place < ?2 AND envelope IS NULL",
                [forgotten, old],
            )?;
            self.cache.forgotten = old;
        }
        Ok(())
    }

    fn execute(&self, statement: &str, values: impl Params) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(statement)?
            .execute(values)?;
        Ok(())
    }

    fn exists(&self, query: &str, values: impl Params) -> Result<bool, StoreError> {
        Ok(self.transaction.prepare_cached(query)?.exists(values)?)
    }

    fn count(&self, query: &str, name: &Name) -> Result<u32, StoreError> {
        let mut query = self.transaction.prepare_cached(query)?;
        Ok(query.query_row([name.as_str()], |row| row.get(0))?)
    }
}

/// A name that this program wrote.
pub(super) fn known_name(name: &str) -> Result<Name, StoreError> {
    Name::new(name).map_err(|_| StoreError::Foreign)
}
