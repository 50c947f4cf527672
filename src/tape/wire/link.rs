//! What stands around an IP packet on a network interface.

use super::layer::{Layer, Stop};

/// The first layer of a frame, and its bytes.
pub(super) fn first(link_type: u16, frame: &[u8]) -> Result<(Layer, &[u8]), Stop> {
    let (layer, header) = match link_type {
        1 => (Layer::Ethernet, 0),
        // IP alone; 12 and 14 are what the BSDs' files call it.
        12 | 14 | 101 | 228 | 229 => (Layer::Ip, 0),
        // Loopback: a family of four bytes, in whichever order.
        0 | 108 => (Layer::Ip, 4),
        // Linux cooked, whatever the hardware: the protocol at the end of the header.
        113 => (Layer::EtherType(number(frame, 14)?), 16),
        // Version 2: the protocol first.
        276 => (Layer::EtherType(number(frame, 0)?), 20),
        // Cisco HDLC.
        104 => (Layer::EtherType(number(frame, 2)?), 4),
        9 | 50 => (Layer::Ppp, 0),
        51 => (Layer::EtherType(PPPOE_SESSION), 0),
        NFLOG => return nflog(frame),
        PKTAP => return pktap(frame),
        _ => return Err(Stop::LinkType(link_type)),
    };
    let rest = frame.get(header..).ok_or(Stop::TooShort)?;
    Ok((layer, rest))
}

pub(super) const PPPOE_SESSION: u16 = 0x8864;

/// Linux netfilter's log.
const NFLOG: u16 = 239;

/// Apple's, around frames of any other link type.
const PKTAP: u16 = 258;

/// 16 bits in network order.
pub(super) fn number(bytes: &[u8], at: usize) -> Result<u16, Stop> {
    let bytes = bytes.get(at..).and_then(|rest| rest.first_chunk());
    bytes
        .map(|it| u16::from_be_bytes(*it))
        .ok_or(Stop::TooShort)
}

/// A family, a version, a resource; then attributes of length, type and value, in the
/// order of the machine that logged. The ninth type is the packet.
fn nflog(frame: &[u8]) -> Result<(Layer, &[u8]), Stop> {
    const PAYLOAD: u16 = 9;
    let mut rest = frame.get(4..).ok_or(Stop::TooShort)?;
    loop {
        let (&[a, b, c, d], _) = rest.split_first_chunk().ok_or(Stop::TooShort)?;
        let length = usize::from(u16::from_le_bytes([a, b]));
        if u16::from_le_bytes([c, d]) & 0x7fff == PAYLOAD {
            let payload = rest.get(4..length.min(rest.len())).ok_or(Stop::Damaged)?;
            return Ok((Layer::Ip, payload));
        }
        if length < 4 {
            return Err(Stop::Damaged);
        }
        rest = rest
            .get(length.next_multiple_of(4)..)
            .ok_or(Stop::TooShort)?;
    }
}

/// The header's length, and behind another number the link type of what follows it.
fn pktap(frame: &[u8]) -> Result<(Layer, &[u8]), Stop> {
    let word = |at: usize| {
        let bytes = frame.get(at..).and_then(|rest| rest.first_chunk());
        bytes
            .map(|it| u32::from_le_bytes(*it))
            .ok_or(Stop::TooShort)
    };
    let link_type = u16::try_from(word(8)?).map_err(|_| Stop::Damaged)?;
    let header = usize::try_from(word(0)?).map_err(|_| Stop::Damaged)?;
    if link_type == PKTAP {
        return Err(Stop::Damaged);
    }
    first(link_type, frame.get(header..).ok_or(Stop::TooShort)?)
}
