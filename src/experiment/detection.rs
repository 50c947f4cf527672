//! What can notice an attack. Asked after each attack, of what is there to look at:
//! nobody is told that there was one.

use super::randomness::Findings;
use crate::escrow::desk::Audit;
use crate::protocol::SafetyNumber;

/// What noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// The two sides do not see the same numbers, if they compare them.
    SafetyNumber,
    /// The engine was not used as often as the log says.
    Witness,
    /// The desk's log is broken, or tells of warrants that nobody issued.
    DeskLog,
    /// A receiver refused an access field.
    Receiver,
    /// Bytes that should be random are not.
    Randomness,
    /// What was shipped is not what the published sources make.
    Rebuild,
}

/// A detector in words.
#[derive(Debug, Clone, Copy)]
pub struct DetectorWords {
    /// In JSON.
    pub name: &'static str,
    /// In a narrow table.
    pub letter: char,
    /// In a wide one.
    pub short: &'static str,
    /// In a legend.
    pub legend: &'static str,
    /// What happened.
    pub finding: &'static str,
    /// Noticed …
    pub sentence: &'static str,
}

impl Detector {
    /// All of them, in the order of a legend.
    pub const ALL: [Self; 6] = [
        Self::SafetyNumber,
        Self::Witness,
        Self::DeskLog,
        Self::Receiver,
        Self::Randomness,
        Self::Rebuild,
    ];

    /// The only place for their words.
    pub const fn words(self) -> DetectorWords {
        match self {
            Self::SafetyNumber => DetectorWords {
                name: "safety-number",
                letter: 'S',
                short: "safety numbers",
                legend: "the safety numbers, which differ",
                finding: "the safety numbers differ",
                sentence: "by the safety numbers, which differ, if anybody compares them",
            },
            Self::Witness => DetectorWords {
                name: "witness",
                letter: 'W',
                short: "witness",
                legend: "the desk's witness",
                finding: "the witness noticed",
                sentence: "by the witness's counter, if anybody compares it with the log",
            },
            Self::DeskLog => DetectorWords {
                name: "desk-log",
                letter: 'L',
                short: "desk's log",
                legend: "the desk's log",
                finding: "the desk's log shows it",
                sentence: "by the desk's log, if anybody audits it",
            },
            Self::Receiver => DetectorWords {
                name: "receiver",
                letter: 'R',
                short: "receiver",
                legend: "the receiver, who refuses",
                finding: "the receiver refused",
                sentence: "by the receiver, whose device refuses the message",
            },
            Self::Randomness => DetectorWords {
                name: "randomness-test",
                letter: 'T',
                short: "randomness test",
                legend: "tests of randomness",
                finding: "the bytes are not random",
                sentence: "by tests of randomness, if anybody tests enough devices",
            },
            Self::Rebuild => DetectorWords {
                name: "rebuild",
                letter: 'B',
                short: "rebuild",
                legend: "a rebuild that is compared",
                finding: "a rebuild differs from what was shipped",
                sentence: "by a rebuild of the published sources, if anybody compares it",
            },
        }
    }
}

/// What there is to look at once a conversation is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetectionInput<'a> {
    /// The safety numbers that each side sees for the other's devices.
    pub(super) safety: &'a [Vec<SafetyNumber>; 2],
    /// Envelopes that a receiver refused for their access fields.
    pub(super) refused: usize,
    /// The audit of a desk.
    pub(super) audit: Option<Audit>,
    /// What tests of randomness found.
    pub(super) randomness: Option<Findings>,
    /// Whether a rebuild is another than what was shipped.
    pub(super) rebuild_differs: bool,
}

impl<'a> DetectionInput<'a> {
    /// Where only safety numbers can be looked at.
    pub(super) const fn of(safety: &'a [Vec<SafetyNumber>; 2]) -> Self {
        Self {
            safety,
            refused: 0,
            audit: None,
            randomness: None,
            rebuild_differs: false,
        }
    }

    /// What notices, if anything does.
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
        if self.randomness.is_some_and(|it| it.fail()) {
            return Some(Detector::Randomness);
        }
        if self.rebuild_differs {
            return Some(Detector::Rebuild);
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
