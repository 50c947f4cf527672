//! What a capture file's blocks mean: interfaces, and packets on them.

use std::time::Duration;

use pcap_parser::{Block, PcapBlockOwned};

use super::{Packet, PacketRef, exported_pdu, wire::Wire, writer::LINKTYPE};

/// The interfaces seen so far, and the connections followed on them.
#[derive(Default)]
pub(super) struct Section {
    interfaces: Vec<Interface>,
    wire: Wire,
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
    /// Ticks a second.
    resolution: u64,
    offset: i64,
}

impl Section {
    pub(super) fn take<'a>(&mut self, block: PcapBlockOwned<'a>) -> Found<'a> {
        match block {
            PcapBlockOwned::NG(Block::SectionHeader(_)) => self.interfaces.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(block)) => {
                self.interfaces.push(Interface {
                    link_type: block.linktype.0,
                    resolution: block.ts_resolution().unwrap_or(1_000_000).max(1),
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
                resolution: if header.is_nanosecond_precision() {
                    1_000_000_000
                } else {
                    1_000_000
                },
                offset: 0,
            }),
            PcapBlockOwned::Legacy(block) => {
                let resolution = self.interfaces.first().map_or(1, |it| it.resolution);
                let ticks = u64::from(block.ts_sec)
                    .saturating_mul(resolution)
                    .saturating_add(u64::from(block.ts_usec));
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
        let time = interface.time(ticks);
        let found = match interface.link_type {
            LINKTYPE => exported_pdu::decode(time, data).map(Found::Whole),
            other if Wire::reads(other) => self.wire.take(other, time, data).map(Found::Completed),
            _ => None,
        };
        found.unwrap_or(Found::Foreign)
    }
}

impl Interface {
    fn time(&self, ticks: u64) -> Duration {
        let seconds = (ticks / self.resolution).saturating_add_signed(self.offset);
        let rest = u128::from(ticks % self.resolution) * 1_000_000_000;
        let nanos = rest / u128::from(self.resolution);
        Duration::new(seconds, u32::try_from(nanos).unwrap_or_default())
    }
}
