//! A reader of the format that shares nothing with this program: plain Python,
//! written from `docs/spec.md` alone.

use std::{net::Ipv4Addr, time::Duration};

use crate::common::{
    docs::root,
    folder::{Folder, succeeds},
    world::World,
};
use doormat::escrow::key_file;
use doormat::protocol::ScheduleId;
use doormat::tape::{Packet, Writer};

#[test]
fn a_decryptor_in_another_language_reads_what_the_attack_reads() {
    let folder = Folder::new();
    for schedule in ["ratchet", "static"] {
        let demo = ["demo", "--json", "--schedule", schedule];
        folder.ok(&[&demo[..], &["--captures", schedule]].concat());
        for mode in ["escrow", "e2e"] {
            let capture = format!("{schedule}/{mode}.pcapng");
            let key = format!("{schedule}/escrow.key");
            let ours = folder.ok(&["attack", &capture, "--escrow-key", &key, "--out", "-"]);
            assert_eq!(lines(&ours).len(), 8);
            let theirs = decrypt(&folder, &capture, &key);
            assert_eq!(lines(&ours), theirs, "{capture}");
        }
    }
}

#[test]
fn it_walks_a_chain_and_reads_late_messages_too() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let folder = Folder::new();
        let mut world = World::new("escrow", schedule, 7);
        world.greet();
        let mut texts: Vec<String> = (0..7).map(|i| format!("Nachricht {i} – 第{i}号")).collect();
        let mut envelopes: Vec<_> = texts.iter().map(|text| world.alice_writes(text)).collect();
        for (a, b) in [(0, 6), (2, 3)] {
            texts.swap(a, b);
            envelopes.swap(a, b);
        }
        let mut tape = Writer::new(Vec::new()).unwrap();
        envelopes.insert(3, [&envelopes[0][..20], b"malformed"].concat());
        for payload in envelopes {
            tape.record(&Packet {
                time: Duration::ZERO,
                source: Ipv4Addr::LOCALHOST.into(),
                destination: Ipv4Addr::LOCALHOST.into(),
                payload,
            })
            .unwrap();
        }
        let key = key_file::write_private(&world.escrow);
        folder.write("key", key.as_bytes());
        folder.write("tape", tape.finish().unwrap());
        let read: Vec<String> = decrypt(&folder, "tape", "key")
            .iter()
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(read, texts);
    }
}

fn decrypt(folder: &Folder, capture: &str, key: &str) -> Vec<serde_json::Value> {
    let mut python = folder.command("python3", &[]);
    python.arg(root().join("tests/decryptor.py"));
    lines(&succeeds(python.args([capture, key])))
}

fn lines(output: &str) -> Vec<serde_json::Value> {
    output
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
