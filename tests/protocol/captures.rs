//! A relay's real traffic, as other people's tools capture it: every link type,
//! both IP versions, tunnels and fragments.

use doormat::tape::Unread;
use etherparse::PacketBuilder;

use crate::reading::{payloads, read, read_frames};
use crate::traffic::{CLIENT, MESSAGES, START, connection, cut, ethernet, masked, pcapng, stream};

/// A link type and its frames of a whole connection, as sent.
fn frames(link_type: u16, v6: bool) -> Vec<Vec<u8>> {
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
        let family = if v6 { 30 } else { 2 };
        let link: Vec<u8> = match link_type {
            1 => [&[0; 12][..], &protocol].concat(),
            // A tunnel device's hardware type, as `tcpdump -i any` shows it.
            113 => [
                &[0, 0, 0xff, 0xfe, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0][..],
                &protocol,
            ]
            .concat(),
            276 => [&protocol[..], &[0; 18]].concat(),
            0 => vec![family, 0, 0, 0],
            108 => vec![0, 0, 0, family],
            9 => vec![0xff, 3, 0, if v6 { 0x57 } else { 0x21 }],
            104 => [&[0x0f, 0][..], &protocol].concat(),
            239 => {
                let length = u16::try_from(packet.len() + 4).unwrap().to_le_bytes();
                [
                    &[family, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 0][..],
                    &length,
                    &[9, 0],
                ]
                .concat()
            }
            258 => [&[12, 0, 0, 0][..], &[1, 0, 0, 0, 101, 0, 0, 0]].concat(),
            _ => Vec::new(),
        };
        [link, packet].concat()
    };
    let mut frames = vec![frame(START, true, &[])];
    for (i, bytes) in stream().chunks(9).enumerate() {
        let offset = u32::try_from(9 * i).unwrap();
        let sequence = START.wrapping_add(1).wrapping_add(offset);
        frames.push(frame(sequence, false, bytes));
    }
    frames
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
    // The upper bits: a frame check sequence of four bytes follows each frame.
    out.extend(word(0x4400_0000 | u32::from(link_type)));
    for frame in frames {
        let length = word(u32::try_from(frame.len()).unwrap());
        out.extend([word(1_767_603_600), word(5), length, length].concat());
        if magic == 0xa1b2_cd34 {
            out.extend([0; 8]);
        }
        out.extend(frame);
    }
    out
}

#[test]
fn every_link_type_both_ip_versions_and_all_formats_are_read() {
    for link_type in [0, 1, 9, 12, 14, 101, 104, 108, 113, 239, 258, 276] {
        for v6 in [false, true] {
            let frames = frames(link_type, v6);
            for capture in [
                pcapng(link_type, &frames),
                pcap(link_type, &frames, false, 0xa1b2_c3d4),
                pcap(link_type, &frames, true, 0xa1b2_c3d4),
                pcap(link_type, &frames, false, 0xa1b2_3c4d),
                pcap(link_type, &frames, true, 0xa1b2_cd34),
            ] {
                let (packets, coverage) = read(&capture, frames.len());
                assert_eq!(payloads(packets), MESSAGES, "{link_type}, v6 {v6}");
                assert!(coverage.is_complete() && coverage.unread.is_empty());
            }
        }
    }
}

#[test]
fn addresses_and_times_are_the_captures() {
    let frames = frames(1, true);
    let (packets, _) = read(&pcap(1, &frames, false, 0xa1b2_3c4d), frames.len());
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
    assert_eq!(read_frames(&frames).0, MESSAGES);
}

/// What a tunnel puts around an Ethernet frame.
type Tunnel = (&'static str, fn(&[u8]) -> Vec<u8>);

/// A frame around an IP packet of this protocol.
fn around(protocol: u8, inner: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + inner.len()).unwrap().to_be_bytes();
    let header = [
        &[0x45, 0][..],
        &length,
        &[0, 0, 0x40, 0, 64, protocol, 0, 0],
        &[10; 8],
    ];
    [&[0; 12][..], &[8, 0], &header.concat(), inner].concat()
}

fn udp(port: u16, inner: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + inner.len()).unwrap().to_be_bytes();
    let header = [
        &[0x30, 0x39][..],
        &port.to_be_bytes(),
        &length,
        &[0, 0],
        inner,
    ];
    around(17, &header.concat())
}

const TUNNELS: [Tunnel; 14] = [
    ("VLAN", |it| {
        [&it[..12], &[0x81, 0, 0, 7], &it[12..]].concat()
    }),
    ("five VLANs", |it| {
        [
            &it[..12],
            &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 7].repeat(3)[..20],
            &it[12..],
        ]
        .concat()
    }),
    ("802.2 SNAP", |it| {
        [&it[..12], &[0, 99, 0xaa, 0xaa, 3, 0, 0, 0], &it[12..]].concat()
    }),
    ("PPPoE", |it| {
        [
            &it[..12],
            &[0x88, 0x64, 0x11, 0, 0, 1, 0, 9, 0, 0x21],
            &it[14..],
        ]
        .concat()
    }),
    ("MPLS", |it| {
        [&it[..12], &[0x88, 0x47, 0, 1, 0, 9, 0, 2, 1, 9], &it[14..]].concat()
    }),
    ("MPLS pseudowire", |it| {
        [&it[..12], &[0x88, 0x47, 0, 1, 1, 9, 0, 0, 0, 0], it].concat()
    }),
    ("IP in IP", |it| around(4, &it[14..])),
    ("GRE", |it| around(47, &[&[0, 0, 8, 0], &it[14..]].concat())),
    ("GRE with a key, bridging", |it| {
        around(47, &[&[0x20, 0, 0x65, 0x58, 1, 2, 3, 4], it].concat())
    }),
    ("ERSPAN", |it| {
        around(
            47,
            &[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &[0; 8], it].concat(),
        )
    }),
    ("VXLAN", |it| {
        udp(4789, &[&[8, 0, 0, 0, 0, 0, 7, 0], it].concat())
    }),
    ("GENEVE", |it| {
        udp(
            6081,
            &[&[1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 4], it].concat(),
        )
    }),
    ("VXLAN in VXLAN", |it| {
        let once = udp(4789, &[&[8, 0, 0, 0, 0, 0, 7, 0], it].concat());
        udp(8472, &[&[8, 0, 0, 0, 0, 0, 7, 0], &once[..]].concat())
    }),
    ("offload, without a length", |it| {
        [&it[..16], &[0, 0], &it[18..]].concat()
    }),
];

#[test]
fn tags_labels_and_tunnels_are_read() {
    for (name, wrap) in TUNNELS {
        let frames: Vec<_> = frames(1, false).iter().map(|it| wrap(it)).collect();
        let (found, coverage) = read_frames(&frames);
        assert_eq!(found, MESSAGES, "{name}");
        assert!(coverage.unread.is_empty(), "{name}: {coverage:?}");
    }
}

#[test]
fn tunnels_that_are_not_read_are_named_and_endless_ones_end() {
    let esp = around(50, &[0; 40]);
    let gtp = udp(2152, &[0; 40]);
    let deep = (0..40).fold(frames(1, false).remove(0), |it, _| around(4, &it[14..]));
    let (_, coverage) = read_frames(&[esp, gtp, deep]);
    let named: Vec<_> = coverage.unread.into_keys().collect();
    assert!(named.contains(&Unread::Tunnel("ESP")) && named.contains(&Unread::Tunnel("GTP-U")));
    assert_eq!(named.len(), 3);
}

/// An IPv4 frame in fragments of so many bytes.
fn fragments(frame: &[u8], size: usize, identification: u16) -> Vec<Vec<u8>> {
    let body = &frame[34..];
    let parts = body.chunks(size).enumerate().map(|(i, part)| {
        let mut out = [&frame[..34], part].concat();
        let length = u16::try_from(20 + part.len()).unwrap();
        let more = if (i + 1) * size < body.len() {
            0x2000
        } else {
            0
        };
        let offset = u16::try_from(i * size / 8).unwrap();
        out[16..18].copy_from_slice(&length.to_be_bytes());
        out[18..20].copy_from_slice(&identification.to_be_bytes());
        out[20..22].copy_from_slice(&(offset | more).to_be_bytes());
        out
    });
    parts.collect()
}

#[test]
fn fragments_are_put_together_in_any_order_and_those_without_their_others_are_counted() {
    let connection = connection();
    let mut frames: Vec<_> = (1..)
        .zip(&connection)
        .flat_map(|(id, frame)| fragments(frame, 16, id).into_iter().rev())
        .collect();
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES);
    assert!(coverage.unread.is_empty(), "{coverage:?}");
    frames.pop();
    let (found, coverage) = read_frames(&frames);
    assert_eq!(found, MESSAGES[..2]);
    let left = fragments(&connection[4], 16, 1).len() - 1;
    assert_eq!(
        coverage.unread[&Unread::Fragment],
        u64::try_from(left).unwrap()
    );
    assert!(!coverage.is_complete());
}

#[test]
fn ten_thousand_first_fragments_wait_within_bounds_and_are_all_counted() {
    let whole = ethernet(1, 1, "A", &[0; 3000]);
    let frames: Vec<_> = (0..10_000)
        .map(|id| fragments(&whole, 1480, id).remove(0))
        .collect();
    let (_, coverage) = read_frames(&frames);
    assert_eq!(coverage.unread[&Unread::Fragment], 10_000);
}

#[test]
fn frames_that_were_cut_short_are_counted_and_what_they_lack_is_missing() {
    let sound = connection();
    let whole = cut(&sound, 2000);
    assert!(read(&whole, sound.len()).1.is_complete());
    // The handshake is whole, and the first message is not.
    let mut frames = sound.clone();
    let limit = frames[1].len();
    let mut long = MESSAGES[0].to_vec();
    long.resize(120, 7);
    frames[2] = ethernet(40_000, 1 + CLIENT.len(), "A", &masked(&long));
    frames.truncate(3);
    let (packets, coverage) = read(&cut(&frames, limit), 3);
    assert!(packets.is_empty());
    assert_eq!(coverage.unread, [(Unread::CutShort, 1)].into());
    assert_eq!(coverage.losses.connections, 1);
    // Not even the handshake.
    let (packets, coverage) = read(&cut(&sound, 60), sound.len());
    assert!(packets.is_empty());
    assert_eq!(coverage.unread[&Unread::CutShort], 5);
    // Not even the headers.
    let (_, coverage) = read(&cut(&sound, 30), sound.len());
    assert_eq!(coverage.unread, [(Unread::CutShort, 5)].into());
}

#[test]
fn link_types_that_are_not_read_are_named() {
    let frames = connection();
    let (packets, coverage) = read(&pcapng(127, &frames), frames.len());
    assert!(packets.is_empty());
    assert_eq!(coverage.unread, [(Unread::LinkType(127), 5)].into());
}

#[test]
fn fragments_that_were_captured_twice_or_forged_hide_nothing() {
    let parts: Vec<_> = (1..)
        .zip(&connection())
        .map(|(id, frame)| fragments(frame, 16, id))
        .collect();
    let twice: Vec<_> = parts
        .iter()
        .flatten()
        .flat_map(|it| [it.clone(), it.clone()])
        .collect();
    let (found, coverage) = read_frames(&twice);
    assert_eq!(found, MESSAGES);
    assert!(coverage.unread.is_empty(), "{coverage:?}");
    // A last part of another length, under the number of each packet.
    let mut forged = Vec::new();
    for (id, parts) in (1..).zip(&parts) {
        let mut part = fragments(&ethernet(1, 1, "A", &[0; 8]), 8, id)
            .pop()
            .unwrap();
        part[20..22].copy_from_slice(&1_u16.to_be_bytes());
        forged.push(part);
        forged.extend(parts.clone());
    }
    assert_eq!(read_frames(&forged).0, MESSAGES);
}

#[test]
fn a_packet_in_thousands_of_pieces_is_given_up_and_counted() {
    let whole = ethernet(1, 1, "A", &[0; 60_000]);
    let pieces: Vec<_> = fragments(&whole, 8, 7).into_iter().step_by(2).collect();
    let (_, coverage) = read_frames(&pieces);
    assert_eq!(
        coverage.unread[&Unread::Fragment],
        u64::try_from(pieces.len()).unwrap()
    );
}
