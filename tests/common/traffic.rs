//! A relay's traffic as a capture holds it, made packet by packet.

#![allow(dead_code, reason = "each test file uses a part")]

use etherparse::PacketBuilder;

pub const CLIENT: &[u8] = b"GET / HTTP/1.1\r\nSec-WebSocket-Protocol: doormat.v1\r\n\r\n";

/// How an envelope, a key bundle and another envelope begin.
pub const MESSAGES: [&[u8]; 3] = [
    b"\x01\x01\x02\x01first",
    b"\x01\x02\x06second",
    b"\x01\x01\x01\x02third",
];

/// The sequence number of a client's SYN.
pub const START: u32 = u32::MAX - 20;

/// A message in a frame from a client.
pub fn masked(message: &[u8]) -> Vec<u8> {
    let mask = [7, 8, 9, 10];
    let payload = message.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m);
    let length = u8::try_from(message.len()).unwrap();
    [0x82, 0x80 | length]
        .into_iter()
        .chain(mask)
        .chain(payload)
        .collect()
}

/// A client's bytes: its handshake, then each message in a frame.
pub fn stream() -> Vec<u8> {
    let frames = MESSAGES.iter().flat_map(|message| masked(message));
    CLIENT.iter().copied().chain(frames).collect()
}

/// An Ethernet frame from a client's port with a segment that is so far from its SYN.
pub fn ethernet(port: u16, offset: usize, flags: &str, payload: &[u8]) -> Vec<u8> {
    let sequence = START.wrapping_add(u32::try_from(offset).unwrap());
    segment([1, 2], [port, 7000], sequence, flags, payload)
}

/// An Ethernet frame from the relay's port.
pub fn answer(port: u16, sequence: u32, flags: &str, payload: &[u8]) -> Vec<u8> {
    segment([2, 1], [7000, port], sequence, flags, payload)
}

fn segment(hosts: [u8; 2], ports: [u16; 2], sequence: u32, flags: &str, payload: &[u8]) -> Vec<u8> {
    let [source, destination] = hosts.map(|host| [192, 0, 2, host]);
    let tcp = PacketBuilder::ethernet2([0; 6], [1; 6])
        .ipv4(source, destination, 64)
        .tcp(ports[0], ports[1], sequence, 1024);
    let tcp = flags.chars().fold(tcp, |tcp, flag| match flag {
        'S' => tcp.syn(),
        'F' => tcp.fin(),
        'R' => tcp.rst(),
        _ => tcp.ack(1),
    });
    let mut frame = Vec::new();
    tcp.write(&mut frame, payload).unwrap();
    frame
}

/// A client's whole connection: SYN, handshake, a segment for each message.
pub fn connection() -> Vec<Vec<u8>> {
    let mut frames = vec![ethernet(40_000, 0, "S", &[])];
    let mut offset = 1;
    for bytes in [CLIENT.to_vec()]
        .into_iter()
        .chain(MESSAGES.iter().map(|it| masked(it)))
    {
        frames.push(ethernet(40_000, offset, "A", &bytes));
        offset += bytes.len();
    }
    frames
}

/// Little-endian blocks of a pcapng file.
pub fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u32::try_from(body.len() + 12).unwrap().to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

pub fn section() -> Vec<u8> {
    block(
        0x0a0d_0d0a,
        &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0][..], &[0xff; 8]].concat(),
    )
}

pub fn interface(link_type: u16, options: &[u8]) -> Vec<u8> {
    block(
        1,
        &[&link_type.to_le_bytes()[..], &[0; 6], options].concat(),
    )
}

/// A packet of which the wire had `original` bytes.
pub fn enhanced(frame: &[u8], original: usize) -> Vec<u8> {
    let [captured, original] =
        [frame.len(), original].map(|it| u32::try_from(it).unwrap().to_le_bytes());
    block(6, &[&[0; 12][..], &captured, &original, frame].concat())
}

pub fn pcapng(link_type: u16, frames: &[Vec<u8>]) -> Vec<u8> {
    let mut out = [section(), interface(link_type, &[])].concat();
    for frame in frames {
        out.extend(enhanced(frame, frame.len()));
    }
    out
}

/// The same, each frame cut after `limit` bytes.
pub fn cut(frames: &[Vec<u8>], limit: usize) -> Vec<u8> {
    let mut out = [section(), interface(1, &[])].concat();
    for frame in frames {
        out.extend(enhanced(&frame[..frame.len().min(limit)], frame.len()));
    }
    out
}
