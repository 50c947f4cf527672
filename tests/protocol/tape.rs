//! Recordings: what was written is read, whatever else is in the file, and however
//! it ends.

use std::{
    io::{self, Read},
    net::Ipv4Addr,
    time::Duration,
};

use doormat::tape::{Packet, Reader, TapeError, Unread, Writer};
use proptest::prelude::*;

fn packet(i: u8) -> Packet {
    Packet {
        time: Duration::from_micros(1_767_603_600_000_000 + u64::from(i)),
        source: Ipv4Addr::new(192, 0, 2, i).into(),
        destination: Ipv4Addr::new(192, 0, 2, 254).into(),
        payload: vec![i; usize::from(i)],
    }
}

fn recording(packets: &[Packet]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    for packet in packets {
        writer.record(packet).unwrap();
    }
    writer.finish().unwrap()
}

/// The packets before the end, and how it ended.
fn read(bytes: impl Read) -> (Vec<Packet>, Option<TapeError>) {
    let mut packets = Vec::new();
    match Reader::new(bytes) {
        Err(error) => return (packets, Some(error)),
        Ok(reader) => {
            for item in reader {
                match item {
                    Ok(packet) => packets.push(packet),
                    Err(error) => return (packets, Some(error)),
                }
            }
        }
    }
    (packets, None)
}

#[test]
fn what_was_recorded_is_read() {
    let packets: Vec<_> = (0..9).map(packet).collect();
    let (found, error) = read(recording(&packets).as_slice());
    assert!(error.is_none());
    assert_eq!(found, packets);
}

#[test]
fn a_recording_cut_short_gives_every_whole_packet_and_says_so() {
    let packets: Vec<_> = (0..4).map(packet).collect();
    let whole = recording(&packets);
    let ends: Vec<usize> = (0..=4).map(|n| recording(&packets[..n]).len()).collect();
    let section = usize::from(whole[4]);
    for length in 1..whole.len() {
        let (found, error) = read(&whole[..length]);
        let complete = ends.iter().filter(|&&end| end <= length).count();
        assert_eq!(found.len(), complete.saturating_sub(1), "{length} bytes");
        match error {
            None => assert!(length == section || ends.contains(&length)),
            Some(TapeError::Truncated { .. }) => assert!(!ends.contains(&length)),
            Some(TapeError::NotACapture) => assert!(length < 4),
            Some(error) => assert!(length < ends[0], "{length} bytes: {error}"),
        }
    }
}

#[test]
fn a_recording_that_trickles_in_is_read_the_same() {
    struct Trickle<'a>(&'a [u8]);
    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = out.len().min(3);
            self.0.read(&mut out[..length])
        }
    }
    let packets: Vec<_> = (0..40).map(packet).collect();
    let bytes = recording(&packets);
    assert_eq!(read(Trickle(&bytes)).0, packets);
}

#[test]
fn packets_longer_than_the_buffer_are_read() {
    let mut long = packet(1);
    long.payload = vec![7; 300_000];
    let packets = [packet(2), long, packet(3)];
    let (found, error) = read(recording(&packets).as_slice());
    assert!(error.is_none());
    assert_eq!(found, packets);
}

#[test]
fn other_files_are_named_for_what_they_are() {
    let text = b"From: alice\nTo: bob\n".as_slice();
    assert!(matches!(read(text).1, Some(TapeError::NotACapture)));
    assert!(matches!(read(io::empty()).1, Some(TapeError::Empty)));
    for magic in [0xa1b2_c3d4_u32, 0xa1b2_3c4d] {
        for bytes in [magic.to_be_bytes(), magic.to_le_bytes()] {
            let classic = [bytes.as_slice(), &[0; 20]].concat();
            assert!(read(classic.as_slice()).1.is_none());
            let cut = read(&classic[..10]).1;
            assert!(matches!(cut, Some(TapeError::Truncated { .. })), "{cut:?}");
        }
    }
}

#[test]
fn packets_of_other_protocols_are_passed_over_and_counted() {
    let mut bytes = recording(&[packet(1)]);
    let name = bytes.windows(7).rposition(|w| w == b"doormat").unwrap();
    bytes[name..name + 7].copy_from_slice(b"another");
    let mut reader = Reader::new(bytes.as_slice()).unwrap();
    assert!(reader.next().is_none());
    assert_eq!(reader.coverage().unread, [(Unread::OtherTraffic, 1)].into());
}

#[test]
fn a_block_that_claims_gigabytes_is_refused_without_them() {
    let mut bytes = recording(&[packet(1)]);
    let begin = recording(&[]).len();
    bytes[begin + 4..begin + 8].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let endless = bytes.chain(io::repeat(0));
    let (found, error) = read(endless);
    assert!(found.is_empty());
    assert!(
        matches!(error, Some(TapeError::Damaged { .. })),
        "{error:?}"
    );
}

#[test]
fn a_big_endian_recording_is_read() {
    let mut bytes = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
        bytes.extend([&kind.to_be_bytes(), &length, body, &length].concat());
    };
    let section = [&[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0][..], &[0xff; 8]].concat();
    block(0x0a0d_0d0a, &section);
    block(1, &[0, 252, 0, 0, 0, 0, 0, 0]);
    let pdu = [
        &[0, 12, 0, 8][..],
        b"doormat\0",
        &[0, 0, 0, 0],
        &[1, 2, 3, 4],
    ]
    .concat();
    let length = u32::try_from(pdu.len()).unwrap().to_be_bytes();
    let body = [&[0; 4][..], &[0; 4], &[0, 0, 0, 9], &length, &length, &pdu].concat();
    block(6, &body);
    let (found, error) = read(bytes.as_slice());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(found[0].payload, [1, 2, 3, 4]);
    assert_eq!(found[0].time, Duration::from_micros(9));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_makes_the_reader_panic_or_run_on(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = recording(&(0..6).map(packet).collect::<Vec<_>>());
        for (index, byte) in flips {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        prop_assert!(read(bytes.as_slice()).0.len() <= 64);
    }
}
