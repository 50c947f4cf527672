//! From a frame to the TCP segment in it: link, tags, labels, tunnels, IP, whatever stands
//! around it.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    net::{IpAddr, SocketAddr},
};

use etherparse::{
    IpFragOffset, IpNumber, Ipv6ExtensionSlice, LaxIpSlice, LaxIpv4Slice, LaxIpv6Slice, TcpSlice,
    ip_number,
};

use super::{
    encapsulation,
    layer::{Layer, Stop},
    link,
};
use crate::tape::coverage::Unread;

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
    /// The tunnels around it, hashed; the same for both directions.
    pub(super) tunnels: u64,
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
    pub(super) tunnels: u64,
}

/// Layers within one another, at most.
const DEPTH: usize = 24;

const TOO_DEEP: Stop = Stop::Tunnel("many, one in the other");

/// What a frame holds. `cut` bytes of its end were not captured.
pub(super) fn of_frame(link_type: u16, frame: &[u8], cut: u32) -> Result<Inner<'_>, Unread> {
    let (layer, bytes) = link::first(link_type, frame).map_err(|stop| stop.reason(cut))?;
    below(layer, bytes, cut, 0)
}

/// What stands in a layer in the end. `tunnels` are those around it, hashed.
pub(super) fn below(
    mut layer: Layer,
    mut bytes: &[u8],
    mut cut: u32,
    mut tunnels: u64,
) -> Result<Inner<'_>, Unread> {
    let captured = cut;
    for _ in 0..DEPTH {
        let next = match layer {
            Layer::Ip => ip(bytes, &mut cut, tunnels),
            Layer::Transport(ip_number::TCP, source, destination) => {
                segment(bytes, source, destination, cut, tunnels).map(Step::End)
            }
            Layer::Transport(protocol, source, destination) => {
                encapsulation::over_ip(bytes, protocol, source, destination).map(Step::from)
            }
            Layer::Ethernet => encapsulation::ethernet(bytes).map(Step::from),
            Layer::EtherType(kind) => encapsulation::ether_type(bytes, kind).map(Step::from),
            Layer::Llc => encapsulation::llc(bytes).map(Step::from),
            Layer::Ppp => encapsulation::ppp(bytes).map(Step::from),
            Layer::Mpls => encapsulation::mpls(bytes).map(Step::from),
        };
        match next.map_err(|stop| stop.reason(cut.max(captured)))? {
            Step::Next(inner, rest) => {
                tunnels = around(layer, inner, tunnels);
                (layer, bytes) = (inner, rest);
            }
            Step::End(inner) => return Ok(inner),
        }
    }
    Err(TOO_DEEP.reason(cut))
}

/// The tunnels around what follows a layer, hashed; the same for both directions.
fn around(layer: Layer, next: Layer, tunnels: u64) -> u64 {
    match (layer, next) {
        (Layer::Transport(..), Layer::Transport(..)) => tunnels,
        (Layer::Transport(protocol, source, destination), _) => {
            let ends = (source.min(destination), source.max(destination));
            let mut hasher = DefaultHasher::new();
            (tunnels, protocol, ends).hash(&mut hasher);
            hasher.finish()
        }
        _ => tunnels,
    }
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

fn ip<'a>(bytes: &'a [u8], cut: &mut u32, tunnels: u64) -> Result<Step<'a>, Stop> {
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
            tunnels,
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
    tunnels: u64,
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
        tunnels,
    }))
}
