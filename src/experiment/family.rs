//! The families: small tables, each with a question of its own. All designs beside each
//! other would say "nothing of the kind" in every third cell; a family holds the designs
//! that differ in one respect, and the attacks that tell them apart.
//!
//! Nothing is listed here. A [`Design`](super::design::Design) names the family whose
//! column it is, an [`Attack`](super::attacks::Attack) the families whose row it is, and a
//! family that has no row yet is not shown.

use std::fmt;

/// One table, and what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// How the spare key is kept, and how copies are checked.
    SpareKey,
    /// What is on a device that is seized, lost or locked.
    Devices,
    /// Where random numbers come from.
    Generator,
    /// Whoever makes and ships the program.
    Maker,
    /// Whoever says which keys are whose.
    Directory,
}

impl Family {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [
        Self::SpareKey,
        Self::Devices,
        Self::Generator,
        Self::Maker,
        Self::Directory,
    ];

    /// Its name on the command line and in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SpareKey => "spare-key",
            Self::Devices => "devices",
            Self::Generator => "generator",
            Self::Maker => "maker",
            Self::Directory => "directory",
        }
    }

    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SpareKey => "The spare key",
            Self::Devices => "The devices",
            Self::Generator => "The generator",
            Self::Maker => "The maker",
            Self::Directory => "The directory",
        }
    }

    /// The question that it answers.
    pub const fn question(self) -> &'static str {
        match self {
            Self::SpareKey => "Does it help to keep the spare key better?",
            Self::Devices => "What does a seized device give away?",
            Self::Generator => "What if somebody can predict the random numbers?",
            Self::Maker => "What can those do who make and ship the program?",
            Self::Directory => "What can those do who say which keys are whose?",
        }
    }

    /// Whether its table says what the owner of a lost device gets back: where copies of
    /// keys, or of texts, are kept in different ways. Who made the program, and who says
    /// which keys are whose, does not change what can be restored.
    pub const fn shows_recovery(self) -> bool {
        match self {
            Self::SpareKey | Self::Devices => true,
            Self::Generator | Self::Maker | Self::Directory => false,
        }
    }

    /// Whether its table says what a message costs: where designs put different numbers of
    /// copies on the wire. Elsewhere it would be the figures of `e2e` and `escrow` again.
    pub const fn shows_cost(self) -> bool {
        match self {
            Self::SpareKey => true,
            Self::Devices | Self::Generator | Self::Maker | Self::Directory => false,
        }
    }

    /// A family by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
