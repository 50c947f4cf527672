//! A relay's connections in a capture, whatever happened on the way and whoever else sends:
//! what can be read is read, and what is missing is said.

use std::{io::Cursor, iter};

use doormat::tape::{Losses, Packet, Reader, Unread};
use etherparse::PacketBuilder;

use crate::reading::read_frames;
use crate::traffic::{
    CLIENT, MESSAGES, START, answer, connection, ethernet, masked, pcapng, stream,
};

#[test]
fn a_connection_is_followed_without_its_syn_from_its_handshake() {
    let (found, coverage) = read_frames(&connection()[1..]);
    assert_eq!(found, MESSAGES);
    assert!(coverage.is_complete());
}

#[test]
fn a_connection_is_followed_from_its_middle_and_that_is_said() {
    let (found, coverage) = read_frames(&connection()[3..]);
    assert_eq!(found, MESSAGES[1..]);
    let joined = Losses {
        connections: 1,
        joined: 1,
        ..Losses::default()
    };
    assert_eq!(coverage.losses, joined);
    assert!(!coverage.is_complete());
}

#[test]
fn from_the_middle_of_somebody_elses_connection_nothing_is_read() {
    let foreign = [
        &b"\x17\x03\x03"[..],
        b"SSH-2.0",
        b"\x82\x05hello",
        b"\x81\x02{}",
    ];
    let mut offset = 1;
    let frames: Vec<_> = foreign
        .into_iter()
        .map(|bytes| {
            offset += bytes.len();
            ethernet(9, offset - bytes.len(), "A", bytes)
        })
        .collect();
    let (found, coverage) = read_frames(&frames);
    assert!(found.is_empty());
    assert_eq!(coverage.unread[&Unread::BeganBefore], 4);
}

#[test]
fn a_lost_segment_is_counted_and_what_follows_is_read() {
    let mut frames = connection();
    frames.remove(3);
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, [MESSAGES[0], MESSAGES[2]]);
    let lost = Losses {
        connections: 1,
        bytes: u64::try_from(masked(MESSAGES[1]).len()).unwrap(),
        ..Losses::default()
    };
    assert_eq!(coverage.losses, lost);
}

#[test]
fn a_lost_segment_at_the_end_is_known_by_its_acknowledgment() {
    let mut frames = connection();
    frames.pop();
    let mut acknowledged = Vec::new();
    let end = START.wrapping_add(1 + u32::try_from(stream().len()).unwrap());
    PacketBuilder::ethernet2([0; 6], [1; 6])
        .ipv4([192, 0, 2, 2], [192, 0, 2, 1], 64)
        .tcp(7000, 40_000, 5, 1024)
        .ack(end)
        .write(&mut acknowledged, &[])
        .unwrap();
    frames.push(acknowledged);
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES[..2]);
    let missing = u64::try_from(masked(MESSAGES[2]).len()).unwrap();
    assert_eq!(coverage.losses.bytes, missing);
}

/// What somebody sends who knows addresses and ports, and no sequence number.
fn forged(i: usize) -> Vec<(&'static str, Vec<u8>)> {
    let far = (1 << 30) + (i << 22);
    let there = u32::try_from(far).unwrap();
    let ours = [CLIENT, &masked(MESSAGES[0])].concat();
    vec![
        ("another SYN", ethernet(40_000, far, "S", &[])),
        ("a SYN and ACK", ethernet(40_000, far, "SA", &[])),
        ("an RST", ethernet(40_000, far, "R", b"no such port")),
        ("a FIN", ethernet(40_000, far, "FA", &[])),
        ("bytes", ethernet(40_000, far, "A", b"some bytes")),
        (
            "a request",
            ethernet(40_000, far, "A", b"GET / HTTP/1.1\r\n\r\n"),
        ),
        ("a SYN with bytes", ethernet(40_000, far, "S", b"SSH")),
        (
            "a frame of ours, cut",
            ethernet(40_000, far, "A", &ours[CLIENT.len()..][..9]),
        ),
        ("the relay's SYN and ACK", answer(40_000, there, "SA", &[])),
        ("the relay's RST", answer(40_000, there, "R", &[])),
        (
            "the relay's bytes",
            answer(40_000, there, "A", b"some bytes"),
        ),
        (
            "the relay's refusal",
            answer(40_000, there, "A", b"HTTP/1.1 404 No\r\n\r\n"),
        ),
    ]
}

#[test]
fn what_anybody_can_send_into_a_connection_hides_nothing() {
    let sound = connection();
    for (sound, expected) in [(&sound[..], &MESSAGES[..]), (&sound[2..], &MESSAGES[..])] {
        for (kind, (name, _)) in forged(0).iter().enumerate() {
            for (run, at) in [(1, 0), (1, 1), (1, 2), (3, 1), (16, 1), (40, 2)] {
                let mut frames = sound.to_vec();
                let many = (0..run).map(|i| forged(i).swap_remove(kind).1);
                frames.splice(at..at, many);
                let (found, coverage) = read_frames(&frames);
                let found: Vec<_> = found
                    .into_iter()
                    .filter(|it| expected.contains(&&it[..]))
                    .collect();
                assert_eq!(found, expected, "{run} times {name} before {at}");
                assert!(
                    coverage.losses.bytes < 2000,
                    "{run} times {name}: {coverage:?}"
                );
            }
        }
    }
}

#[test]
fn what_is_sent_again_into_a_connection_hides_nothing() {
    let sound = connection();
    let end = 1 + CLIENT.len();
    for (name, again) in [
        ("the same SYN", sound[0].clone()),
        ("an RST", ethernet(40_000, end, "R", &[])),
        ("a FIN", ethernet(40_000, end, "FA", &[])),
        ("a keep-alive", ethernet(40_000, end - 1, "A", b"\0")),
        ("the handshake", sound[1].clone()),
    ] {
        for at in 1..=sound.len() {
            let mut frames = sound.clone();
            frames.insert(at, again.clone());
            frames.insert(at, ethernet(40_000, 3_333_333, "S", &[]));
            let (found, coverage) = read_frames(&frames);
            assert_eq!(found, MESSAGES, "{name} before {at}");
            assert_eq!(coverage.losses, Losses::default(), "{name} before {at}");
        }
    }
}

#[test]
fn what_comes_through_a_tunnel_hides_nothing_of_what_comes_without() {
    let sound = connection();
    let mut frames = vec![sound[0].clone()];
    for frame in &sound[1..] {
        // The same ports, other bytes: from whoever may send to VXLAN's port.
        let mut inner = frame.clone();
        let last = inner.len() - 1;
        inner[last] ^= 0x55;
        let udp = PacketBuilder::ethernet2([0; 6], [1; 6])
            .ipv4([203, 0, 113, 9], [192, 0, 2, 2], 64)
            .udp(1, 4789);
        let mut outer = Vec::new();
        let header = [8, 0, 0, 0, 0, 0, 7, 0];
        udp.write(&mut outer, &[&header[..], &inner].concat())
            .unwrap();
        frames.extend([outer, frame.clone()]);
    }
    let (found, _) = read_frames(&frames);
    let ours = found
        .iter()
        .filter(|it| MESSAGES.contains(&&it[..]))
        .count();
    assert!(ours >= MESSAGES.len(), "{found:?}");
}

#[test]
fn ports_that_are_used_again_are_followed_in_one_direction_too() {
    let response = b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Protocol: doormat.v1\r\n\r\n";
    let mut frames = Vec::new();
    for i in 0..7_u32 {
        let first = i * 700_000_000;
        frames.push(answer(5, first, "SA", &[]));
        let mut at = first + 1;
        for bytes in [&response[..], &[&[0x82, 9], MESSAGES[0]].concat()] {
            frames.push(answer(5, at, "A", bytes));
            at += u32::try_from(bytes.len()).unwrap();
        }
    }
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, [MESSAGES[0]; 7]);
    assert_eq!(coverage.losses.bytes, 0);
}

#[test]
fn a_message_that_ends_with_the_capture_is_missing() {
    let mut frames = connection();
    let last = frames.pop().unwrap();
    let shorter = masked(MESSAGES[2]).len() - 4;
    let offset = 1 + stream().len() - masked(MESSAGES[2]).len();
    frames.push(ethernet(
        40_000,
        offset,
        "A",
        &masked(MESSAGES[2])[..shorter],
    ));
    assert_ne!(frames.last(), Some(&last));
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES[..2]);
    assert_eq!(coverage.losses.bytes, u64::try_from(shorter).unwrap());
}

#[test]
fn a_forged_acknowledgment_neither_hides_a_loss_nor_makes_one_up() {
    let sound = connection();
    let forged = |ack: u32| {
        let mut frame = answer(40_000, 9, "A", &[]);
        frame[42..46].copy_from_slice(&ack.to_be_bytes());
        frame
    };
    for ack in [5, 1 << 30, START.wrapping_add(9_000_000)] {
        let mut frames = sound.clone();
        frames.insert(0, forged(ack));
        frames.insert(3, forged(ack));
        assert_eq!(read_frames(&frames).1.losses, Losses::default(), "{ack}");
        let end = START.wrapping_add(1 + u32::try_from(stream().len()).unwrap());
        frames.pop();
        frames.push(forged(end));
        let missing = u64::try_from(masked(MESSAGES[2]).len()).unwrap();
        assert_eq!(read_frames(&frames).1.losses.bytes, missing, "{ack}");
    }
}

#[test]
fn a_syn_may_come_behind_what_it_begins_and_ports_may_be_used_again() {
    let mut late = connection();
    late.swap(0, 1);
    assert_eq!(read_frames(&late).0, MESSAGES);
    let mut again = connection();
    again.push(ethernet(40_000, 0, "FA", &[]));
    let second: Vec<_> = (0..5)
        .zip(iter::once(Vec::new()).chain(iter::once(CLIENT.to_vec()).chain(MESSAGES.map(masked))))
        .scan(5_000_000, |offset, (i, bytes)| {
            let flags = if i == 0 { "S" } else { "A" };
            let frame = ethernet(40_000, *offset, flags, &bytes);
            *offset += bytes.len().max(1);
            Some(frame)
        })
        .collect();
    again.extend(second);
    let (found, coverage) = read_frames(&again);
    assert_eq!(found, [MESSAGES, MESSAGES].concat());
    assert!(coverage.is_complete(), "{coverage:?}");
}

#[test]
fn a_scan_of_a_hundred_thousand_ports_pushes_out_no_connection_of_ours() {
    let sound = connection();
    let mut frames = sound[..3].to_vec();
    for i in 0..100_000_u32 {
        let mut scan = ethernet(1, 0, "S", &[]);
        scan[26..30].copy_from_slice(&(0x0a00_0000 + i).to_be_bytes());
        frames.push(scan);
    }
    frames.extend_from_slice(&sound[3..]);
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert_eq!(coverage.unread[&Unread::OtherTraffic], 100_000);
    assert_eq!(coverage.losses, Losses::default());
}

#[test]
fn forged_resets_and_a_scan_push_out_no_connection_of_ours() {
    let sound = connection();
    let message = masked(MESSAGES[0]);
    let (begun, rest) = message.split_at(5);
    let offset = 1 + CLIENT.len();
    let mut frames = sound[..2].to_vec();
    frames.push(ethernet(40_000, offset, "A", begun));
    frames.push(ethernet(40_000, 1 << 30, "R", &[]));
    frames.push(answer(40_000, 1, "SA", &[]));
    frames.push(answer(40_000, 1 << 30, "R", &[]));
    // Each of them speaks, so that only what goes on is worth more.
    for i in 0..40_000_u32 {
        for (flags, offset, bytes) in [
            ("S", 0, &b""[..]),
            ("A", 1, b"GET / HTTP"),
            ("A", 11, b"/1.1"),
        ] {
            let mut scan = ethernet(1, offset, flags, bytes);
            scan[26..30].copy_from_slice(&(0x0a00_0000 + i).to_be_bytes());
            frames.push(scan);
        }
    }
    frames.push(ethernet(40_000, offset + 5, "A", rest));
    frames.extend_from_slice(&sound[3..]);
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert_eq!(coverage.losses, Losses::default());
}

#[test]
fn what_waits_behind_gaps_is_bounded_over_all_connections() {
    // Three hundred connections of ours, each with a gap and almost a megabyte behind it.
    let mut frames = Vec::new();
    for port in 1..=300 {
        frames.push(ethernet(port, 0, "S", &[]));
        frames.push(ethernet(port, 1, "A", CLIENT));
        for i in 0..15 {
            frames.push(ethernet(port, 100_000 + i * 60_000, "A", &[0x89; 60_000]));
        }
    }
    let (_, coverage) = read_frames(&frames);
    assert_eq!(coverage.losses.connections, 300);
}

#[test]
fn other_traffic_is_passed_over_and_counted() {
    let mut other = Vec::new();
    PacketBuilder::ethernet2([0; 6], [1; 6])
        .ipv4([192, 0, 2, 7], [192, 0, 2, 8], 64)
        .udp(53, 53)
        .write(&mut other, b"a question")
        .unwrap();
    let mut frames = connection();
    frames.insert(0, vec![0xff; 60]);
    frames.insert(3, other.clone());
    frames.push(other);
    frames.push(ethernet(22, 0, "S", &[]));
    frames.push(ethernet(22, 1, "A", b"SSH-2.0-OpenSSH"));
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert_eq!(coverage.read, u64::try_from(connection().len()).unwrap());
    assert_eq!(coverage.unread, [(Unread::OtherTraffic, 5)].into());
    assert!(coverage.is_complete());
}

#[test]
fn megabytes_of_tiny_frames_and_segments_take_time_in_proportion() {
    // A gap that closes, behind it a megabyte of empty pings: over and over. Linear work
    // ends at once; anything else takes minutes in an unoptimized build.
    let mut frames = vec![ethernet(5, 0, "S", &[]), ethernet(5, 1, "A", CLIENT)];
    let mut offset = 1 + CLIENT.len();
    for _ in 0..8 {
        let gap = offset;
        offset += 2;
        for _ in 0..16 {
            frames.push(ethernet(5, offset, "A", &b"\x89\0".repeat(30_000)));
            offset += 60_000;
        }
        frames.push(ethernet(5, gap, "A", b"\x89\0"));
    }
    // A message of 100 kB, a byte a segment.
    let mut message = [0x82, 127, 0, 0, 0, 0, 0, 1, 0x86, 0xa0].to_vec();
    message.extend([1, 1, 1, 1]);
    message.resize(10 + 100_000, 0);
    for byte in &message {
        frames.push(ethernet(5, offset, "A", &[*byte]));
        offset += 1;
    }
    let mut packets = Vec::<Packet>::new();
    let mut reader = Reader::new(Cursor::new(pcapng(1, &frames))).unwrap();
    packets.extend(reader.by_ref().map(Result::unwrap));
    assert_eq!(packets.len(), 1);
    assert_eq!(packets[0].payload.len(), 100_000);
    assert!(reader.coverage().is_complete());
}

#[test]
fn what_waits_for_its_end_is_bounded_over_all_connections() {
    // Handshakes and messages that never end, from a thousand ports.
    let mut frames = Vec::new();
    for port in 1..=1000 {
        frames.push(ethernet(port, 0, "S", &[]));
        frames.push(ethernet(
            port,
            1,
            "A",
            &[b"GET ", &[b'x'; 15_000][..]].concat(),
        ));
        frames.push(ethernet(port + 2000, 0, "S", &[]));
        let unfinished = [CLIENT, b"\x82\x7f\0\0\0\0\0\x01\x86\xa0", &[1; 60_000]].concat();
        frames.push(ethernet(port + 2000, 1, "A", &unfinished));
    }
    // Ours goes on meanwhile.
    let at = frames.len() / 2;
    frames.splice(at..at, connection());
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert!(coverage.losses.connections > 300, "{coverage:?}");
}

#[test]
fn the_direction_of_which_nothing_was_captured_is_missing() {
    let mut frames = connection();
    for (frame, received) in frames.iter_mut().zip([1_u32, 1, 60, 200, 300]) {
        frame[42..46].copy_from_slice(&received.to_be_bytes());
    }
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert_eq!(coverage.losses.bytes, 299);
}

#[test]
fn what_was_cut_short_and_lies_far_away_is_counted_once() {
    let mut frames = connection();
    frames.push(ethernet(40_000, 1 << 30, "A", &[7; 90]));
    let capture = crate::traffic::cut(&frames, frames[1].len());
    let (_, coverage) = crate::reading::read(&capture, frames.len());
    assert_eq!(coverage.unread, [(Unread::CutShort, 1)].into());
}

#[test]
fn connections_that_wait_for_nothing_are_not_given_up_for_others() {
    // Two thousand of ours, each with a long message, whole; then a ping and another.
    let mut long = MESSAGES[0].to_vec();
    long.resize(60_000, 7);
    let length = u16::try_from(long.len()).unwrap().to_be_bytes();
    let whole = [&[0x82, 126][..], &length, &long].concat();
    let mut frames = Vec::new();
    for port in 1..=2000 {
        frames.push(ethernet(port, 0, "S", &[]));
        frames.push(ethernet(port, 1, "A", CLIENT));
        frames.push(ethernet(port, 1 + CLIENT.len(), "A", &whole));
    }
    for port in 1..=2000 {
        let offset = 1 + CLIENT.len() + whole.len();
        frames.push(ethernet(port, offset, "A", b"\x89\0"));
        frames.push(ethernet(port, offset + 2, "A", &masked(MESSAGES[1])));
    }
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found.len(), 4000);
    assert_eq!(coverage.losses, Losses::default());
}
