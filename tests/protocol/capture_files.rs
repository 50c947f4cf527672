//! Capture files as their many writers leave them: what is sound is read, what is not is named.

use doormat::tape::{Reader, TapeError, Unread};

use crate::reading::{payloads, read};
use crate::traffic::{MESSAGES, block, connection, enhanced, interface, pcapng, section};

fn option(code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let mut out = [&code.to_le_bytes()[..], &length.to_le_bytes(), value].concat();
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// A file of these blocks, then the packets of a connection.
fn with_packets(blocks: &[Vec<u8>]) -> Vec<u8> {
    let mut file = blocks.concat();
    for frame in connection() {
        file.extend(enhanced(&frame, frame.len()));
    }
    file
}

fn assert_all_read(file: &[u8]) {
    let (packets, coverage) = read(file, connection().len());
    assert_eq!(payloads(packets), MESSAGES);
    assert!(coverage.is_complete(), "{coverage:?}");
}

#[test]
fn large_blocks_of_other_kinds_and_long_comments_are_passed_over() {
    for size in [60_000, 1 << 20, 3_000_000, 40_000_000] {
        let secrets = block(10, &vec![b'#'; size]);
        assert_all_read(&with_packets(&[
            section(),
            secrets.clone(),
            interface(1, &[]),
        ]));
        assert_all_read(&with_packets(&[section(), interface(1, &[]), secrets]));
    }
    let comments = option(1, &[b'x'; 60_000]).repeat(3);
    let long = [section(), interface(1, &comments)];
    assert_all_read(&with_packets(&long));
    let mut file = long.concat();
    for frame in connection() {
        let mut packet = enhanced(&frame, frame.len());
        packet.truncate(packet.len() - 4);
        packet.extend(comments.repeat(9));
        file.extend(block(6, &packet[8..]));
    }
    assert_all_read(&file);
}

#[test]
fn obsolete_and_simple_packet_blocks_are_read() {
    let mut simple = [section(), interface(1, &[])].concat();
    let mut obsolete = simple.clone();
    for frame in connection() {
        let length = u32::try_from(frame.len()).unwrap().to_le_bytes();
        simple.extend(block(3, &[&length[..], &frame].concat()));
        obsolete.extend(block(2, &[&[0; 12][..], &length, &length, &frame].concat()));
    }
    assert_all_read(&simple);
    assert_all_read(&obsolete);
}

#[test]
fn times_are_counted_in_powers_of_two_and_offsets_in_either_byte_order() {
    let ticks = 3_u32 << 20;
    let packet = |order: fn(u32) -> [u8; 4]| {
        let frame = connection().remove(2);
        let length = order(u32::try_from(frame.len()).unwrap());
        let mut body = [[0; 4], [0; 4], order(ticks), length, length].concat();
        body.extend(&frame);
        body.resize(body.len().next_multiple_of(4), 0);
        body
    };
    for offset in [0_i64, 1_767_603_600, -2] {
        let options = [option(9, &[0x94]), option(14, &offset.to_le_bytes())].concat();
        let little = [
            section(),
            interface(1, &options),
            block(6, &packet(u32::to_le_bytes)),
        ];
        let big_block = |kind: u32, body: &[u8]| {
            let length = u32::try_from(body.len() + 12).unwrap().to_be_bytes();
            [&kind.to_be_bytes()[..], &length, body, &length].concat()
        };
        let magic = [&[0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0][..], &[0xff; 8]].concat();
        let options = [
            &[0, 1, 0, 0, 0, 0, 0, 0][..],
            &[0, 9, 0, 1, 0x94, 0, 0, 0, 0, 14, 0, 8],
            &offset.to_be_bytes(),
        ]
        .concat();
        let big = [
            big_block(0x0a0d_0d0a, &magic),
            big_block(1, &options),
            big_block(6, &packet(u32::to_be_bytes)),
        ];
        for file in [little.concat(), big.concat()] {
            let (packets, _) = read(&file, 1);
            let expected = u64::try_from(offset + 3).unwrap();
            assert_eq!(packets[0].time.as_secs(), expected, "{offset}");
        }
    }
}

#[test]
fn a_packet_without_a_time_is_read() {
    // A resolution beyond 64 bits, and a time before 1970.
    for options in [option(9, &[0xff]), option(14, &(-5_i64).to_le_bytes())] {
        let (packets, coverage) = read(
            &with_packets(&[section(), interface(1, &options)]),
            connection().len(),
        );
        assert!(packets.iter().all(|it| it.time.is_zero()));
        assert_eq!(payloads(packets), MESSAGES);
        assert!(coverage.is_complete());
    }
}

#[test]
fn what_the_capturing_program_lost_is_told_wherever_it_says_so() {
    let statistics = |interface: u8, code: u16, lost: u64| {
        let options = option(code, &lost.to_le_bytes());
        block(5, &[&[interface, 0, 0, 0][..], &[0; 8], &options].concat())
    };
    let sound = pcapng(1, &connection());
    let frame = vec![0xff; 60];
    let length = [60, 0, 0, 0];
    let with_count = {
        let options = option(4, &3_u64.to_le_bytes());
        block(
            6,
            &[&[0; 12][..], &length, &length, &frame, &options].concat(),
        )
    };
    let obsolete = block(
        2,
        &[&[0, 0, 4, 0][..], &[0; 8], &length, &length, &frame].concat(),
    );
    let cases = [
        ([statistics(0, 5, 7), statistics(0, 5, 9)].concat(), 0, 9),
        (statistics(0, 7, 6), 0, 6),
        ([statistics(0, 5, 1), statistics(0, 7, 2)].concat(), 0, 2),
        ([with_count.clone(), with_count].concat(), 2, 6),
        (obsolete, 1, 4),
        (statistics(9, 5, 7), 0, 0),
    ];
    for (more, packets, lost) in cases {
        let file = [sound.clone(), more].concat();
        let (_, coverage) = read(&file, connection().len() + packets);
        assert_eq!(coverage.losses.dropped, lost);
        assert_eq!(coverage.is_complete(), lost == 0);
    }
}

#[test]
fn packets_that_contradict_their_file_are_counted_and_the_others_read() {
    let undescribed = {
        let mut packet = enhanced(b"frame", 5);
        packet[8] = 3;
        packet
    };
    let too_long = block(
        6,
        &[&[0; 12][..], &[200, 0, 0, 0, 200, 0, 0, 0, 1, 2, 3, 4]].concat(),
    );
    let too_short = block(6, &[0; 8]);
    let file = [pcapng(1, &connection()), undescribed, too_long, too_short].concat();
    let (packets, coverage) = read(&file, connection().len() + 3);
    assert_eq!(payloads(packets), MESSAGES);
    let expected = [(Unread::Damaged, 2), (Unread::NotDescribed, 1)];
    assert_eq!(coverage.unread, expected.into());
}

#[test]
fn compressed_files_and_other_formats_are_named_with_the_command_that_helps() {
    for (head, command) in [
        (&b"\x1f\x8b\x08\0\0\0\0\0"[..], "gzip"),
        (b"\x28\xb5\x2f\xfd\0\0\0\0", "zstd"),
        (b"\xfd7zXZ\0\0\0", "xz"),
        (b"snoop\0\0\0", "editcap"),
    ] {
        match Reader::new(head).err() {
            Some(TapeError::OtherFormat { command: found, .. }) => {
                assert!(found.starts_with(command));
            }
            other => panic!("{other:?}"),
        }
    }
}
