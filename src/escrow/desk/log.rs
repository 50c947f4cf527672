//! The desk's log: a chain of hashes, each over the one before it and its entry, so that
//! to change one entry is to change every hash after it. The last hash, the head, stands
//! for all of them. Whoever has published it can no longer take anything back.
//!
//! A chain alone stops nobody who can write all of it anew. What makes it evidence is a
//! head in somebody else's hands.
//!
//! A log is also a list of who was listened to, and so worth stealing itself. In 2024
//! intruders were reported in the wiretap systems of American carriers.

use std::time::Duration;

use super::warrant::{Period, Reason, WarrantDigest, encode_time};
use crate::crypto::{Label, kdf};
use crate::protocol::{Name, wire};

/// What a desk did, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    lines: Vec<Line>,
}

/// An entry and its link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was done.
    pub entry: Entry,
    /// Over it and all before it.
    pub hash: LogHash,
}

/// One warrant that came to the desk (spec §8.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When, since 1970-01-01 00:00 UTC.
    pub service: Duration,
    /// Which warrant.
    pub warrant: WarrantDigest,
    /// Whom it names.
    pub target: Name,
    /// Messages of which time.
    pub period: Period,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a warrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
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

impl Log {
    /// Takes lines as they lie in somebody's storage, checked or not.
    pub const fn from_lines(lines: Vec<Line>) -> Self {
        Self { lines }
    }

    /// Its lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// `hash_i = SHA-256("doormat v1 desk log" || hash_{i-1} || Entry_i)` (spec §8.7)
    pub fn append(&mut self, entry: Entry) {
        let hash = entry.hash(self.head().hash);
        self.lines.push(Line { entry, hash });
    }

    /// What to publish, so that nothing up to here can be taken back.
    pub fn head(&self) -> Head {
        Head {
            entries: self.lines.len(),
            hash: self.lines.last().map_or(LogHash::START, |line| line.hash),
        }
    }

    /// Computes the chain anew.
    ///
    /// # Errors
    /// [`LogBroken::Entry`] names the first entry that does not belong.
    pub fn verify(&self) -> Result<(), LogBroken> {
        let mut before = LogHash::START;
        for (entry, line) in self.lines.iter().enumerate() {
            if line.entry.hash(before) != line.hash {
                return Err(LogBroken::Entry { entry });
            }
            before = line.hash;
        }
        Ok(())
    }

    /// The same, and that the log goes on from a head that was published.
    ///
    /// # Errors
    /// [`LogBroken`] says whether it was changed, cut short or written anew.
    pub fn verify_since(&self, published: &Head) -> Result<(), LogBroken> {
        self.verify()?;
        let found = self.lines.len();
        let expected = published.entries;
        let kept = self.lines.get(..expected).ok_or(LogBroken::CutShort {
            published: expected,
            found,
        })?;
        if Self::from_lines(kept.to_vec()).head().hash == published.hash {
            Ok(())
        } else {
            Err(LogBroken::WrittenAnew {
                published: expected,
            })
        }
    }

    /// Uses of the engine that it tells of.
    pub fn uses(&self) -> u64 {
        self.lines
            .iter()
            .map(|line| match line.entry.outcome {
                Outcome::Served { used, .. } => used,
                Outcome::Refused(_) => 0,
            })
            .fold(0, u64::saturating_add)
    }
}

impl Entry {
    fn hash(&self, before: LogHash) -> LogHash {
        LogHash(kdf::hash(Label::DeskLog, &[&before.0, &self.encode()]))
    }

    fn encode(&self) -> Vec<u8> {
        let (reason, used, returned) = match self.outcome {
            Outcome::Served { used, returned } => (0, used, returned),
            Outcome::Refused(reason) => (reason.byte(), 0, 0),
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
pub struct Head {
    /// How many entries.
    pub entries: usize,
    /// The last one's hash.
    pub hash: LogHash,
}

/// A link of the chain, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LogHash([u8; 32]);

impl LogHash {
    /// What stands before the first entry.
    pub const START: Self = Self([0; 32]);

    /// Takes a hash that was written down.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Display for LogHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::fmt::Debug for LogHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogHash({self})")
    }
}

/// How a log is not what it was. Entries count from 0.
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
