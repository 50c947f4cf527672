//! The layers of a frame, and why they lead no further.

use std::net::IpAddr;

use etherparse::IpNumber;

use crate::tape::coverage::Unread;

/// What the next bytes are.
#[derive(Clone, Copy)]
pub(super) enum Layer {
    Ethernet,
    EtherType(u16),
    Llc,
    Ppp,
    Mpls,
    Ip,
    /// What an IP packet carries, and between whom.
    Transport(IpNumber, IpAddr, IpAddr),
}

/// Why the layers of a frame lead no further.
pub(super) enum Stop {
    Other,
    LinkType(u16),
    Tunnel(&'static str),
    TooShort,
    Damaged,
}

impl Stop {
    pub(super) fn reason(self, cut: u32) -> Unread {
        match self {
            Self::Other => Unread::OtherTraffic,
            Self::LinkType(link_type) => Unread::LinkType(link_type),
            Self::Tunnel(name) => Unread::Tunnel(name),
            Self::TooShort | Self::Damaged if cut > 0 => Unread::CutShort,
            Self::TooShort | Self::Damaged => Unread::Damaged,
        }
    }
}
