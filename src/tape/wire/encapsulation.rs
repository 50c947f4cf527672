//! What may stand around an IP packet or a frame: tags, labels, tunnels.

use std::net::IpAddr;

use etherparse::{IpNumber, Ipv6ExtensionsSlice, ip_number};

use super::{
    layer::{Layer, Stop},
    link::{self, number},
};

type Next<'a> = Result<(Layer, &'a [u8]), Stop>;

fn after(bytes: &[u8], header: usize) -> Result<&[u8], Stop> {
    bytes.get(header..).ok_or(Stop::TooShort)
}

pub(super) fn ethernet(bytes: &[u8]) -> Next<'_> {
    Ok((Layer::EtherType(number(bytes, 12)?), after(bytes, 14)?))
}

pub(super) fn ether_type(bytes: &[u8], kind: u16) -> Next<'_> {
    match kind {
        0x0800 | 0x86dd => Ok((Layer::Ip, bytes)),
        // IEEE 802.1Q and 802.1ad, and what was in use before.
        0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => {
            Ok((Layer::EtherType(number(bytes, 2)?), after(bytes, 4)?))
        }
        0x8847 | 0x8848 => Ok((Layer::Mpls, bytes)),
        link::PPPOE_SESSION => Ok((Layer::Ppp, after(bytes, 6)?)),
        // Transparent Ethernet bridging, within GRE and GENEVE.
        0x6558 => Ok((Layer::Ethernet, bytes)),
        0x88e5 => Err(Stop::Tunnel("MACsec")),
        0x88e7 => Err(Stop::Tunnel("provider backbone bridging")),
        // A length, as IEEE 802.3 had it first.
        0..=1500 => Ok((Layer::Llc, bytes)),
        _ => Err(Stop::Other),
    }
}

/// A subnetwork header carries an Ethernet type (RFC 1042).
pub(super) fn llc(bytes: &[u8]) -> Next<'_> {
    match bytes {
        [0xaa, 0xaa, 3, _, _, _, rest @ ..] => {
            Ok((Layer::EtherType(number(rest, 0)?), after(rest, 2)?))
        }
        _ => Err(Stop::Other),
    }
}

/// The protocol in two bytes, or in one if that is odd (RFC 1661 §6.5).
pub(super) fn ppp(bytes: &[u8]) -> Next<'_> {
    let bytes = bytes.strip_prefix(&[0xff, 3]).unwrap_or(bytes);
    match bytes {
        [0x21 | 0x57, rest @ ..] | [0, 0x21 | 0x57, rest @ ..] => Ok((Layer::Ip, rest)),
        [2, 0x81, rest @ ..] => Ok((Layer::Mpls, rest)),
        [0, 0xfd, ..] => Err(Stop::Tunnel("compressed PPP")),
        [] => Err(Stop::TooShort),
        _ => Err(Stop::Other),
    }
}

/// Labels of four bytes; a bit marks the last. What follows is told by its first bits.
pub(super) fn mpls(bytes: &[u8]) -> Next<'_> {
    let (labels, _) = bytes.as_chunks::<4>();
    let last = labels.iter().position(|[_, _, bits, _]| bits & 1 == 1);
    let rest = after(bytes, 4 * (last.ok_or(Stop::TooShort)? + 1))?;
    match rest.first().map(|first| first >> 4) {
        Some(4 | 6) => Ok((Layer::Ip, rest)),
        // A control word, then a frame (RFC 4448).
        Some(0) => Ok((Layer::Ethernet, after(rest, 4)?)),
        _ => Ok((Layer::Ethernet, rest)),
    }
}

/// Tunnels over IP; everything else that is not TCP is somebody else's.
pub(super) fn over_ip(
    bytes: &[u8],
    protocol: IpNumber,
    source: IpAddr,
    destination: IpAddr,
) -> Next<'_> {
    match protocol {
        ip_number::IPV4 | ip_number::IPV6 => Ok((Layer::Ip, bytes)),
        ip_number::GRE => gre(bytes),
        ip_number::UDP => udp(bytes),
        ip_number::MPLS_IN_IP => Ok((Layer::Mpls, bytes)),
        ip_number::ENCAP_SEC => Err(Stop::Tunnel("ESP")),
        IpNumber::LAYER2_TUNNELING_PROTOCOL => Err(Stop::Tunnel("L2TP")),
        // Headers that stand before the transport's within the parts of an IPv6 packet.
        ip_number::IPV6_HEADER_HOP_BY_HOP
        | ip_number::IPV6_ROUTE_HEADER
        | ip_number::IPV6_DEST_OPTIONS
        | ip_number::AUTH => {
            let (_, next, rest, stopped) = Ipv6ExtensionsSlice::from_slice_lax(protocol, bytes);
            match stopped {
                None if next != protocol => Ok((Layer::Transport(next, source, destination), rest)),
                _ => Err(Stop::Damaged),
            }
        }
        _ => Err(Stop::Other),
    }
}

/// RFC 2784 and 2890; ERSPAN's mirrored frames; version 1 is PPTP's.
fn gre(bytes: &[u8]) -> Next<'_> {
    let flags = number(bytes, 0)?;
    let protocol = number(bytes, 2)?;
    if flags & 7 != 0 {
        return Err(Stop::Tunnel("PPTP"));
    }
    // Checksum (or routing), key, sequence number: four bytes each where a bit says so.
    let fields = [0xc000, 0x2000, 0x1000].map(|bits| usize::from(flags & bits != 0));
    let rest = after(bytes, 4 + 4 * fields.iter().sum::<usize>())?;
    match protocol {
        // Type I has no header of its own, type II one of eight bytes.
        0x88be if flags & 0x1000 == 0 => Ok((Layer::Ethernet, rest)),
        0x88be => Ok((Layer::Ethernet, after(rest, 8)?)),
        0x22eb => Err(Stop::Tunnel("ERSPAN type III")),
        protocol => Ok((Layer::EtherType(protocol), rest)),
    }
}

/// Told by the port they are sent to.
fn udp(bytes: &[u8]) -> Next<'_> {
    let payload = after(bytes, 8)?;
    let (source, destination) = (number(bytes, 0)?, number(bytes, 2)?);
    match destination {
        // VXLAN (RFC 7348); 8472 is what Linux used before.
        4789 | 8472 => Ok((Layer::Ethernet, after(payload, 8)?)),
        // GENEVE (RFC 8926): options of so many words.
        6081 => {
            let words = payload.first().ok_or(Stop::TooShort)? & 0x3f;
            let kind = number(payload, 2)?;
            let rest = after(payload, 8 + 4 * usize::from(words))?;
            Ok((Layer::EtherType(kind), rest))
        }
        _ => Err([source, destination]
            .into_iter()
            .find_map(tunnel)
            .map_or(Stop::Other, Stop::Tunnel)),
    }
}

/// Tunnels over UDP that are not read, by either port.
const fn tunnel(port: u16) -> Option<&'static str> {
    match port {
        1701 => Some("L2TP"),
        2152 => Some("GTP-U"),
        3544 => Some("Teredo"),
        4500 => Some("ESP"),
        4790 => Some("VXLAN-GPE"),
        51820 => Some("WireGuard"),
        _ => None,
    }
}
