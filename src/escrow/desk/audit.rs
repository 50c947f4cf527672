//! The audit: the desk's log compared with records that the desk cannot change.
//!
//! A log that verifies was not changed, but may be incomplete. So an auditor brings three
//! things from elsewhere: the witness's count, the digests of the warrants that the
//! approver signed, and a head of the log from her last visit.
//!
//! She compares counts, not persons. Whoever can open fields past the desk *and* add to
//! the log, under a warrant that was issued, makes the counts agree.

use super::{
    log::{DeskLog, LogBroken, LogHead, WarrantOutcome},
    warrant::WarrantDigest,
    witness::Witness,
};

/// An auditor: what she knows that does not come from the desk.
#[derive(Debug, Clone)]
pub struct Auditor {
    /// The engine's counter.
    pub witness: Witness,
    /// Digests of the warrants that the approver signed, from the approver.
    pub issued: Vec<WarrantDigest>,
    /// The head of the log at her last visit.
    pub published: LogHead,
}

/// What an audit finds: the first deviation, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// Every use of the engine is in the log, under a warrant that was issued.
    Clean {
        /// How many.
        uses: u64,
    },
    /// The log was changed.
    LogBroken(LogBroken),
    /// An entry was served under a warrant that nobody issued.
    NoSuchWarrant {
        /// Which entry, from 0.
        entry: usize,
    },
    /// The engine was used more often than the log records: past the desk.
    UsesWithoutWarrant {
        /// How often it was used.
        witness: u64,
        /// How often the log records.
        logged: u64,
    },
    /// The log records more uses than there were: entries were invented.
    UsesThatNeverWere {
        /// How often it was used.
        witness: u64,
        /// How often the log records.
        logged: u64,
    },
}

impl Auditor {
    /// ```text
    /// the chain verifies, and goes on from the published head         (spec §8.7)
    /// each entry that was served names a warrant that was issued
    /// sum of `used` over the log = the witness's count
    /// ```
    /// (spec §8.8)
    pub fn audit(&self, log: &DeskLog) -> Audit {
        if let Err(broken) = log.verify_since(&self.published) {
            return Audit::LogBroken(broken);
        }
        let unfounded = log.records().iter().position(|record| {
            matches!(record.entry.outcome, WarrantOutcome::Served { .. })
                && !self.issued.contains(&record.entry.warrant)
        });
        if let Some(entry) = unfounded {
            return Audit::NoSuchWarrant { entry };
        }
        let (witness, logged) = (self.witness.uses(), log.uses());
        match witness.cmp(&logged) {
            std::cmp::Ordering::Equal => Audit::Clean { uses: logged },
            std::cmp::Ordering::Greater => Audit::UsesWithoutWarrant { witness, logged },
            std::cmp::Ordering::Less => Audit::UsesThatNeverWere { witness, logged },
        }
    }
}

impl std::fmt::Display for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Clean { uses } => write!(f, "clean: {uses} uses, all of them in the log"),
            Self::LogBroken(broken) => write!(f, "the log is broken: {broken}"),
            Self::NoSuchWarrant { entry } => {
                write!(
                    f,
                    "entry {entry} was served under a warrant that nobody issued"
                )
            }
            Self::UsesWithoutWarrant { witness, logged }
            | Self::UsesThatNeverWere { witness, logged } => {
                write!(
                    f,
                    "the witness counted {witness} uses, the log tells of {logged}"
                )
            }
        }
    }
}
