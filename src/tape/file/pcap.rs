//! The classic format: a header, then packets, each with its time and two lengths
//! (draft-ietf-opsawg-pcap).

use std::io::{self, Read};

use super::{
    byte_order::ByteOrder,
    event::{Event, Fault, Frame},
    input::Input,
    interface::Interface,
};

/// Microseconds, nanoseconds, and microseconds with eight more bytes a packet, as Alexey
/// Kuznetsov's libpcap of 1999 wrote it.
const MAGICS: [(u32, u8, usize); 3] = [
    (0xa1b2_c3d4, 6, 0),
    (0xa1b2_3c4d, 9, 0),
    (0xa1b2_cd34, 6, 8),
];

const FILE_HEADER: usize = 24;
const PACKET_HEADER: usize = 16;

/// The longest packet, in bytes. `tcpdump` captures no more than 262,144 of one.
const LONGEST: u32 = 1 << 20;

pub(super) struct Pcap {
    order: ByteOrder,
    interface: Interface,
    ticks_a_second: u64,
    /// The bytes of a packet's header.
    header: usize,
}

impl Pcap {
    /// The byte order, resolution and length of packet headers that a file's first bytes say.
    fn variant(magic: [u8; 4]) -> Option<(ByteOrder, u8, usize)> {
        MAGICS.into_iter().find_map(|(known, resolution, more)| {
            ByteOrder::of(magic, known).map(|order| (order, resolution, PACKET_HEADER + more))
        })
    }

    pub(super) fn is_one(magic: [u8; 4]) -> bool {
        Self::variant(magic).is_some()
    }

    /// Reads the file's header.
    pub(super) fn open<R: Read>(input: &mut Input<R>) -> Result<Self, Fault> {
        let bytes = input.peek(FILE_HEADER)?;
        let Some((fields, _)) = bytes.split_first_chunk::<FILE_HEADER>() else {
            return Err(Fault::Truncated);
        };
        let (words, _) = fields.as_chunks::<4>();
        let &[magic, _, _, _, limit, link_type] = words else {
            return Err(Fault::Damaged);
        };
        let (order, resolution, header) = Self::variant(magic).ok_or(Fault::Damaged)?;
        // The upper half says how long a frame check sequence follows each frame.
        let [link_type, _] = order.halves(link_type);
        let mut interface = Interface::new(link_type, order.u32(limit));
        interface.set_resolution(resolution);
        input.skip(24)?;
        Ok(Self {
            order,
            interface,
            ticks_a_second: 10_u64.pow(resolution.into()),
            header,
        })
    }

    /// The next packet, and how long it is with its header.
    pub(super) fn next<'a, R: Read>(
        &self,
        input: &'a mut Input<R>,
    ) -> Result<(Event<'a>, u64), Fault> {
        let head = input.peek(self.header)?;
        let (words, _) = head.as_chunks::<4>();
        let (&[seconds, ticks, captured, original, ..], true) = (words, head.len() == self.header)
        else {
            return Err(Fault::Truncated);
        };
        let [seconds, ticks, captured, original] =
            [seconds, ticks, captured, original].map(|word| self.order.u32(word));
        if captured > LONGEST {
            return Err(Fault::Damaged);
        }
        let size = self.header + usize::try_from(captured).map_err(io::Error::other)?;
        let packet = input.peek(size)?;
        if packet.len() < size {
            return Err(Fault::Truncated);
        }
        let length = u64::try_from(size).map_err(io::Error::other)?;
        let ticks = u64::from(seconds) * self.ticks_a_second + u64::from(ticks);
        let frame = Frame {
            link_type: self.interface.link_type,
            time: self.interface.time(ticks),
            data: packet.get(self.header..).unwrap_or_default(),
            original,
            dropped: None,
        };
        Ok((Event::Frame(frame), length))
    }
}
