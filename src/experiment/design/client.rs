//! What program a device really runs, and how much room it has to hide something in.

/// The program on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// What was published.
    Honest,
    /// A build that hides its owner's identity key in what it sends; the sources that were
    /// published are those of the honest one.
    Implanted,
    /// The same, of a maker who publishes nothing.
    ImplantedUnpublished,
}

/// Where session ids come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionIds {
    /// The initiator draws 32 bytes.
    Random,
    /// They follow from public keys, and the receiver computes them anew.
    Derived,
}

impl Client {
    /// Whether it hides something.
    pub const fn is_implanted(self) -> bool {
        match self {
            Self::Honest => false,
            Self::Implanted | Self::ImplantedUnpublished => true,
        }
    }

    /// Whether there are sources to build it anew from.
    pub const fn is_published(self) -> bool {
        match self {
            Self::Honest | Self::Implanted => true,
            Self::ImplantedUnpublished => false,
        }
    }

    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::Honest => None,
            Self::Implanted => {
                Some("an update put an implant into the builds, not into the published sources")
            }
            Self::ImplantedUnpublished => {
                Some("an update put an implant into the builds, and no sources are published")
            }
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::Honest => None,
            Self::Implanted => Some("an implant in the build"),
            Self::ImplantedUnpublished => Some("the same, and no sources"),
        }
    }
}

impl SessionIds {
    pub(super) const fn describe(self) -> Option<&'static str> {
        match self {
            Self::Random => None,
            Self::Derived => Some("session ids follow from public keys, and receivers check it"),
        }
    }

    pub(super) const fn gist(self) -> Option<&'static str> {
        match self {
            Self::Random => None,
            Self::Derived => Some("the same, session ids derived"),
        }
    }
}
