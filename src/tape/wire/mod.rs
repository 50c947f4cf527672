//! From a network interface's frames to the packets of a tape: what a capture of
//! the real traffic takes to read.
//!
//! ```text
//! Ethernet, Linux cooked, loopback, raw → IPv4, IPv6 → TCP ([`tcp`]) → WebSocket ([`websocket`])
//! ```
//!
//! Connections that do not begin with a WebSocket handshake for this program's
//! subprotocol are passed over. So is one whose handshake the capture missed: its
//! frames cannot be told from other bytes.

mod tcp;
mod websocket;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use etherparse::{NetSlice, SlicedPacket, TcpSlice, TransportSlice, ether_type};

use self::{tcp::TcpReassembler, websocket::WebSocketReader};
use super::packet::Packet;

/// Directions followed at a time; beyond it the half that was quiet longest is dropped.
const CONNECTIONS: usize = 4096;

/// Follows every connection of a capture.
#[derive(Default)]
pub(super) struct Connections {
    directions: HashMap<(SocketAddr, SocketAddr), Flow>,
    frames: u64,
}

/// One direction of one connection.
struct Flow {
    bytes: TcpReassembler,
    messages: WebSocketReader,
    /// The frame that it was last seen in, counted over all.
    last: u64,
}

impl Connections {
    /// Whether frames of this link type can be followed.
    pub(super) const fn reads(link_type: i32) -> bool {
        matches!(link_type, 0 | 1 | 101 | 108 | 113 | 228 | 229 | 276)
    }

    /// Takes a frame; gives the messages that it completes. `None` if the frame is
    /// none of ours.
    pub(super) fn take(
        &mut self,
        link_type: i32,
        time: Duration,
        frame: &[u8],
    ) -> Option<Vec<Packet>> {
        let sliced = slice(link_type, frame)?;
        let (source, destination) = match &sliced.net {
            Some(NetSlice::Ipv4(ip)) => (
                IpAddr::V4(ip.header().source_addr()),
                IpAddr::V4(ip.header().destination_addr()),
            ),
            Some(NetSlice::Ipv6(ip)) => (
                IpAddr::V6(ip.header().source_addr()),
                IpAddr::V6(ip.header().destination_addr()),
            ),
            _ => return None,
        };
        let Some(TransportSlice::Tcp(segment)) = &sliced.transport else {
            return None;
        };
        let messages = self.segment(source, destination, segment)?;
        Some(
            messages
                .into_iter()
                .map(|payload| Packet {
                    time,
                    source,
                    destination,
                    payload,
                })
                .collect(),
        )
    }

    fn segment(
        &mut self,
        source: IpAddr,
        destination: IpAddr,
        segment: &TcpSlice<'_>,
    ) -> Option<Vec<Vec<u8>>> {
        self.frames += 1;
        let key = (
            SocketAddr::new(source, segment.source_port()),
            SocketAddr::new(destination, segment.destination_port()),
        );
        if segment.syn() {
            self.make_room();
            let flow = Flow {
                bytes: TcpReassembler::begin(segment.sequence_number()),
                messages: WebSocketReader::default(),
                last: self.frames,
            };
            self.directions.insert(key, flow);
        }
        let flow = self.directions.get_mut(&key)?;
        flow.last = self.frames;
        let mut messages = Vec::new();
        let sound = flow
            .bytes
            .take(segment.sequence_number(), segment.syn(), segment.payload())
            .and_then(|bytes| flow.messages.take(&bytes, &mut messages));
        let (ours, ended) = (flow.messages.is_ours(), segment.rst() || sound.is_none());
        if ended {
            self.directions.remove(&key);
        }
        (ours || !messages.is_empty()).then_some(messages)
    }

    fn make_room(&mut self) {
        if self.directions.len() >= CONNECTIONS {
            let mut ages: Vec<u64> = self.directions.values().map(|flow| flow.last).collect();
            ages.sort_unstable();
            if let Some(&median) = ages.get(ages.len() / 2) {
                self.directions.retain(|_, flow| flow.last > median);
            }
        }
    }
}

/// A frame's headers, by its link type.
fn slice(link_type: i32, frame: &[u8]) -> Option<SlicedPacket<'_>> {
    match link_type {
        1 => SlicedPacket::from_ethernet(frame).ok(),
        113 => SlicedPacket::from_linux_sll(frame).ok(),
        // Linux cooked, version 2: the protocol first, 20 bytes in all.
        276 => {
            let ([high, low], _) = frame.split_first_chunk()?;
            let (_, rest) = frame.split_at_checked(20)?;
            match etherparse::EtherType(u16::from_be_bytes([*high, *low])) {
                ether_type::IPV4 | ether_type::IPV6 => SlicedPacket::from_ip(rest).ok(),
                _ => None,
            }
        }
        // Loopback of other systems: a family of four bytes.
        0 | 108 => SlicedPacket::from_ip(frame.get(4..)?).ok(),
        _ => SlicedPacket::from_ip(frame).ok(),
    }
}
