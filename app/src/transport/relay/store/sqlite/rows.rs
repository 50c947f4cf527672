//! The rows of a relay's table of mail, of which some may be damaged.

use std::{
    collections::{HashSet, VecDeque},
    path::Path,
};

use rusqlite::{Connection, OpenFlags, types::ValueRef};

use crate::transport::{
    control::{Digest, MAX_MESSAGE_BYTES},
    relay::store::StoreError,
};

/// Rows that are fetched at once.
const ROWS: i64 = 256;

/// Bytes that are fetched at once, and one envelope more.
const BYTES: usize = 192 * 1024;

/// Places that are tried in damaged parts before the rest is given up.
const TRIES: u64 = 200_000;

/// The rows of the table of mail, in the order of their places.
pub(super) struct Rows {
    database: Connection,
    /// The place of the last row that was read or passed over.
    place: i64,
    ready: VecDeque<Vec<u8>>,
    /// Of all rows, those of received envelopes too.
    pub(super) digests: HashSet<Digest>,
    ended: bool,
    /// How many envelopes wait, as the index has it, and the last place to look at.
    pub(super) expected: Option<u64>,
    highest: Option<i64>,
    read: u64,
    /// Places that were tried without success.
    failed: u64,
    /// Rows whose envelope is none, or longer than any.
    foreign: u64,
    pub(super) gave_up: Option<&'static str>,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        // Without the flag for it, no path is taken for a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags)?;
        database.pragma_update(None, "trusted_schema", false)?;
        database.pragma_update(None, "cell_size_check", true)?;
        database.pragma_update(None, "query_only", true)?;
        // A view or a generated column could compute for ever.
        let plain: bool = database.query_row(
            "SELECT count(*) = 1 FROM sqlite_schema WHERE name = 'mail' AND type = 'table' \
             AND rootpage > 0 AND sql NOT LIKE '%GENERATED%' AND sql NOT LIKE '% AS %(%'",
            [],
            |row| row.get(0),
        )?;
        if !plain {
            return Err(StoreError::Foreign);
        }
        let index: Option<(i64, Option<i64>)> = database
            .query_row(
                "SELECT count(*), max(place) FROM mail INDEXED BY mail_waiting \
                 WHERE envelope IS NOT NULL",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .ok();
        let last_given = || {
            let query = "SELECT seq FROM sqlite_sequence WHERE name = 'mail'";
            database.query_row(query, [], |row| row.get(0)).ok()
        };
        let highest = match index {
            Some((_, highest)) => Some(highest.unwrap_or(0)),
            None => last_given(),
        };
        Ok(Self {
            database,
            place: 0,
            ready: VecDeque::new(),
            digests: HashSet::new(),
            ended: false,
            expected: index.and_then(|(count, _)| u64::try_from(count).ok()),
            highest,
            read: 0,
            failed: 0,
            foreign: 0,
            gave_up: None,
        })
    }

    pub(super) fn next_envelope(&mut self) -> Option<Vec<u8>> {
        while self.ready.is_empty() && !self.ended {
            if self.fetch().is_err() {
                self.pass_over();
            }
        }
        self.ready.pop_front()
    }

    /// Fetches rows; those before an error are kept.
    fn fetch(&mut self) -> rusqlite::Result<()> {
        let mut query = self.database.prepare_cached(&format!(
            "SELECT rowid, envelope IS NULL, \
             CASE WHEN length(envelope) <= {MAX_MESSAGE_BYTES} THEN envelope END, \
             CASE WHEN length(digest) = 16 THEN digest END \
             FROM mail NOT INDEXED WHERE rowid > ?1 ORDER BY rowid LIMIT {ROWS}"
        ))?;
        let mut rows = query.query([self.place])?;
        let (mut fetched, mut bytes) = (0, 0);
        while let Some(row) = rows.next()? {
            self.place = row.get(0)?;
            fetched += 1;
            if let ValueRef::Blob(digest) = row.get_ref(3)?
                && let Ok(digest) = digest.try_into()
            {
                self.digests.insert(Digest(digest));
            }
            match row.get_ref(2)? {
                ValueRef::Blob(envelope) => {
                    self.read += 1;
                    bytes += envelope.len();
                    self.ready.push_back(envelope.to_vec());
                }
                _ if row.get::<_, bool>(1)? => {}
                _ => self.foreign += 1,
            }
            if bytes >= BYTES {
                return Ok(());
            }
        }
        self.ended = fetched < ROWS;
        Ok(())
    }

    /// Goes on behind a place that could not be read.
    fn pass_over(&mut self) {
        self.failed += 1;
        match self.place.checked_add(1) {
            Some(place) if self.highest.is_none_or(|highest| place <= highest) => {
                self.place = place;
            }
            _ => self.ended = true,
        }
        if self.failed >= TRIES {
            self.ended = true;
            self.gave_up = Some("too much of it is damaged");
        }
    }

    pub(super) fn unreadable(&self) -> u64 {
        match self.expected {
            Some(expected) => expected.saturating_sub(self.read),
            None => self.failed + self.foreign,
        }
    }
}
