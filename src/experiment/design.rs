//! A design: who else gets each session key, how session keys come and go, and how
//! the spare key is kept. The columns of the matrix. A design is data: whatever two of
//! them have in common runs the same code.

use crate::protocol::{ModeId, ScheduleId};

/// One way to build a messenger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Design {
    /// What it is called on the command line and in reports.
    pub name: &'static str,
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
        schedule: ScheduleId::Static,
        ..E2E
    },
    ESCROW,
    Design {
        name: "escrow-static",
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

impl Custody {
    /// Which epoch message `number` of `of` is in, from 0. There is one epoch where
    /// keys do not change.
    pub fn epoch(self, number: usize, of: usize) -> usize {
        match self {
            Self::Epochs(epochs) => number.saturating_mul(epochs) / of.max(1),
            _ => 0,
        }
    }
}

impl Design {
    /// A design by its name.
    pub fn named(name: &str) -> Option<Self> {
        DESIGNS.into_iter().find(|design| design.name == name)
    }
}
