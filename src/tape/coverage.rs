//! How much of a capture was read: could not look is not looked.

use std::collections::BTreeMap;

/// How much of a capture was read, and why the rest was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Packets that were read as doormat's: that carry its bytes, or begin, acknowledge or
    /// end one of its connections.
    pub read: u64,
    /// The other packets, by the reason why they were not read.
    pub unread: BTreeMap<Unread, u64>,
    /// What is missing of what was read.
    pub losses: Losses,
}

/// What is missing of doormat's connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    /// Connections that are not whole.
    pub connections: u64,
    /// Bytes of them that are not in the capture, or cannot be told from others.
    pub bytes: u64,
    /// How many of them were followed from their middle: what went before is not known.
    pub joined: u64,
    /// How many were given up because too many were open at a time.
    pub forgotten: u64,
    /// Packets that the capturing program says it lost.
    pub dropped: u64,
}

/// Why a packet was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// Looked at, and somebody else's.
    OtherTraffic,
    /// Of a TCP connection whose beginning is not in the capture: whose it is cannot be told.
    BeganBefore,
    /// Not captured to its end (`tcpdump -s`).
    CutShort,
    /// A part of an IP packet whose other parts are not in the capture.
    Fragment,
    /// Far from where its connection stands.
    OutOfWindow,
    /// Of a link type that is not read.
    LinkType(u16),
    /// Within a tunnel that is not read, or nested deeper than it is followed.
    Tunnel(&'static str),
    /// Headers that contradict themselves or each other.
    Damaged,
    /// On an interface that the file does not describe.
    NotDescribed,
}

impl Coverage {
    /// Every packet of the capture.
    pub fn packets(&self) -> u64 {
        self.read + self.not_read()
    }

    /// The packets that were not read.
    pub fn not_read(&self) -> u64 {
        self.unread.values().sum()
    }

    /// Whether every packet was looked at to its end, and nothing of doormat's is missing.
    pub fn is_complete(&self) -> bool {
        self.unread.keys().all(|why| *why == Unread::OtherTraffic)
            && self.losses == Losses::default()
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.read += other.read;
        other
            .unread
            .iter()
            .for_each(|(why, packets)| self.count(*why, *packets));
        let (losses, more) = (&mut self.losses, other.losses);
        losses.connections += more.connections;
        losses.bytes += more.bytes;
        losses.joined += more.joined;
        losses.forgotten += more.forgotten;
        losses.dropped += more.dropped;
    }

    pub(super) fn count(&mut self, why: Unread, packets: u64) {
        if packets > 0 {
            *self.unread.entry(why).or_default() += packets;
        }
    }
}
