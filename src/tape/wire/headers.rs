//! From a frame to the TCP segment in it: link, tags, labels, tunnels, IP, whatever stands
//! around it.

use std::net::{IpAddr, SocketAddr};

use etherparse::{
    IpFragOffset, IpNumber, Ipv6ExtensionSlice, Ipv6ExtensionsSlice, LaxIpSlice, LaxIpv4Slice,
    LaxIpv6Slice, TcpSlice, ip_number,
};

use super::link::{self, number};
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
    fn reason(self, cut: u32) -> Unread {
        match self {
            Self::Other => Unread::OtherTraffic,
            Self::LinkType(link_type) => Unread::LinkType(link_type),
            Self::Tunnel(name) => Unread::Tunnel(name),
            Self::TooShort | Self::Damaged if cut > 0 => Unread::CutShort,
            Self::TooShort | Self::Damaged => Unread::Damaged,
        }
    }
}

/// What a frame holds in the end.
pub(super) enum Inner<'a> {
    Segment(Segment<'a>),
    Fragment(Fragment<'a>),
}

/// A TCP segment.
pub(super) struct Segment<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) sequence: u32,
    pub(super) acknowledged: Option<u32>,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) rst: bool,
    pub(super) payload: &'a [u8],
    /// Bytes of the payload's end that were not captured.
    pub(super) cut: u32,
}

/// A part of an IP packet.
pub(super) struct Fragment<'a> {
    pub(super) of: FragmentId,
    pub(super) offset: IpFragOffset,
    pub(super) more: bool,
    pub(super) payload: &'a [u8],
}

/// Which packet a fragment is a part of.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FragmentId {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) protocol: IpNumber,
    identification: u32,
}

/// Layers within one another, at most.
const DEPTH: usize = 24;

const TOO_DEEP: Stop = Stop::Tunnel("many, one in the other");

/// What a frame holds. `cut` bytes of its end were not captured.
pub(super) fn of_frame(link_type: u16, frame: &[u8], cut: u32) -> Result<Inner<'_>, Unread> {
    let (layer, bytes) = link::first(link_type, frame).map_err(|stop| stop.reason(cut))?;
    below(layer, bytes, cut)
}

/// What stands in a layer in the end.
pub(super) fn below(mut layer: Layer, mut bytes: &[u8], mut cut: u32) -> Result<Inner<'_>, Unread> {
    let captured = cut;
    for _ in 0..DEPTH {
        let next = match layer {
            Layer::Ip => ip(bytes, &mut cut),
            Layer::Transport(ip_number::TCP, source, destination) => {
                segment(bytes, source, destination, cut).map(Step::End)
            }
            Layer::Transport(protocol, source, destination) => {
                transport(bytes, protocol, source, destination).map(Step::from)
            }
            Layer::Ethernet => ethernet(bytes).map(Step::from),
            Layer::EtherType(kind) => ether_type(bytes, kind).map(Step::from),
            Layer::Llc => llc(bytes).map(Step::from),
            Layer::Ppp => ppp(bytes).map(Step::from),
            Layer::Mpls => mpls(bytes).map(Step::from),
        };
        match next.map_err(|stop| stop.reason(cut.max(captured)))? {
            Step::Next(inner, rest) => (layer, bytes) = (inner, rest),
            Step::End(inner) => return Ok(inner),
        }
    }
    Err(TOO_DEEP.reason(cut))
}

enum Step<'a> {
    Next(Layer, &'a [u8]),
    End(Inner<'a>),
}

impl<'a> From<(Layer, &'a [u8])> for Step<'a> {
    fn from((layer, bytes): (Layer, &'a [u8])) -> Self {
        Self::Next(layer, bytes)
    }
}

type Next<'a> = Result<(Layer, &'a [u8]), Stop>;

fn after(bytes: &[u8], header: usize) -> Result<&[u8], Stop> {
    bytes.get(header..).ok_or(Stop::TooShort)
}

fn ethernet(bytes: &[u8]) -> Next<'_> {
    Ok((Layer::EtherType(number(bytes, 12)?), after(bytes, 14)?))
}

fn ether_type(bytes: &[u8], kind: u16) -> Next<'_> {
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
fn llc(bytes: &[u8]) -> Next<'_> {
    match bytes {
        [0xaa, 0xaa, 3, _, _, _, rest @ ..] => {
            Ok((Layer::EtherType(number(rest, 0)?), after(rest, 2)?))
        }
        _ => Err(Stop::Other),
    }
}

/// The protocol in two bytes, or in one if that is odd (RFC 1661 §6.5).
fn ppp(bytes: &[u8]) -> Next<'_> {
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
fn mpls(bytes: &[u8]) -> Next<'_> {
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

fn ip<'a>(bytes: &'a [u8], cut: &mut u32) -> Result<Step<'a>, Stop> {
    let (ip, stopped) = LaxIpSlice::from_slice(bytes).map_err(|_| Stop::Damaged)?;
    *cut = missing(&ip, bytes.len(), *cut);
    if stopped.is_some() {
        return Err(Stop::Damaged);
    }
    let payload = match &ip {
        LaxIpSlice::Ipv4(ip) => ip.payload(),
        LaxIpSlice::Ipv6(ip) => ip.payload(),
    }
    .clone();
    let (source, destination) = (ip.source_addr(), ip.destination_addr());
    if !payload.fragmented {
        let layer = Layer::Transport(payload.ip_number, source, destination);
        return Ok(Step::Next(layer, payload.payload));
    }
    if *cut > 0 {
        return Err(Stop::TooShort);
    }
    let (identification, offset, more) = match &ip {
        LaxIpSlice::Ipv4(ip) => fragment_of_ipv4(ip),
        LaxIpSlice::Ipv6(ip) => fragment_of_ipv6(ip).ok_or(Stop::Damaged)?,
    };
    Ok(Step::End(Inner::Fragment(Fragment {
        of: FragmentId {
            source,
            destination,
            protocol: payload.ip_number,
            identification,
        },
        offset,
        more,
        payload: payload.payload,
    })))
}

/// How many bytes of an IP packet were not captured. A length of 0 stands for one that the
/// network card would have filled in (segmentation offload): then the frame's counts.
fn missing(ip: &LaxIpSlice<'_>, captured: usize, cut: u32) -> u32 {
    let length = match ip {
        LaxIpSlice::Ipv4(ip) => u32::from(ip.header().total_len()),
        LaxIpSlice::Ipv6(ip) => match ip.header().payload_length() {
            0 => 0,
            length => u32::from(length) + 40,
        },
    };
    match (length, u32::try_from(captured)) {
        (0, _) => cut,
        (length, Ok(captured)) => length.saturating_sub(captured),
        _ => 0,
    }
}

fn fragment_of_ipv4(ip: &LaxIpv4Slice<'_>) -> (u32, IpFragOffset, bool) {
    let header = ip.header();
    (
        header.identification().into(),
        header.fragments_offset(),
        header.more_fragments(),
    )
}

fn fragment_of_ipv6(ip: &LaxIpv6Slice<'_>) -> Option<(u32, IpFragOffset, bool)> {
    ip.extensions()
        .clone()
        .into_iter()
        .find_map(|header| match header {
            Ipv6ExtensionSlice::Fragment(header) => Some((
                header.identification(),
                header.fragment_offset(),
                header.more_fragments(),
            )),
            _ => None,
        })
}

fn segment<'a>(
    bytes: &'a [u8],
    source: IpAddr,
    destination: IpAddr,
    cut: u32,
) -> Result<Inner<'a>, Stop> {
    let tcp = TcpSlice::from_slice(bytes).map_err(|_| Stop::Damaged)?;
    Ok(Inner::Segment(Segment {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        sequence: tcp.sequence_number(),
        acknowledged: tcp.ack().then(|| tcp.acknowledgment_number()),
        syn: tcp.syn(),
        fin: tcp.fin(),
        rst: tcp.rst(),
        payload: tcp.payload(),
        cut,
    }))
}

/// Tunnels over IP; everything else that is not TCP is somebody else's.
fn transport(bytes: &[u8], protocol: IpNumber, source: IpAddr, destination: IpAddr) -> Next<'_> {
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
    match number(bytes, 2)? {
        // VXLAN (RFC 7348); 8472 is what Linux used before.
        4789 | 8472 => Ok((Layer::Ethernet, after(payload, 8)?)),
        // GENEVE (RFC 8926): options of so many words.
        6081 => {
            let words = payload.first().ok_or(Stop::TooShort)? & 0x3f;
            let kind = number(payload, 2)?;
            let rest = after(payload, 8 + 4 * usize::from(words))?;
            Ok((Layer::EtherType(kind), rest))
        }
        2152 => Err(Stop::Tunnel("GTP-U")),
        1701 => Err(Stop::Tunnel("L2TP")),
        4500 => Err(Stop::Tunnel("ESP")),
        51820 => Err(Stop::Tunnel("WireGuard")),
        _ => Err(Stop::Other),
    }
}
