//! Wireshark's exported PDU: tags of two bytes type, two bytes length, value
//! padded with zeros to a multiple of four; then the payload. All big-endian
//! (`LINKTYPE_WIRESHARK_UPPER_PDU`, 252; spec §10.2).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use super::{
    coverage::Unread,
    packet::{Packet, PacketRef},
};

/// `LINKTYPE_WIRESHARK_UPPER_PDU`.
pub(super) const LINKTYPE: u16 = 252;

/// The dissector that Wireshark hands our packets to.
const DISSECTOR: &[u8] = b"doormat";

const END_OF_OPTIONS: u16 = 0;
const DISSECTOR_NAME: u16 = 12;
const IPV4_SOURCE: u16 = 20;
const IPV4_DESTINATION: u16 = 21;
const IPV6_SOURCE: u16 = 22;
const IPV6_DESTINATION: u16 = 23;

pub(super) fn encode(packet: &Packet) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + packet.payload.len());
    tag(&mut out, DISSECTOR_NAME, 8, &[DISSECTOR, b"\0"].concat());
    match packet.source {
        IpAddr::V4(host) => tag(&mut out, IPV4_SOURCE, 4, &host.octets()),
        IpAddr::V6(host) => tag(&mut out, IPV6_SOURCE, 16, &host.octets()),
    }
    match packet.destination {
        IpAddr::V4(host) => tag(&mut out, IPV4_DESTINATION, 4, &host.octets()),
        IpAddr::V6(host) => tag(&mut out, IPV6_DESTINATION, 16, &host.octets()),
    }
    tag(&mut out, END_OF_OPTIONS, 0, &[]);
    out.extend_from_slice(&packet.payload);
    out
}

fn tag(out: &mut Vec<u8>, kind: u16, length: u16, value: &[u8]) {
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
}

/// The packet within, if it is one of ours.
pub(super) fn decode(time: Duration, mut data: &[u8]) -> Result<PacketRef<'_>, Unread> {
    let mut ours = false;
    let mut source = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let mut destination = source;
    loop {
        let (kind, value, rest) = split_tag(data).ok_or(Unread::Damaged)?;
        data = rest;
        match kind {
            END_OF_OPTIONS => break,
            DISSECTOR_NAME => {
                ours = value.split(|&byte| byte == 0).next() == Some(DISSECTOR);
            }
            IPV4_SOURCE | IPV6_SOURCE => source = address(value).ok_or(Unread::Damaged)?,
            IPV4_DESTINATION | IPV6_DESTINATION => {
                destination = address(value).ok_or(Unread::Damaged)?;
            }
            _ => {}
        }
    }
    if !ours {
        return Err(Unread::OtherTraffic);
    }
    Ok(PacketRef {
        time,
        source,
        destination,
        payload: data,
    })
}

/// A tag's type and value, and what follows it.
fn split_tag(data: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (&[kind_high, kind_low, length_high, length_low], rest) = data.split_first_chunk()?;
    let length = u16::from_be_bytes([length_high, length_low]);
    let (value, rest) = rest.split_at_checked(usize::from(length))?;
    Some((u16::from_be_bytes([kind_high, kind_low]), value, rest))
}

fn address(value: &[u8]) -> Option<IpAddr> {
    match value.len() {
        4 => value
            .first_chunk::<4>()
            .map(|it| Ipv4Addr::from(*it).into()),
        _ => value
            .first_chunk::<16>()
            .map(|it| Ipv6Addr::from(*it).into()),
    }
}
