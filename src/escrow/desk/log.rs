//! The desk's log: a chain of hashes, each over the one before it and its entry, so that
//! to change one entry is to change every hash after it. The last hash, the head, stands
//! for all of them: once it is published, no entry before it can be changed unnoticed.
//!
//! The chain alone does not stop somebody who writes all of it anew. It is evidence only
//! together with a head that somebody else keeps.
//!
//! A log is also a list of the people under surveillance, and so a target itself: in 2024
//! intruders were reported in the wiretap systems of American carriers.

use std::time::Duration;

use super::warrant::{Period, Reason, WarrantDigest, encode_time};
use crate::crypto::{Label, bytes::bytes, kdf};
use crate::protocol::{Name, wire};

/// What a desk did, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskLog {
    records: Vec<LogRecord>,
}

/// An entry and its link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// What was done.
    pub entry: LogEntry,
    /// Over it and all before it.
    pub hash: LogHash,
}

/// One warrant that came to the desk (spec §8.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When, since 1970-01-01 00:00 UTC.
    pub service: Duration,
    /// Which warrant.
    pub warrant: WarrantDigest,
    /// Whom it names.
    pub target: Name,
    /// Messages of which time.
    pub period: Period,
    /// What came of it.
    pub outcome: WarrantOutcome,
}

/// What came of a warrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarrantOutcome {
    /// Session keys were given out.
    Served {
        /// Uses of the engine.
        used: u64,
        /// Session keys given out.
        returned: u64,
    },
    /// Nothing was.
    Refused(Reason),
}

impl DeskLog {
    /// Takes records from storage; [`Self::verify`] checks them.
    pub const fn from_records(records: Vec<LogRecord>) -> Self {
        Self { records }
    }

    /// Its records, in order.
    pub fn records(&self) -> &[LogRecord] {
        &self.records
    }

    /// `hash_i = SHA-256("doormat v1 desk log" || hash_{i-1} || Entry_i)` (spec §8.7)
    pub fn append(&mut self, entry: LogEntry) {
        let hash = entry.hash(self.head().hash);
        self.records.push(LogRecord { entry, hash });
    }

    /// What to publish, so that a change of anything up to here is noticed.
    pub fn head(&self) -> LogHead {
        LogHead {
            entries: self.records.len(),
            hash: self
                .records
                .last()
                .map_or(LogHash::START, |record| record.hash),
        }
    }

    /// Computes the chain anew.
    ///
    /// # Errors
    /// [`LogBroken::Entry`] names the first entry that does not belong.
    pub fn verify(&self) -> Result<(), LogBroken> {
        let mut before = LogHash::START;
        for (entry, record) in self.records.iter().enumerate() {
            if record.entry.hash(before) != record.hash {
                return Err(LogBroken::Entry { entry });
            }
            before = record.hash;
        }
        Ok(())
    }

    /// The same, and that the log goes on from a head that was published.
    ///
    /// # Errors
    /// [`LogBroken`] says whether it was changed, cut short or written anew.
    pub fn verify_since(&self, published: &LogHead) -> Result<(), LogBroken> {
        self.verify()?;
        let found = self.records.len();
        let expected = published.entries;
        let kept = self.records.get(..expected).ok_or(LogBroken::CutShort {
            published: expected,
            found,
        })?;
        if Self::from_records(kept.to_vec()).head().hash == published.hash {
            Ok(())
        } else {
            Err(LogBroken::WrittenAnew {
                published: expected,
            })
        }
    }

    /// Uses of the engine that it records.
    pub fn uses(&self) -> u64 {
        self.records
            .iter()
            .map(|record| match record.entry.outcome {
                WarrantOutcome::Served { used, .. } => used,
                WarrantOutcome::Refused(_) => 0,
            })
            .fold(0, u64::saturating_add)
    }
}

impl LogEntry {
    fn hash(&self, before: LogHash) -> LogHash {
        LogHash(kdf::hash(Label::DeskLog, &[&before.0, &self.encode()]))
    }

    fn encode(&self) -> Vec<u8> {
        let (reason, used, returned) = match self.outcome {
            WarrantOutcome::Served { used, returned } => (0, used, returned),
            WarrantOutcome::Refused(reason) => (reason.byte(), 0, 0),
        };
        [
            encode_time(self.service).as_slice(),
            self.warrant.as_bytes(),
            &wire::encode(&self.target),
            &self.period.encode(),
            &[reason],
            &used.to_be_bytes(),
            &returned.to_be_bytes(),
        ]
        .concat()
    }
}

/// The length of a log, and the last hash of it: worth publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// How many entries.
    pub entries: usize,
    /// The last one's hash.
    pub hash: LogHash,
}

bytes! {
    /// A link of the chain, 32 bytes.
    LogHash[32]: Debug Display
}

impl LogHash {
    /// What stands before the first entry.
    pub const START: Self = Self([0; 32]);
}

/// How a log was changed. Entries count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogBroken {
    /// An entry was changed, moved, or one before it taken out.
    #[error("entry {entry} does not belong where it stands")]
    Entry {
        /// The first such entry.
        entry: usize,
    },
    /// The end is missing.
    #[error("{found} entries where {published} were published: it was cut short")]
    CutShort {
        /// How many there were.
        published: usize,
        /// How many there are.
        found: usize,
    },
    /// The chain is whole, and another one.
    #[error("the first {published} entries are not those whose head was published")]
    WrittenAnew {
        /// How many were published.
        published: usize,
    },
}
