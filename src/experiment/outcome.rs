//! What came of one attack on one design.

use super::{ExperimentError, detection::Detector};
use crate::attack::Exposure;
use crate::escrow::desk::Audit;

/// What was read, and what noticed.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// For each message of the conversation, whether it was read.
    pub read: Vec<bool>,
    /// Of how many messages the attacker saw who, to whom, when and how much.
    pub metadata: usize,
    /// What noticed, if anything did.
    pub noticed_by: Option<Detector>,
    /// The first message after a seizure from which on nothing is read any more.
    pub healed_at: Option<usize>,
    /// What became of forged access fields.
    pub forgery: Option<Forgery>,
    /// In how many messages the authority found another envelope.
    pub nested: Option<usize>,
    /// What an intercept desk's books say.
    pub desk: Option<DeskOutcome>,
}

/// What became of forged access fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgery {
    /// Fields tried against the receiver's check.
    pub trials: u64,
    /// For how many session keys.
    pub session_keys: usize,
    /// Messages with a forged field that their receiver accepted.
    pub accepted: usize,
    /// Messages with a forged field that their receiver refused.
    pub refused: usize,
}

/// What the desk's books say afterwards.
#[derive(Debug, Clone, Copy)]
pub struct DeskOutcome {
    /// Session keys that the one honest warrant gave.
    pub lawful: usize,
    /// What the auditor found.
    pub audit: Audit,
}

impl Outcome {
    /// Messages read before the theft, and of how many.
    pub fn past(&self, theft_at: usize) -> (usize, usize) {
        count(self.read.get(..theft_at).unwrap_or(&self.read))
    }

    /// Messages read after it, and of how many.
    pub fn future(&self, theft_at: usize) -> (usize, usize) {
        count(self.read.get(theft_at..).unwrap_or_default())
    }

    /// Whether the authority was evaded: it finds nothing in what it opens, or opens
    /// nothing in what passed its receivers' check.
    pub fn is_evaded(&self) -> bool {
        self.nested.is_some() || self.forgery.is_some_and(|it| it.accepted > 0)
    }
}

fn count(read: &[bool]) -> (usize, usize) {
    (read.iter().filter(|read| **read).count(), read.len())
}

/// Which messages were read: compared with what was said.
///
/// # Errors
/// [`ExperimentError::Misread`] if the attack read something that was not sent.
pub(super) fn compare<'a>(
    exposures: &[Exposure],
    sent: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<bool>, ExperimentError> {
    sent.into_iter()
        .zip(exposures)
        .map(|(text, exposure)| match exposure {
            Exposure::Read(read) if read == text.as_bytes() => Ok(true),
            Exposure::Read(_) => Err(ExperimentError::Misread),
            Exposure::MetadataOnly => Ok(false),
        })
        .collect()
}
