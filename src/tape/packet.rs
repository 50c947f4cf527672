//! One recorded packet, owned or borrowed.

use std::{net::IpAddr, time::Duration};

/// One recorded packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When it passed the tap, since 1970-01-01 00:00 UTC; microseconds are kept.
    pub time: Duration,
    /// Where it came from.
    pub source: IpAddr,
    /// Where it went.
    pub destination: IpAddr,
    /// The bytes that crossed the wire.
    pub payload: Vec<u8>,
}

/// One recorded packet, in the reader's own memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketRef<'a> {
    /// When it passed the tap, since 1970-01-01 00:00 UTC; microseconds are kept.
    pub time: Duration,
    /// Where it came from.
    pub source: IpAddr,
    /// Where it went.
    pub destination: IpAddr,
    /// The bytes that crossed the wire.
    pub payload: &'a [u8],
}

impl PacketRef<'_> {
    /// A copy that owns its payload.
    pub fn to_packet(self) -> Packet {
        Packet {
            time: self.time,
            source: self.source,
            destination: self.destination,
            payload: self.payload.to_vec(),
        }
    }
}

impl Packet {
    /// The same packet, its payload borrowed.
    pub fn as_packet_ref(&self) -> PacketRef<'_> {
        PacketRef {
            time: self.time,
            source: self.source,
            destination: self.destination,
            payload: &self.payload,
        }
    }
}
