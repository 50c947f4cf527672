//! Where a device's random numbers come from, since when, and what it says of them.

/// The generator that a device draws from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generator {
    /// The system's.
    System,
    /// Dual_EC_DRBG, between whose points nobody knows a relation.
    DualEc,
    /// Dual_EC_DRBG, and the author of its points kept their relation.
    DualEcTrapdoor,
    /// A good one, from a seed of 15 bits.
    LowEntropy,
}

/// Since when a device has its generator. (An implant comes by an update in any case.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// It was set up so.
    SetUp,
    /// It was set up as an honest one, and became so by an update.
    Update,
}

/// What a device says before it has keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Nothing.
    Silent,
    /// 32 random bytes, in the clear.
    Nonce,
}

impl Generator {
    /// Whether its output comes from two points of a curve.
    pub const fn is_dual_ec(self) -> bool {
        match self {
            Self::DualEc | Self::DualEcTrapdoor => true,
            Self::System | Self::LowEntropy => false,
        }
    }

    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::DualEc => {
                Some("devices draw from Dual_EC_DRBG, whose points nobody knows a relation of")
            }
            Self::DualEcTrapdoor => Some(
                "devices draw from Dual_EC_DRBG, and the author of its points kept their relation",
            ),
            Self::LowEntropy => Some("devices draw from a generator with a seed of 15 bits"),
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::DualEc => Some("points nobody can relate"),
            Self::DualEcTrapdoor => Some("their relation was kept"),
            Self::LowEntropy => Some("a seed of 15 bits"),
        }
    }
}

impl Since {
    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::SetUp => None,
            Self::Update => Some("they were set up honestly, and this came with an update"),
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::SetUp => None,
            Self::Update => Some("the same, by an update"),
        }
    }
}

impl Registration {
    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::Silent => None,
            Self::Nonce => Some("a device registers with 32 random bytes, drawn before its keys"),
        }
    }
}
