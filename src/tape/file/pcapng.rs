//! pcapng: blocks of a type, a length, a body and the length again
//! (draft-ietf-opsawg-pcapng).

use std::io::{self, Read};

use super::{
    byte_order::ByteOrder,
    event::{Event, Fault, Frame},
    input::Input,
    interface::Interface,
};

pub(in crate::tape) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(in crate::tape) const INTERFACE_DESCRIPTION: u32 = 1;
pub(in crate::tape) const ENHANCED_PACKET: u32 = 6;
/// Written by programs of before 2010.
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;

pub(in crate::tape) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

pub(in crate::tape) const END_OF_OPTIONS: u16 = 0;
pub(in crate::tape) const SECTION_PROGRAM: u16 = 4;
pub(in crate::tape) const IF_NAME: u16 = 2;
const IF_DROPPED: u16 = 5;
const OS_DROPPED: u16 = 7;
const PACKETS_DROPPED: u16 = 4;
pub(in crate::tape) const IF_TIME_RESOLUTION: u16 = 9;
pub(in crate::tape) const IF_TIME_OFFSET: u16 = 14;

/// How much of a block is looked at, in bytes: a packet with its fields, or a description's
/// options. What follows, comments mostly, is passed over.
const LOOKED_AT: usize = 1 << 20;

/// The longest block of a packet and of anything else, in bytes. Wireshark takes no longer
/// packets; secrets and comments may be as long as their writer likes.
const LONGEST: (u64, u64) = (16 << 20, 1 << 30);

/// Interfaces of a section, at most; packets of others are counted as not described.
const INTERFACES: usize = 65_536;

#[derive(Default)]
pub(super) struct Pcapng {
    order: ByteOrder,
    interfaces: Vec<Interface>,
}

impl Pcapng {
    /// The next block, and how long it is.
    pub(super) fn next<'a, R: Read>(
        &mut self,
        input: &'a mut Input<R>,
    ) -> Result<(Event<'a>, u64), Fault> {
        let head = input.peek(12)?;
        let &[kind, length, magic] = head.as_chunks::<4>().0 else {
            return Err(Fault::Truncated);
        };
        // The section header's type reads the same in both byte orders.
        if u32::from_le_bytes(kind) == SECTION_HEADER {
            self.order = ByteOrder::of(magic, BYTE_ORDER_MAGIC).ok_or(Fault::Damaged)?;
        }
        let (kind, length) = (self.order.u32(kind), self.order.u32(length));
        let whole = self.check(kind, length, input)?;
        let size = usize::try_from(whole).map_or(LOOKED_AT, |whole| whole.min(LOOKED_AT));
        let block = input.peek(size)?;
        let body = block.get(8..).unwrap_or_default();
        let body = if u64::try_from(block.len()) == Ok(whole) {
            body.split_last_chunk::<4>().map_or(body, |(body, _)| body)
        } else {
            body
        };
        Ok((self.event(kind, body), whole))
    }

    /// A block's length with its padding, once it is known to be there whole and to end as
    /// it should.
    fn check<R: Read>(&self, kind: u32, length: u32, input: &mut Input<R>) -> Result<u64, Fault> {
        // Some writers leave the padding out of the length.
        let whole = u64::from(length).next_multiple_of(4);
        let packet = matches!(kind, ENHANCED_PACKET | PACKET | SIMPLE_PACKET);
        let longest = if packet { LONGEST.0 } else { LONGEST.1 };
        if length < 12 || whole > longest {
            return Err(Fault::Damaged);
        }
        let size = usize::try_from(whole).map_err(io::Error::other)?;
        // A longer one is not held whole, and how it ends is not looked at.
        if size <= LOOKED_AT {
            let block = input.peek(size)?;
            if block.len() < size {
                return Err(Fault::Truncated);
            }
            let again = block.last_chunk().map(|bytes| self.order.u32(*bytes));
            if again.is_none_or(|again| u64::from(again).next_multiple_of(4) != whole) {
                return Err(Fault::Damaged);
            }
        }
        Ok(whole)
    }

    fn event<'a>(&mut self, kind: u32, body: &'a [u8]) -> Event<'a> {
        match kind {
            SECTION_HEADER => self.interfaces.clear(),
            // One that cannot be read still counts, or the others' numbers shift.
            INTERFACE_DESCRIPTION if self.interfaces.len() < INTERFACES => {
                let interface = self.interface(body);
                self.interfaces
                    .push(interface.unwrap_or(Interface::UNKNOWN));
            }
            ENHANCED_PACKET | PACKET => {
                return self.packet(kind, body).unwrap_or(Event::Damaged);
            }
            SIMPLE_PACKET => return self.simple_packet(body).unwrap_or(Event::Damaged),
            INTERFACE_STATISTICS => {
                return self.dropped(body).map_or(Event::Other, Event::Dropped);
            }
            _ => {}
        }
        Event::Other
    }

    /// Interface (in the old form with a count of drops), time, lengths, bytes.
    fn packet<'a>(&self, kind: u32, body: &'a [u8]) -> Option<Event<'a>> {
        let (fields, data) = body.split_first_chunk::<20>()?;
        let (words, _) = fields.as_chunks::<4>();
        let &[interface, high, low, captured, original] = words else {
            return None;
        };
        let (interface, dropped) = if kind == PACKET {
            let [a, b, c, d] = interface;
            // All bits set: it is not known.
            let dropped = Some(self.order.u16([c, d])).filter(|it| *it != u16::MAX);
            (u32::from(self.order.u16([a, b])), dropped.map(u64::from))
        } else {
            (self.order.u32(interface), None)
        };
        let interface = usize::try_from(interface).ok()?;
        let Some(interface) = self.interfaces.get(interface) else {
            return Some(Event::NotDescribed);
        };
        let ticks = u64::from(self.order.u32(high)) << 32 | u64::from(self.order.u32(low));
        let captured = usize::try_from(self.order.u32(captured)).ok()?;
        let options = data.get(captured.next_multiple_of(4)..);
        Some(Event::Frame(Frame {
            link_type: interface.link_type,
            time: interface.time(ticks),
            data: cut(data, captured)?,
            original: self.order.u32(original),
            dropped: dropped.or_else(|| self.number(PACKETS_DROPPED, options?)),
        }))
    }

    /// The value of an option that is a number of 64 bits.
    fn number(&self, code: u16, options: &[u8]) -> Option<u64> {
        let (_, value) = self.options(options).find(|(it, _)| *it == code)?;
        Some(self.order.u64(*value.first_chunk()?))
    }

    /// The length on the wire, then the bytes: as many as the interface's limit lets pass.
    /// There is no time.
    fn simple_packet<'a>(&self, body: &'a [u8]) -> Option<Event<'a>> {
        let (original, data) = body.split_first_chunk()?;
        let original = self.order.u32(*original);
        let Some(interface) = self.interfaces.first() else {
            return Some(Event::NotDescribed);
        };
        let captured = match interface.limit {
            0 => original,
            limit => original.min(limit),
        };
        Some(Event::Frame(Frame {
            link_type: interface.link_type,
            time: std::time::Duration::ZERO,
            data: cut(data, usize::try_from(captured).ok()?)?,
            original,
            dropped: None,
        }))
    }

    fn interface(&self, body: &[u8]) -> Option<Interface> {
        let (fields, options) = body.split_first_chunk::<8>()?;
        let &[a, b, _, _, limit @ ..] = fields;
        let mut interface = Interface::new(self.order.u16([a, b]), self.order.u32(limit));
        for (code, value) in self.options(options) {
            match (code, value) {
                (IF_TIME_RESOLUTION, &[resolution]) => interface.set_resolution(resolution),
                (IF_TIME_OFFSET, value) => {
                    if let Some(value) = value.first_chunk() {
                        interface.offset = self.order.i64(*value);
                    }
                }
                _ => {}
            }
        }
        Some(interface)
    }

    /// How many more packets the capturing program says that it lost on an interface, itself
    /// and before they reached it.
    fn dropped(&mut self, body: &[u8]) -> Option<u64> {
        let (fields, options) = body.split_first_chunk::<12>()?;
        let interface = usize::try_from(self.order.u32(*fields.first_chunk()?)).ok()?;
        let codes = [IF_DROPPED, OS_DROPPED].into_iter();
        let all = codes.fold(0_u64, |sum, code| {
            sum.saturating_add(self.number(code, options).unwrap_or(0))
        });
        let interface = self.interfaces.get_mut(interface)?;
        let before = std::mem::replace(&mut interface.dropped, all);
        Some(all.saturating_sub(before))
    }

    /// Code, length, value padded to a multiple of four bytes.
    fn options<'a>(&self, mut rest: &'a [u8]) -> impl Iterator<Item = (u16, &'a [u8])> {
        let order = self.order;
        std::iter::from_fn(move || {
            let (&[a, b, c, d], value) = rest.split_first_chunk()?;
            let (code, length) = (order.u16([a, b]), usize::from(order.u16([c, d])));
            if code == END_OF_OPTIONS {
                return None;
            }
            rest = value.get(length.next_multiple_of(4)..).unwrap_or_default();
            Some((code, value.get(..length)?))
        })
    }
}

/// The captured bytes of a packet. One that is longer than what is looked at is cut there.
fn cut(data: &[u8], captured: usize) -> Option<&[u8]> {
    if captured <= data.len() {
        data.get(..captured)
    } else {
        (data.len() + 28 >= LOOKED_AT).then_some(data)
    }
}
