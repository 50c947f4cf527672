//! The attacks, as rows of the matrix: what is stolen, and where that can be.

use crate::experiment::design::{Custody, Design};
use crate::protocol::ModeId;

/// One attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Row {
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

impl Row {
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

    /// Whether there is anything to attack in a design, or why not.
    ///
    /// # Errors
    /// Why not, as a sentence without its full stop.
    pub fn applies_to(self, design: &Design) -> Result<(), &'static str> {
        let escrow = design.mode == ModeId::Escrow;
        let split = matches!(design.custody, Custody::Split { .. });
        let epochs = matches!(design.custody, Custody::Epochs(_));
        match self {
            Self::EscrowKey if split => Err(
                "nobody has the key in one piece: its shares are what there is to steal, see one-share and two-shares",
            ),
            Self::EscrowKey if epochs => {
                Err("there is no one key: each epoch has its own, see epoch-key")
            }
            Self::EscrowKey if design.authorities > 1 => {
                Err("there is no one key: each authority has its own, see one-jurisdiction")
            }
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

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
