//! How a receiver checks an access field.

/// How a receiver checks an access field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Computes it anew and compares every byte.
    Recomputed,
    /// Compares 16 bits, as in 1993.
    Checksum,
}

impl Check {
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Recomputed => "receivers compute each copy anew",
            Self::Checksum => "receivers check 16 bits of each copy",
        }
    }

    pub(super) fn gist(self) -> Option<String> {
        match self {
            Self::Recomputed => None,
            Self::Checksum => Some("16 bits of the copy checked".to_owned()),
        }
    }
}
