//! Reading a copy of a relay's database, such as a stolen one, which may be damaged and
//! may have been made by somebody else to mislead or to delay its reader.
//!
//! First come the envelopes that wait, row by row (`rows`); then what no row leads to any
//! more (`remains`). What cannot be read is counted.

use std::{
    collections::{HashSet, VecDeque},
    fs::File,
    path::PathBuf,
};

use super::{
    remains::{BEGINNING, Found, Remains},
    rows::Rows,
};
use crate::transport::control::Digest;
use doormat::protocol::Envelope;

/// A database's files, in a folder that nobody else writes to: SQLite makes files of its
/// own beside them.
#[derive(Debug, Clone)]
pub struct CopiedFiles {
    /// The database.
    pub database: PathBuf,
    /// Its write-ahead log, if there was one.
    pub log: Option<PathBuf>,
}

/// What a copy of a database gave, and what it did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyFigures {
    /// Envelopes that wait for their recipients, and were read.
    pub waiting: u64,
    /// Rows that could not be read. Where the index of what waits is damaged too, every
    /// place in the damaged part is counted, whether an envelope was there or not.
    pub unreadable: u64,
    /// Envelopes to which no row leads: in free pages, unused or damaged parts of pages,
    /// and older frames of the log.
    pub remains: u64,
    /// Such envelopes of which only the beginning is left.
    pub cut_short: u64,
    /// Such envelopes of which another copy was read, and that differ from it: partly
    /// overwritten. They are not given.
    pub overwritten: u64,
    /// Why the tables were not read to their end, if so.
    pub tables: Option<String>,
    /// Why the files were not searched to their end, if so.
    pub search: Option<String>,
}

/// The envelopes in a copy of a relay's database.
pub struct DatabaseCopy {
    rows: Option<Rows>,
    /// The files to search, the last one first.
    files: Vec<(PathBuf, Layout)>,
    searched: Option<Remains<File>>,
    /// Digests of what was given, and of its first bytes.
    seen: HashSet<Digest>,
    /// Digests of the headers of what was given as it had been sent.
    headers: HashSet<Digest>,
    /// Found, and with a digest that no row has: partly overwritten, or older than all rows.
    unknown: VecDeque<Vec<u8>>,
    unknown_bytes: usize,
    figures: CopyFigures,
}

/// How pages lie in a file.
#[derive(Debug, Clone, Copy)]
enum Layout {
    Database,
    Log,
}

impl DatabaseCopy {
    /// Opens a copy. If SQLite cannot, its files are still searched.
    pub fn open(files: &CopiedFiles) -> Self {
        let mut figures = CopyFigures::default();
        let rows = match Rows::open(&files.database) {
            Ok(rows) => Some(rows),
            Err(error) => {
                figures.tables = Some(error.to_string());
                None
            }
        };
        let log = files.log.clone().map(|log| (log, Layout::Log));
        let database = Some((files.database.clone(), Layout::Database));
        Self {
            rows,
            files: log.into_iter().chain(database).collect(),
            searched: None,
            seen: HashSet::new(),
            headers: HashSet::new(),
            unknown: VecDeque::new(),
            unknown_bytes: 0,
            figures,
        }
    }

    /// What was read so far.
    pub const fn figures(&self) -> &CopyFigures {
        &self.figures
    }

    /// How many envelopes wait, if the database can tell.
    pub fn waiting(&self) -> Option<u64> {
        self.rows.as_ref().and_then(|rows| rows.expected)
    }

    /// The next envelope: what waits, oldest first, and then what remains.
    pub fn next_envelope(&mut self) -> Option<Vec<u8>> {
        if let Some(rows) = &mut self.rows {
            if let Some(envelope) = rows.next_envelope() {
                self.figures.waiting += 1;
                self.headers.extend(header(&envelope));
                self.remember(&envelope);
                return Some(envelope);
            }
            self.figures.unreadable = rows.unreadable();
            self.figures.tables = rows.gave_up.map(ToOwned::to_owned);
        }
        self.next_remains().or_else(|| self.next_unknown())
    }

    fn next_remains(&mut self) -> Option<Vec<u8>> {
        loop {
            if self.searched.is_none() {
                let (path, layout) = self.files.pop()?;
                let opened = File::open(path).and_then(|file| match layout {
                    Layout::Database => Remains::of_database(file),
                    Layout::Log => Remains::of_log(file),
                });
                match opened {
                    Ok(remains) => self.searched = Some(remains),
                    Err(error) => self.figures.search = Some(error.to_string()),
                }
                continue;
            }
            match self.searched.as_mut().map(Remains::next_found)? {
                Ok(Some(Found::Whole(envelope))) => {
                    if !self.remember(&envelope) {
                        continue;
                    }
                    let digest = Digest::of(&envelope);
                    let known = self
                        .rows
                        .as_ref()
                        .is_some_and(|it| it.digests.contains(&digest));
                    if known {
                        self.headers.extend(header(&envelope));
                    } else if self.unknown_bytes < MAX_UNKNOWN {
                        self.unknown_bytes += envelope.len();
                        self.unknown.push_back(envelope);
                        continue;
                    }
                    self.figures.remains += 1;
                    return Some(envelope);
                }
                Ok(Some(Found::Beginning(bytes))) => {
                    self.figures.cut_short += u64::from(self.seen.insert(Digest::of(&bytes)));
                }
                Ok(None) => self.searched = None,
                Err(error) => {
                    self.figures.search = Some(error.to_string());
                    self.searched = None;
                }
            }
        }
    }

    /// The next of those that no row vouches for, unless another copy of it was given.
    fn next_unknown(&mut self) -> Option<Vec<u8>> {
        while let Some(envelope) = self.unknown.pop_front() {
            if header(&envelope).is_some_and(|it| self.headers.contains(&it)) {
                self.figures.overwritten += 1;
            } else {
                self.figures.remains += 1;
                return Some(envelope);
            }
        }
        None
    }

    /// Whether an envelope is new.
    fn remember(&mut self, envelope: &[u8]) -> bool {
        let new = self.seen.insert(Digest::of(envelope));
        let beginning = envelope.get(..BEGINNING).unwrap_or(envelope);
        self.seen.insert(Digest::of(beginning));
        new
    }
}

/// Bytes of envelopes that are held back until all files have been searched; more are given
/// at once.
const MAX_UNKNOWN: usize = 64 << 20;

/// The digest of an envelope's header, which names its session, its run and its number.
fn header(envelope: &[u8]) -> Option<Digest> {
    let envelope = Envelope::decode(envelope).ok()?;
    Some(Digest::of(envelope.authenticated))
}
