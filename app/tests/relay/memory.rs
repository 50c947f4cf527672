//! What a chat leaves in its memory.

use std::{
    collections::HashSet,
    fs::{self, File},
    os::unix::fs::FileExt,
};

use crate::common::relay::{Process, Relay, finish};

/// Every private key in a device's file, in hexadecimal.
fn secrets(relay: &Relay, who: &str) -> Vec<String> {
    let file = fs::read_to_string(relay.path("home").join(who).join("device.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(file.lines().next().unwrap()).unwrap();
    let device = &state["device"];
    let mut secrets = Vec::new();
    for name in ["agreement", "signing", "signed_prekey"] {
        secrets.push(device[name].as_str().unwrap().to_owned());
    }
    for prekey in device["one_time_prekeys"].as_object().unwrap().values() {
        secrets.push(prekey.as_str().unwrap().to_owned());
    }
    for sessions in device["sessions"].as_object().unwrap().values() {
        for session in sessions.as_object().unwrap().values() {
            let root = session["schedule"]["Ratchet"]["root"].as_str().unwrap();
            secrets.push(root.to_owned());
        }
    }
    secrets
}

/// The memory that a process can write.
fn memory(process: &Process) -> Vec<u8> {
    let folder = format!("/proc/{}", process.id());
    let memory = File::open(format!("{folder}/mem")).unwrap();
    let maps = fs::read_to_string(format!("{folder}/maps")).unwrap();
    let mut bytes = Vec::new();
    for line in maps.lines().filter(|it| it.contains(" rw")) {
        let (range, _) = line.split_once(' ').unwrap();
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|it| u64::from_str_radix(it, 16).unwrap());
        let mut region = vec![0; usize::try_from(to - from).unwrap()];
        // Some regions, such as the kernel's own, cannot be read.
        if memory.read_exact_at(&mut region, from).is_ok() {
            bytes.extend(region);
        }
    }
    bytes
}

/// Digits of a key that are looked for: what is freed loses its beginning first.
const PART: std::ops::Range<usize> = 24..56;

/// Everything of so many hexadecimal digits that is in a process's memory.
fn digits_in(process: &Process) -> HashSet<Vec<u8>> {
    let memory = memory(process);
    let runs = memory.split(|it| !it.is_ascii_hexdigit());
    let windows = runs.flat_map(|it| it.windows(PART.len()));
    windows.map(<[u8]>::to_vec).collect()
}

#[test]
fn a_key_that_was_saved_is_left_in_no_buffer() {
    let relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    for i in 0..3 {
        alice.type_line(&format!("to him {i}"));
        bob.out.says(&format!("alice: to him {i}"));
        bob.type_line(&format!("to her {i}"));
        alice.out.says(&format!("bob: to her {i}"));
    }
    finish(&mut alice);
    alice = relay.chat("alice", "bob", &[]);
    alice.err.says("connected");
    bob.type_line("typed here");
    alice.out.says("bob: typed here");
    bob.err.says("delivered: typed here");
    assert!(secrets(&relay, "bob").len() > 20);
    for (chat, who) in [(&bob, "bob"), (&alice, "alice")] {
        let digits = digits_in(chat);
        // The search finds what is there: public keys are printed and sent as digits.
        assert!(!digits.is_empty());
        let secrets = secrets(&relay, who);
        let left = secrets
            .iter()
            .filter(|it| digits.contains(&it.as_bytes()[PART]));
        assert_eq!(left.count(), 0, "{who}");
    }
}
