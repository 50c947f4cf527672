//! A relay's real traffic, as other people's tools capture it: every link type,
//! both IP versions, both file formats, whatever TCP did on the way.

use doormat::tape::{Packet, Reader};
use etherparse::PacketBuilder;

const CLIENT: &[u8] = b"GET / HTTP/1.1\r\nSec-WebSocket-Protocol: doormat.v1\r\n\r\n";
const MESSAGES: [&[u8]; 3] = [b"\x01\x01first", b"\x01\x02second", b"\x01\x01third"];

/// A client's bytes: its handshake, then each message in a masked frame.
fn stream() -> Vec<u8> {
    let mask = [7, 8, 9, 10];
    let frames = MESSAGES.iter().flat_map(|message| {
        let masked = message.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m);
        let length = u8::try_from(message.len()).unwrap();
        [0x82, 0x80 | length].into_iter().chain(mask).chain(masked)
    });
    CLIENT.iter().copied().chain(frames).collect()
}

/// A link type and its frames of a whole connection, as sent.
fn frames(link_type: u16, v6: bool) -> Vec<Vec<u8>> {
    let start = u32::MAX - 20;
    let frame = |sequence: u32, syn: bool, payload: &[u8]| {
        let ip = if v6 {
            PacketBuilder::ipv6([1; 16], [2; 16], 64)
        } else {
            PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
        };
        let tcp = ip.tcp(40_000, 7000, sequence, 1024);
        let tcp = if syn { tcp.syn() } else { tcp };
        let mut packet = Vec::new();
        tcp.write(&mut packet, payload).unwrap();
        let protocol: [u8; 2] = if v6 { [0x86, 0xdd] } else { [8, 0] };
        let link = match link_type {
            1 => [&[0; 12][..], &protocol].concat(),
            113 => [&[0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0][..], &protocol].concat(),
            276 => [&protocol[..], &[0; 18]].concat(),
            0 => vec![if v6 { 30 } else { 2 }, 0, 0, 0],
            108 => vec![0, 0, 0, if v6 { 30 } else { 2 }],
            _ => Vec::new(),
        };
        [link, packet].concat()
    };
    let mut frames = vec![frame(start, true, &[])];
    for (i, bytes) in stream().chunks(9).enumerate() {
        let offset = u32::try_from(9 * i).unwrap();
        frames.push(frame(
            start.wrapping_add(1).wrapping_add(offset),
            false,
            bytes,
        ));
    }
    frames
}

fn pcapng(link_type: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
        out.extend([&kind.to_le_bytes(), &length, body, &length].concat());
    };
    block(
        0x0a0d_0d0a,
        &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat(),
    );
    block(1, &[&link_type.to_le_bytes()[..], &[0; 6]].concat());
    for frame in frames {
        let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
        let padding = vec![0; frame.len().next_multiple_of(4) - frame.len()];
        block(
            6,
            &[&[0; 12][..], &length, &length, frame, &padding].concat(),
        );
    }
    out
}

fn pcap(link_type: u16, frames: &[Vec<u8>], big: bool, magic: u32) -> Vec<u8> {
    let word = |value: u32| {
        if big {
            value.to_be_bytes()
        } else {
            value.to_le_bytes()
        }
    };
    let version = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let mut out = [word(magic), version, word(0), word(0), word(262_144)].concat();
    out.extend(word(link_type.into()));
    for frame in frames {
        let length = word(u32::try_from(frame.len()).unwrap());
        out.extend([word(1_767_603_600), word(5), length, length].concat());
        out.extend(frame);
    }
    out
}

fn read(capture: &[u8]) -> (Vec<Packet>, u64) {
    let mut reader = Reader::new(capture).unwrap();
    let packets = reader.by_ref().map(Result::unwrap).collect();
    (packets, reader.passed_over())
}

fn payloads(capture: &[u8]) -> Vec<Vec<u8>> {
    read(capture)
        .0
        .into_iter()
        .map(|packet| packet.payload)
        .collect()
}

#[test]
fn every_link_type_both_ip_versions_and_both_formats_are_read() {
    for link_type in [0, 1, 101, 108, 113, 276] {
        for v6 in [false, true] {
            let frames = frames(link_type, v6);
            for capture in [
                pcapng(link_type, &frames),
                pcap(link_type, &frames, false, 0xa1b2_c3d4),
                pcap(link_type, &frames, true, 0xa1b2_c3d4),
                pcap(link_type, &frames, false, 0xa1b2_3c4d),
            ] {
                assert_eq!(
                    payloads(&capture),
                    MESSAGES,
                    "link type {link_type}, v6 {v6}"
                );
            }
        }
    }
}

#[test]
fn addresses_and_times_are_the_captures() {
    let capture = pcap(1, &frames(1, true), false, 0xa1b2_3c4d);
    let (packets, _) = read(&capture);
    assert_eq!(packets[0].source, std::net::Ipv6Addr::from([1; 16]));
    assert_eq!(packets[0].time.as_nanos(), 1_767_603_600_000_000_005);
}

#[test]
fn segments_may_come_in_any_order_and_twice() {
    let mut frames = frames(1, false);
    let last = frames.len() - 1;
    frames.swap(2, 5);
    frames.swap(3, last);
    frames.insert(4, frames[1].clone());
    frames.push(frames[6].clone());
    assert_eq!(payloads(&pcapng(1, &frames)), MESSAGES);
}

#[test]
fn other_traffic_is_passed_over_and_counted() {
    let mut other = Vec::new();
    PacketBuilder::ethernet2([0; 6], [1; 6])
        .ipv4([192, 0, 2, 7], [192, 0, 2, 8], 64)
        .udp(53, 53)
        .write(&mut other, b"a question")
        .unwrap();
    let mut frames = frames(1, false);
    frames.insert(0, vec![0xff; 60]);
    frames.insert(3, other.clone());
    frames.push(other);
    let (packets, passed_over) = read(&pcapng(1, &frames));
    assert_eq!(packets.len(), MESSAGES.len());
    assert!(passed_over >= 3);
}

#[test]
fn a_connection_whose_beginning_was_missed_is_passed_over() {
    let frames = frames(1, false);
    let (packets, passed_over) = read(&pcapng(1, &frames[1..]));
    assert!(packets.is_empty());
    assert_eq!(passed_over, u64::try_from(frames.len()).unwrap() - 1);
}
