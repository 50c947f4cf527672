//! The attacks, as rows of the matrix: what is stolen, and where that can be.

use crate::experiment::design::{Custody, Design};
use crate::protocol::ModeId;

/// One attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum AttackId {
    Wiretap,
    EscrowKey,
    OneShare,
    TwoShares,
    OneJurisdiction,
    EpochKey,
    RelayDatabase,
    SeizedDevice,
    KeySubstitution,
    GhostDevice,
    DeskInsider,
    ForgedAccess,
    DoubleEncryption,
}

impl AttackId {
    /// Every attack, in the order of the matrix.
    pub const ALL: [Self; 13] = [
        Self::Wiretap,
        Self::EscrowKey,
        Self::OneShare,
        Self::TwoShares,
        Self::OneJurisdiction,
        Self::EpochKey,
        Self::RelayDatabase,
        Self::SeizedDevice,
        Self::KeySubstitution,
        Self::GhostDevice,
        Self::DeskInsider,
        Self::ForgedAccess,
        Self::DoubleEncryption,
    ];

    /// The attack's name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wiretap => "wiretap",
            Self::EscrowKey => "escrow-key",
            Self::OneShare => "one-share",
            Self::TwoShares => "two-shares",
            Self::OneJurisdiction => "one-jurisdiction",
            Self::EpochKey => "epoch-key",
            Self::RelayDatabase => "relay-database",
            Self::SeizedDevice => "seized-device",
            Self::KeySubstitution => "key-substitution",
            Self::GhostDevice => "ghost-device",
            Self::DeskInsider => "desk-insider",
            Self::ForgedAccess => "forged-access",
            Self::DoubleEncryption => "double-encryption",
        }
    }

    /// An attack by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|row| row.as_str() == name)
    }

    /// Whether it takes place from the first message on, and not half-way.
    pub const fn is_from_the_start(self) -> bool {
        matches!(
            self,
            Self::KeySubstitution | Self::ForgedAccess | Self::DoubleEncryption
        )
    }

    /// Whether it is the authority that reads, and the senders who evade it.
    pub const fn is_evasion(self) -> bool {
        matches!(self, Self::ForgedAccess | Self::DoubleEncryption)
    }

    /// Whether there is anything to attack in a design, or why not.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub fn applies_to(self, design: &Design) -> Result<(), &'static str> {
        let escrow = design.mode == ModeId::Escrow;
        let split = matches!(design.custody, Custody::Split { .. });
        let epochs = matches!(design.custody, Custody::Epochs(_));
        match self {
            Self::OneShare | Self::TwoShares if !split => Err("no key is split into shares here"),
            Self::OneJurisdiction if design.authorities < 2 => {
                Err("there are no several authorities here")
            }
            Self::EpochKey if !epochs => Err("keys do not change with time here"),
            Self::DeskInsider if design.custody != Custody::Desk => {
                Err("there is no intercept desk here")
            }
            Self::ForgedAccess if !escrow => Err("there is no access field to forge"),
            Self::DoubleEncryption if !escrow => {
                Err("there is no authority to evade: one layer is end-to-end already")
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for AttackId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
