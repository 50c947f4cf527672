//! Whether anything in the system noticed. Asked after each attack, of what is there
//! to look at: nobody is told that there was one.

use crate::escrow::desk::Audit;
use crate::protocol::SafetyNumber;

/// What noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// The two sides do not see the same numbers, if they compare them.
    SafetyNumber,
    /// The desk's log is broken, or tells of warrants that nobody issued.
    DeskLog,
    /// The engine was not used as often as the log says.
    Witness,
    /// A receiver refused an access field.
    Receiver,
}

impl Detector {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SafetyNumber => "safety-number",
            Self::DeskLog => "desk-log",
            Self::Witness => "witness",
            Self::Receiver => "receiver",
        }
    }
}

/// What there is to look at once a conversation is over.
#[derive(Debug)]
pub(super) struct Signs<'a> {
    /// The safety numbers that each side sees for the other's devices.
    pub(super) safety: &'a [Vec<SafetyNumber>; 2],
    /// Envelopes that a receiver refused for their access fields.
    pub(super) refused: usize,
    /// The audit of a desk.
    pub(super) audit: Option<Audit>,
}

impl<'a> Signs<'a> {
    /// Where only safety numbers can be looked at.
    pub(super) const fn of(safety: &'a [Vec<SafetyNumber>; 2]) -> Self {
        Self {
            safety,
            refused: 0,
            audit: None,
        }
    }

    /// The alarm that goes off, if one does.
    pub(super) fn noticed_by(&self) -> Option<Detector> {
        let [one, other] = self.safety;
        let agree =
            one.iter().all(|it| other.contains(it)) && other.iter().all(|it| one.contains(it));
        if self.refused > 0 {
            return Some(Detector::Receiver);
        }
        if !agree {
            return Some(Detector::SafetyNumber);
        }
        match self.audit? {
            Audit::Clean { .. } => None,
            Audit::LogBroken(_) | Audit::NoSuchWarrant { .. } => Some(Detector::DeskLog),
            Audit::UsesWithoutWarrant { .. } | Audit::UsesThatNeverWere { .. } => {
                Some(Detector::Witness)
            }
        }
    }
}
