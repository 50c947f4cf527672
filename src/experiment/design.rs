//! A design: who else gets each session key, how session keys come and go, and how
//! the spare key is kept. The columns of the matrix. A design is data on independent
//! axes: whatever two of them have in common runs the same code.
//!
//! An axis is a type here, with its descriptions. Whoever acts on an axis matches it
//! without a wildcard arm, so that a new value compiles nowhere before it is dealt with.

use super::family::Family;
use crate::protocol::{ModeId, ScheduleId};

/// One way to build a messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Design {
    /// What it is called on the command line and in reports.
    pub name: &'static str,
    /// Whose column it is, apart from `e2e` and `escrow`, with which every family begins.
    pub family: Family,
    /// Who else gets each session key.
    pub mode: ModeId,
    /// How session keys come and go.
    pub schedule: ScheduleId,
    /// To how many authorities each session key is sealed, in the escrow mode.
    pub authorities: usize,
    /// How an authority keeps its private key.
    pub custody: Custody,
    /// How a receiver checks an access field.
    pub check: Check,
}

/// How an authority keeps its private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    /// In one piece, in one place.
    Whole,
    /// Split into shares, some of which make the key.
    Split {
        /// How many it takes.
        threshold: u8,
        /// How many there are.
        shares: u8,
    },
    /// A new key for each part of the conversation, the old ones destroyed.
    Epochs(usize),
    /// Behind an intercept desk.
    Desk,
}

/// How a receiver checks an access field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Computes it anew and compares every byte.
    Recomputed,
    /// Compares 16 bits, as in 1993.
    Checksum,
}

const E2E: Design = Design {
    name: "e2e",
    family: Family::SpareKey,
    mode: ModeId::EndToEnd,
    schedule: ScheduleId::Ratchet,
    authorities: 0,
    custody: Custody::Whole,
    check: Check::Recomputed,
};

const ESCROW: Design = Design {
    name: "escrow",
    mode: ModeId::Escrow,
    authorities: 1,
    ..E2E
};

/// Every design, in the order of the matrix's columns.
pub const DESIGNS: [Design; 9] = [
    E2E,
    Design {
        name: "e2e-static",
        family: Family::Devices,
        schedule: ScheduleId::Static,
        ..E2E
    },
    ESCROW,
    Design {
        name: "escrow-static",
        family: Family::Devices,
        schedule: ScheduleId::Static,
        ..ESCROW
    },
    Design {
        name: "escrow-split",
        custody: Custody::Split {
            threshold: 2,
            shares: 3,
        },
        ..ESCROW
    },
    Design {
        name: "escrow-many",
        authorities: 3,
        ..ESCROW
    },
    Design {
        name: "escrow-epochs",
        custody: Custody::Epochs(3),
        ..ESCROW
    },
    Design {
        name: "escrow-desk",
        custody: Custody::Desk,
        ..ESCROW
    },
    Design {
        name: "clipper",
        check: Check::Checksum,
        ..ESCROW
    },
];

impl Design {
    /// A design by its name.
    pub fn named(name: &str) -> Option<Self> {
        DESIGNS.into_iter().find(|design| design.name == name)
    }

    /// What it is, in a sentence. Every axis has its say.
    pub fn describe(&self) -> String {
        let Self {
            name: _,
            family: _,
            mode,
            schedule,
            authorities,
            custody,
            check,
        } = *self;
        let schedule = describe_schedule(schedule);
        match mode {
            ModeId::EndToEnd => format!("{schedule}; nobody else gets it."),
            ModeId::Escrow => {
                let (who, check) = (custody.describe(authorities), check.describe());
                format!("{schedule}; {who}; {check}.")
            }
        }
    }

    /// In a few words, to stand beside its name: the first axis that is not as usual.
    pub fn gist(&self) -> String {
        let Self {
            name: _,
            family: _,
            mode,
            schedule,
            authorities,
            custody,
            check,
        } = *self;
        match mode {
            ModeId::EndToEnd => match schedule {
                ScheduleId::Ratchet => "a new key every turn".to_owned(),
                ScheduleId::Static => "one key for ever".to_owned(),
            },
            ModeId::Escrow => check
                .gist()
                .or_else(|| custody.gist())
                .or_else(|| {
                    (authorities > 1).then(|| format!("{authorities} authorities have copies"))
                })
                .unwrap_or_else(|| {
                    match schedule {
                        ScheduleId::Ratchet => "an authority has a copy",
                        ScheduleId::Static => "one key, and a copy",
                    }
                    .to_owned()
                }),
        }
    }
}

impl Family {
    /// The designs with which each begins: what the others are compared with.
    pub const fn headlines() -> [Design; 2] {
        [E2E, ESCROW]
    }

    /// Its columns: the headlines, then its own.
    pub fn designs(self) -> Vec<Design> {
        let first = Self::headlines();
        let own = DESIGNS
            .into_iter()
            .filter(|it| it.family == self && !first.contains(it));
        first.into_iter().chain(own).collect()
    }
}

const fn describe_schedule(schedule: ScheduleId) -> &'static str {
    match schedule {
        ScheduleId::Ratchet => "a new session key every turn",
        ScheduleId::Static => "one session key in each direction, for ever",
    }
}

impl Custody {
    /// Which epoch message `number` of `of` is in, from 0. There is one epoch where
    /// keys do not change.
    pub fn epoch(self, number: usize, of: usize) -> usize {
        match self {
            Self::Epochs(epochs) => number * epochs / of.max(1),
            Self::Whole | Self::Split { .. } | Self::Desk => 0,
        }
    }

    /// How many epochs there are, where keys change.
    pub const fn epochs(self) -> Option<usize> {
        match self {
            Self::Epochs(epochs) => Some(epochs),
            Self::Whole | Self::Split { .. } | Self::Desk => None,
        }
    }

    /// Whether the key is split into shares.
    pub const fn is_split(self) -> bool {
        match self {
            Self::Split { .. } => true,
            Self::Whole | Self::Epochs(_) | Self::Desk => false,
        }
    }

    /// Whether there is an intercept desk.
    pub const fn has_desk(self) -> bool {
        match self {
            Self::Desk => true,
            Self::Whole | Self::Split { .. } | Self::Epochs(_) => false,
        }
    }

    /// Whom the owner of a lost device asks.
    pub fn who_recovers(self) -> String {
        match self {
            Self::Whole => "the authority".to_owned(),
            Self::Split { threshold, .. } => {
                format!("{threshold} officers, who put their shares together")
            }
            Self::Epochs(_) => "the authority, with the key of this epoch".to_owned(),
            Self::Desk => "the desk, under a warrant that its owner asks for".to_owned(),
        }
    }

    fn describe(self, authorities: usize) -> String {
        match self {
            Self::Whole if authorities > 1 => {
                format!("each of {authorities} authorities gets a copy")
            }
            Self::Whole => "an authority gets a copy".to_owned(),
            Self::Split { threshold, shares } => format!(
                "an authority gets a copy, and {threshold} of the {shares} shares of its key open it"
            ),
            Self::Epochs(epochs) => format!(
                "an authority gets a copy, under a new key in each of {epochs} epochs; \
                 old keys are destroyed"
            ),
            Self::Desk => {
                "an authority gets a copy, and opens it behind a desk that asks for a warrant"
                    .to_owned()
            }
        }
    }

    fn gist(self) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Split { threshold, shares } => {
                Some(format!("{threshold} of {shares} shares make its key"))
            }
            Self::Epochs(_) => Some("its key changes (┊)".to_owned()),
            Self::Desk => Some("its desk asks for a warrant".to_owned()),
        }
    }
}

impl Check {
    const fn describe(self) -> &'static str {
        match self {
            Self::Recomputed => "receivers compute each copy anew",
            Self::Checksum => "receivers check 16 bits of each copy",
        }
    }

    fn gist(self) -> Option<String> {
        match self {
            Self::Recomputed => None,
            Self::Checksum => Some("16 bits of the copy checked".to_owned()),
        }
    }
}
