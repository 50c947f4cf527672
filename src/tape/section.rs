//! What a capture file's blocks mean: interfaces, and packets on them.

use std::{num::NonZeroU64, time::Duration};

use pcap_parser::{Block, PcapBlockOwned};

use super::{
    exported_pdu::{self, LINKTYPE},
    packet::{Packet, PacketRef},
    wire::Connections,
};

/// The interfaces seen so far, and the connections followed on them.
#[derive(Default)]
pub(super) struct Section {
    interfaces: Vec<Interface>,
    connections: Connections,
}

/// What one block holds.
pub(super) enum Found<'a> {
    /// A packet of ours, as it stands there.
    Whole(PacketRef<'a>),
    /// Packets of ours that it completes; none, if it is a part of one.
    Completed(Vec<Packet>),
    /// A packet of somebody else's.
    Foreign,
    /// No packet.
    Other,
}

#[derive(Clone, Copy)]
struct Interface {
    link_type: i32,
    /// Ticks a second; `None` if the file gives a resolution beyond 64 bits.
    resolution: Option<NonZeroU64>,
    offset: i64,
}

impl Section {
    pub(super) fn take<'a>(&mut self, block: PcapBlockOwned<'a>) -> Found<'a> {
        match block {
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.interfaces.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                self.interfaces.push(Interface {
                    link_type: block.linktype.0,
                    resolution: ticks_a_second(block.if_tsresol),
                    offset: block.if_tsoffset,
                });
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(block)) => {
                let ticks = u64::from(block.ts_high) << 32 | u64::from(block.ts_low);
                return self.packet(block.if_id, ticks, block.caplen, block.data);
            }
            PcapBlockOwned::NG(Block::SimplePacket(_)) => return Found::Foreign,
            PcapBlockOwned::NG(_) => {}
            PcapBlockOwned::LegacyHeader(header) => self.interfaces.push(Interface {
                link_type: header.network.0,
                resolution: NonZeroU64::new(if header.is_nanosecond_precision() {
                    1_000_000_000
                } else {
                    1_000_000
                }),
                offset: 0,
            }),
            PcapBlockOwned::Legacy(block) => {
                let Some(resolution) = self.interfaces.first().and_then(|it| it.resolution) else {
                    return Found::Foreign;
                };
                let ticks = u64::from(block.ts_sec) * resolution.get() + u64::from(block.ts_usec);
                return self.packet(0, ticks, block.caplen, block.data);
            }
        }
        Found::Other
    }

    fn packet<'a>(
        &mut self,
        interface: u32,
        ticks: u64,
        captured: u32,
        data: &'a [u8],
    ) -> Found<'a> {
        let interface = usize::try_from(interface)
            .ok()
            .and_then(|i| self.interfaces.get(i));
        let data = usize::try_from(captured)
            .ok()
            .and_then(|length| data.get(..length));
        let (Some(interface), Some(data)) = (interface, data) else {
            return Found::Foreign;
        };
        let Some(time) = interface.time(ticks) else {
            return Found::Foreign;
        };
        let found = match interface.link_type {
            LINKTYPE => exported_pdu::decode(time, data).map(Found::Whole),
            other if Connections::reads(other) => self
                .connections
                .take(other, time, data)
                .map(Found::Completed),
            _ => None,
        };
        found.unwrap_or(Found::Foreign)
    }
}

impl Interface {
    /// When a packet passed; `None` if that is not in the range of a [`Duration`].
    fn time(&self, ticks: u64) -> Option<Duration> {
        let resolution = self.resolution?;
        let seconds = (ticks / resolution).checked_add_signed(self.offset)?;
        let rest = u128::from(ticks % resolution) * 1_000_000_000;
        let nanos = rest / u128::from(resolution.get());
        Some(Duration::new(seconds, u32::try_from(nanos).ok()?))
    }
}

/// `if_tsresol`: a power of 10, or of 2 if the highest bit is set.
fn ticks_a_second(if_tsresol: u8) -> Option<NonZeroU64> {
    let exponent = u32::from(if_tsresol & 0x7f);
    let ticks = match if_tsresol & 0x80 {
        0 => 10_u64.checked_pow(exponent),
        _ => 2_u64.checked_pow(exponent),
    };
    ticks.and_then(NonZeroU64::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resolution_is_a_power_of_ten_or_two_of_at_most_64_bits() {
        let found = [0, 6, 9, 19, 20, 0x80, 0x8a, 0xbf, 0xc0].map(ticks_a_second);
        let found = found.map(|ticks| ticks.map(NonZeroU64::get));
        let expected = [
            Some(1),
            Some(1_000_000),
            Some(1_000_000_000),
            Some(10_000_000_000_000_000_000),
            None,
            Some(1),
            Some(1024),
            Some(1 << 63),
            None,
        ];
        assert_eq!(found, expected);
    }
}
