//! The audit: what the desk says of itself, beside what it cannot change.
//!
//! A log that verifies proves that nobody changed it, and nothing of what was never
//! written there. So an auditor brings three things from elsewhere: the witness's count,
//! the warrants that the approver remembers, and a head of the log that she took home.
//!
//! She still sees numbers, not people. Whoever can open fields past the desk *and* add
//! to the log, under a warrant that was issued, makes the numbers agree.

use super::{
    log::{Head, Log, LogBroken, Outcome},
    warrant::WarrantDigest,
    witness::Witness,
};

/// An auditor, which is to say: what she has that is not the desk's.
#[derive(Debug, Clone)]
pub struct Auditor {
    /// The engine's counter.
    pub witness: Witness,
    /// Digests of the warrants that the approver signed, from the approver.
    pub issued: Vec<WarrantDigest>,
    /// The head of the log at her last visit.
    pub published: Head,
}

/// What she finds; the first of these that is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// Every use of the engine is in the log, under a warrant that was issued.
    Clean {
        /// How many.
        uses: u64,
    },
    /// The log is not what it was.
    LogBroken(LogBroken),
    /// An entry was served under a warrant that nobody issued.
    NoSuchWarrant {
        /// Which entry, from 0.
        entry: usize,
    },
    /// The engine was used more often than the log tells: past the desk.
    UsesWithoutWarrant {
        /// How often it was used.
        witness: u64,
        /// How often the log tells.
        logged: u64,
    },
    /// The log tells of more uses than there were: entries were invented.
    UsesThatNeverWere {
        /// How often it was used.
        witness: u64,
        /// How often the log tells.
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
    pub fn audit(&self, log: &Log) -> Audit {
        if let Err(broken) = log.verify_since(&self.published) {
            return Audit::LogBroken(broken);
        }
        let unfounded = log.lines().iter().position(|line| {
            matches!(line.entry.outcome, Outcome::Served { .. })
                && !self.issued.contains(&line.entry.warrant)
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
