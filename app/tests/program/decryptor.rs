//! A reader of the format that shares nothing with this program: plain Python,
//! written from `docs/spec.md` alone.

use std::{
    fs,
    net::Ipv4Addr,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use crate::common::world::World;
use doormat::escrow::key_file;
use doormat::protocol::ScheduleId;
use doormat::tape::{Packet, Writer};

#[test]
fn a_decryptor_in_another_language_reads_what_the_attack_reads() {
    let folder = tempfile::tempdir().unwrap();
    for schedule in ["ratchet", "static"] {
        let doormat = |args: &[&str]| {
            run(Command::new(env!("CARGO_BIN_EXE_doormat"))
                .args(args)
                .current_dir(folder.path()))
        };
        doormat(&[
            "demo",
            "--json",
            "--schedule",
            schedule,
            "--captures",
            schedule,
        ]);
        for mode in ["escrow", "e2e"] {
            let capture = format!("{schedule}/{mode}.pcapng");
            let key = format!("{schedule}/escrow.key");
            let ours = doormat(&["attack", &capture, "--escrow-key", &key, "--out", "-"]);
            assert_eq!(lines(&ours).len(), 8);
            let theirs = decrypt(folder.path(), &capture, &key);
            assert_eq!(lines(&ours), theirs, "{capture}");
        }
    }
}

#[test]
fn it_walks_a_chain_and_reads_late_messages_too() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let folder = tempfile::tempdir().unwrap();
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
        fs::write(folder.path().join("key"), key.as_bytes()).unwrap();
        fs::write(folder.path().join("tape"), tape.finish().unwrap()).unwrap();
        let read: Vec<String> = decrypt(folder.path(), "tape", "key")
            .iter()
            .map(|line| line["text"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(read, texts);
    }
}

fn decrypt(folder: &Path, capture: &str, key: &str) -> Vec<serde_json::Value> {
    lines(&run(Command::new("python3")
        .arg(crate::common::docs::root().join("tests/decryptor.py"))
        .args([capture, key])
        .current_dir(folder)))
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
    assert!(output.status.success(), "{output:?}");
    output
}
