//! The attack at scale: a large recording, all cores, little memory, and the same
//! result as an envelope at a time.

use std::{fs, process::Command, time::Duration};

use crate::common::{
    process::{Process, doormat, fails},
    world::World,
};
use doormat::attack::{BatchResult, Bulk, EscrowLeak, Exposure, Observation, Tally};
use doormat::crypto::SessionKey;
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Crowd, seed};
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{Envelope, Mode, Name, ScheduleId, wire};
use doormat::tape::{Packet, Reader};
use tempfile::TempDir;

fn key(seed: u64) -> EscrowPrivateKey {
    EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"))
}

fn crowd(schedule: ScheduleId) -> Crowd {
    Crowd {
        messages: 700,
        size: 40,
        per_key: 9,
        schedule,
        seed: 7,
    }
}

fn tape(crowd: &Crowd, mode: &(dyn Mode + Sync)) -> Vec<u8> {
    crowd.record(mode, Vec::new(), &|_| {}).unwrap()
}

fn packets(tape: &[u8]) -> Vec<Packet> {
    Reader::new(tape).unwrap().map(Result::unwrap).collect()
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(work)
}

/// The attack on one envelope at a time.
fn one_at_a_time(packets: &[Packet], key: &EscrowPrivateKey) -> (Vec<Observation>, String) {
    let (mut eve, mut tally) = (EscrowLeak::new(key.clone()), Tally::default());
    let seen = packets.iter().filter_map(|it| tally.play(it, &mut eve));
    let seen = seen.collect();
    let keys: Vec<String> = eve.key_log().iter().map(|it| it.to_string()).collect();
    (seen, format!("{tally:?} {:?} {keys:?}", eve.summary()))
}

/// The bulk attack, in batches of `size` packets, on `threads` threads.
fn bulk(
    packets: &[Packet],
    key: &EscrowPrivateKey,
    size: usize,
    threads: usize,
) -> (Vec<Observation>, String) {
    let bulk = Bulk::new(key.clone(), true);
    let (mut demultiplexer, mut batch) = (bulk.demultiplexer(), doormat::attack::Batch::default());
    let (mut seen, mut results) = (Vec::new(), BatchResult::default());
    for packets in packets.chunks(size) {
        demultiplexer.begin(&mut batch);
        for packet in packets {
            demultiplexer.take(packet.time, &packet.payload, &mut batch);
        }
        let result = on_threads(threads, || bulk.open(&mut batch));
        demultiplexer.note(&result);
        results = results.and(result);
        seen.extend(
            batch
                .seen(0..batch.len())
                .map(|it| it.observation().unwrap()),
        );
    }
    let (tally, summary) = demultiplexer.figures(&results);
    let keys: Vec<String> = results
        .into_key_log()
        .iter()
        .map(|it| it.to_string())
        .collect();
    (seen, format!("{tally:?} {summary:?} {keys:?}"))
}

#[track_caller]
fn agree(packets: &[Packet], key: &EscrowPrivateKey) -> Vec<Observation> {
    let expected = one_at_a_time(packets, key);
    for (size, threads) in [(1, 1), (7, 2), (100, 4), (usize::MAX, 3)] {
        assert!(
            expected == bulk(packets, key, size, threads),
            "{size} {threads}"
        );
    }
    expected.0
}

#[test]
fn one_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let key = key(7);
    let modes: [Box<dyn Mode + Sync>; 2] =
        [Box::new(EndToEnd), Box::new(Escrow(vec![*key.public()]))];
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        for mode in &modes {
            let crowd = crowd(schedule);
            let one = on_threads(1, || tape(&crowd, mode.as_ref()));
            assert_eq!(one, on_threads(5, || tape(&crowd, mode.as_ref())));
        }
    }
}

#[test]
fn a_crowd_sends_as_many_messages_under_as_many_keys_as_were_asked_for() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let crowd = crowd(schedule);
        let key = key(7);
        let packets = packets(&tape(&crowd, &Escrow(vec![*key.public()])));
        assert!(packets.is_sorted_by_key(|packet| packet.time));
        let (seen, _) = one_at_a_time(&packets, &key);
        assert_eq!(seen.len(), 700);
        let mut eve = EscrowLeak::new(key);
        let mut tally = Tally::default();
        for packet in &packets {
            if let Some(seen) = tally.play(packet, &mut eve) {
                assert!(matches!(seen.exposure, Exposure::Read(text) if text.len() == 40));
            }
        }
        assert_eq!(eve.summary().session_keys, 78);
        assert_eq!(crowd.session_keys(), 78);
    }
}

#[test]
fn bulk_and_one_at_a_time_agree_on_a_crowd() {
    let (ours, theirs) = (key(7), key(8));
    let both = Escrow(vec![*theirs.public(), *ours.public()]);
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let modes: [(&(dyn Mode + Sync), bool); 3] = [
            (&Escrow(vec![*ours.public()]), true),
            (&both, true),
            (&EndToEnd, false),
        ];
        for (mode, reads) in modes {
            let seen = agree(&packets(&tape(&crowd(schedule), mode)), &ours);
            let read = |it: &Observation| it.exposure != Exposure::MetadataOnly;
            assert!(seen.iter().all(|it| read(it) == reads));
        }
        let theirs_alone = Escrow(vec![*theirs.public()]);
        agree(&packets(&tape(&crowd(schedule), &theirs_alone)), &ours);
    }
}

#[test]
fn bulk_and_one_at_a_time_agree_on_a_hostile_tape() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let (ours, theirs) = (key(7), key(8));
        let mut all = packets(&tape(&crowd(schedule), &Escrow(vec![*ours.public()])));
        let other = Crowd {
            seed: 8,
            ..crowd(schedule)
        };
        all.extend(packets(&tape(&other, &Escrow(vec![*theirs.public()]))));
        all.extend(packets(&tape(&other, &EndToEnd)));
        // Shuffled, some of it twice.
        let mut mixed: Vec<Packet> = (0..3000)
            .map(|i| all[i * 7919 % all.len()].clone())
            .collect();
        for (i, packet) in mixed.iter_mut().enumerate() {
            let length = packet.payload.len();
            match i % 11 {
                // Damaged: anywhere, or at the end; cut short; longer; empty.
                0 => packet.payload[i * 31 % length] ^= 1 << (i % 8),
                1 => packet.payload[length - 1] ^= 1,
                2 => packet.payload.truncate(i * 17 % length),
                3 => packet.payload.push(0),
                // A number that was never sent, small or large; another recipient.
                4 => forge(packet, |header| {
                    header.number = u32::try_from(i).unwrap() % 700
                }),
                5 => forge(packet, |header| header.number ^= 1 << (i % 15)),
                6 => forge(packet, |header| header.recipient = header.sender.clone()),
                7 if i % 2 == 0 => packet.payload.clear(),
                _ => {}
            }
        }
        let seen = agree(&mixed, &ours);
        let read = seen
            .iter()
            .filter(|it| it.exposure != Exposure::MetadataOnly);
        assert!((100..seen.len()).contains(&read.count()));
    }
}

/// Changes an envelope's header as a relay could, who cannot seal it anew.
fn forge(packet: &mut Packet, change: impl FnOnce(&mut doormat::protocol::Header)) {
    let Ok(envelope) = Envelope::decode(&packet.payload) else {
        return;
    };
    let mut header = envelope.header.clone();
    change(&mut header);
    let rest = packet.payload[envelope.authenticated.len()..].to_vec();
    packet.payload = [wire::encode(&header), rest].concat();
}

#[test]
fn a_field_moved_to_another_recipient_opens_nothing_whatever_the_order() {
    let ours = key(7);
    let honest = packets(&tape(
        &crowd(ScheduleId::Ratchet),
        &Escrow(vec![*ours.public()]),
    ))
    .into_iter()
    .find(|it| Envelope::decode(&it.payload).is_ok())
    .unwrap();
    // A lying sender, who has the session key.
    let mut header = Envelope::decode(&honest.payload).unwrap().header;
    let field = header.access.as_slice()[0];
    let session_key = ours.open(&field, &header.access_context()).unwrap();
    let (message_key, _) = header.schedule.message_keys(&session_key).next(0);
    header.recipient = Name::new("eve").unwrap();
    let header = wire::encode(&header);
    let sealed = message_key.seal(&header, b"moved");
    let moved = Packet {
        payload: [header, vec![0, 0, 21], sealed].concat(),
        ..honest.clone()
    };
    for (tape, read) in [
        ([honest.clone(), moved.clone()], [true, false]),
        ([moved, honest], [false, true]),
    ] {
        let seen = agree(&tape, &ours);
        let is_read = seen.iter().map(|it| it.exposure != Exposure::MetadataOnly);
        assert_eq!(is_read.collect::<Vec<_>>(), read);
    }
}

#[test]
fn a_chain_that_comes_again_after_it_was_forgotten_counts_once() {
    let crowd = Crowd {
        messages: 36_000,
        size: 1,
        per_key: 2,
        ..crowd(ScheduleId::Ratchet)
    };
    let tape = packets(&tape(&crowd, &Escrow(vec![*key(7).public()])));
    let is_first =
        |packet: &&Packet| Envelope::decode(&packet.payload).is_ok_and(|it| it.header.number == 0);
    let (first, second): (Vec<&Packet>, Vec<&Packet>) = tape.iter().partition(is_first);
    let (mut demultiplexer, mut results) = (
        Bulk::new(key(7), true).demultiplexer(),
        BatchResult::default(),
    );
    let bulk = Bulk::new(key(7), true);
    let mut batch = doormat::attack::Batch::default();
    for packets in [first, second].concat().chunks(1000) {
        demultiplexer.begin(&mut batch);
        for packet in packets {
            demultiplexer.take(packet.time, &packet.payload, &mut batch);
        }
        let result = bulk.open(&mut batch);
        demultiplexer.note(&result);
        results = results.and(result);
    }
    let (tally, summary) = demultiplexer.figures(&results);
    assert_eq!((tally.read, summary.session_keys), (36_000, 18_000));
    assert_eq!(results.into_key_log().len(), 18_000);
}

#[test]
fn a_guessed_key_that_opens_a_message_gives_its_text() {
    // A protocol that agrees on its session key with the authority.
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let envelope = world.alice_writes("foolish");
    let header = Envelope::decode(&envelope).unwrap().header;
    let agreed = key(7).secret().agree(&header.ratchet_public).unwrap();
    let session_key = SessionKey::from_bytes(*agreed.as_bytes());
    let (message_key, _) = header.schedule.message_keys(&session_key).next(0);
    let header = wire::encode(&header);
    let sealed = message_key.seal(&header, b"foolish");
    let packet = Packet {
        time: Duration::ZERO,
        source: std::net::Ipv4Addr::LOCALHOST.into(),
        destination: std::net::Ipv4Addr::LOCALHOST.into(),
        payload: [header, vec![0, 0, 23], sealed].concat(),
    };
    let seen = agree(&[packet.clone(), packet], &key(7));
    assert_eq!(seen[0].exposure, Exposure::Read(b"foolish".to_vec()));
    assert_eq!(seen[1].exposure, Exposure::MetadataOnly);
}

#[test]
fn the_lines_are_the_same_on_any_number_of_threads_and_as_the_encoder_writes_them() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let generate = ["generate", "--messages", "3000", "--per-key", "7", "--out"];
    assert!(
        doormat(&[&generate[..], &[&path("t.pcapng")]].concat())
            .status
            .success()
    );
    let lines = |threads| {
        let attack = ["attack", &path("t.pcapng"), "--escrow-key", &path("t.key")];
        let output = doormat(&[&attack[..], &["--out", "-", "--threads", threads]].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let lines_on_one = lines("1");
    assert_eq!(lines_on_one, lines("3"));
    let packets = packets(&fs::read(path("t.pcapng")).unwrap());
    let (seen, _) = one_at_a_time(&packets, &key(7));
    let expected: Vec<String> = seen
        .iter()
        .map(|it| serde_json::to_string(&doormat_app::report::json::MessageLine::from(it)).unwrap())
        .collect();
    assert_eq!(lines_on_one.lines().collect::<Vec<_>>(), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn a_recording_larger_than_the_bound_is_read_within_it() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let big = ["--messages", "1200", "--size", "65000", "--per-key", "50"];
    let generated = doormat(&[&["generate", "--out", &path("t.pcapng")], &big[..]].concat());
    assert!(generated.status.success(), "{generated:?}");
    let bound = 64 << 20;
    assert!(fs::metadata(path("t.pcapng")).unwrap().len() > bound);
    let mut attack = Process::start(
        Command::new(env!("CARGO_BIN_EXE_doormat"))
            .args(["attack", &path("t.pcapng"), "--threads", "2", "--json"])
            .args(["--escrow-key", &path("t.key"), "--out", "/dev/null"]),
    );
    let mut peak = 0;
    while !attack.has_ended() {
        let status = fs::read_to_string(format!("/proc/{}/status", attack.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|it| it.starts_with("VmHWM:"));
        let seen = line.and_then(|it| it.split_whitespace().nth(1)?.parse::<u64>().ok());
        peak = peak.max(seen.unwrap_or(0) * 1024);
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!((1 << 20..bound).contains(&peak), "{peak}");
    let figures: serde_json::Value = serde_json::from_str(&attack.output()[0]).unwrap();
    assert_eq!(figures["read"], 1200);
    assert_eq!(figures["session_keys"], 24);
    assert!(figures["ratio_to_floor"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_big_demonstration_reads_everything_in_the_escrow_mode_and_nothing_end_to_end() {
    let output = doormat(&["demo", "--big", "12000"]);
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    let (escrow, e2e) = told.split_once("\nend-to-end, ").expect("two modes");
    assert!(escrow.contains("12,000 envelopes on the tape; 12,000 read, by unwrapping 120"));
    assert!(e2e.contains("12,000 envelopes on the tape; 0 read, by unwrapping 0"));
    assert_eq!(escrow.matches("  READ  ").count(), 10);
    assert_eq!(e2e.matches("  metadata only, 256 bytes").count(), 2);
    assert!(!e2e.contains("READ"), "{e2e}");

    let after = |text: &str| text.split_once("READ  ").map(|(_, said)| said.to_owned());
    let said: Vec<String> = escrow.lines().filter_map(after).collect();
    let mut tape = packets(&tape(
        &Crowd {
            messages: 12_000,
            size: 256,
            per_key: 100,
            schedule: ScheduleId::Ratchet,
            seed: 7,
        },
        &Escrow(vec![*key(7).public()]),
    ));
    let last = tape.split_off(tape.len() - 10);
    let (seen, _) = one_at_a_time(&last, &key(7));
    let texts: Vec<String> = seen
        .iter()
        .map(|it| match &it.exposure {
            Exposure::Read(text) => String::from_utf8(text.clone()).unwrap(),
            Exposure::MetadataOnly => panic!("not read"),
        })
        .collect();
    assert_eq!(said.len(), texts.len());
    for (shown, text) in said.iter().zip(&texts) {
        let shown = shown.trim_end_matches('…');
        assert!(shown.len() > 40 && text.starts_with(shown), "{shown}");
    }
}

#[test]
fn invalid_options_are_refused_and_nothing_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("t.pcapng").to_str().unwrap().to_owned();
    let usage = |more: &[&str], words: &str| {
        let output = doormat(&[&["generate", "--out", &out], more].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
    };
    usage(&["--messages", "0"], "1..=1000000000");
    usage(&["--per-key", "0"], "1..=1048576");
    usage(&["--per-key", "1048577"], "1..=1048576");
    usage(&["--size", "65537"], "from 0 to 65536");
    usage(&["--threads", "0"], "1..=1024");
    let said = fails(&[
        "generate",
        "--mode",
        "e2e",
        "--escrow-pub",
        "x",
        "--out",
        &out,
    ]);
    assert!(said.contains("the e2e mode has no authority"), "{said}");
    assert!(!fs::exists(&out).unwrap());

    let key = folder.path().join("t.key");
    let said = fails(&["generate", "--out", key.to_str().unwrap()]);
    assert!(said.contains("in the place of its key"), "{said}");
    assert!(!fs::exists(&key).unwrap());
    let said = fails(&["generate", "--out", "-"]);
    assert!(said.contains("--out big.pcapng"), "{said}");
    let said = fails(&[
        "attack",
        &out,
        "--escrow-key",
        "k",
        "--out",
        "z",
        "--keylog",
        "z",
    ]);
    assert!(said.contains("name the same file"), "{said}");

    fs::write(&key, "mine").unwrap();
    let said = fails(&["generate", "--out", &out]);
    assert!(said.contains("t.key: it exists already"), "{said}");
    assert!(!fs::exists(&out).unwrap());
    fs::remove_file(&key).unwrap();
    fs::write(&out, "mine").unwrap();
    let said = fails(&["generate", "--out", &out]);
    assert!(said.contains("t.pcapng: it exists already"), "{said}");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    assert!(!fs::exists(&key).unwrap());
}
