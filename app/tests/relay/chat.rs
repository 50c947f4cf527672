//! Chats whose relay is unreachable, and chats that compete for a device or a relay.

use std::{net::TcpListener, time::Duration};

use crate::common::relay::{Process, Relay, doormat, finish, until, with_world};

/// Bob has connected once and published his key bundles.
fn bob_has_published(relay: &Relay) {
    let mut bob = relay.chat("bob", "alice", &[]);
    until("he has published", || relay.bundles("bob") == 21);
    finish(&mut bob);
}

fn bob_reads(relay: &Relay, count: usize) -> Vec<String> {
    let mut bob = relay.chat("bob", "alice", &["--receive", &count.to_string()]);
    bob.end_input();
    bob.output()
}

fn kept_for_later(relay: &Relay, line: &str) {
    until("the line is kept", || relay.keeps("alice", line));
}

fn kept(relay: &Relay, chat: &Process, line: &str) {
    kept_for_later(relay, line);
    assert_eq!(chat.err.count("connected to the relay"), 0);
}

#[test]
fn lines_typed_while_the_relay_is_down_are_sent_when_it_is_back() {
    let mut relay = Relay::start();
    bob_has_published(&relay);
    relay.kill();
    // The first chat never reaches the relay; the second does.
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("no relay");
    alice.type_line("one");
    kept(&relay, &alice, "one");
    alice.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("no relay");
    alice.type_line("two");
    kept(&relay, &alice, "two");
    relay.again();
    alice.err.says("connected to the relay");
    alice.type_line("three");
    finish(&mut alice);
    let wanted = ["alice: one", "alice: two", "alice: three"];
    assert_eq!(bob_reads(&relay, 3), wanted);
}

#[test]
fn a_relay_restarted_during_a_conversation_loses_nothing() {
    let mut relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("before");
    bob.out.says("alice: before");
    bob.type_line("heard");
    alice.out.says("bob: heard");
    relay.kill();
    alice.err.says("no relay");
    alice.type_line("meanwhile");
    bob.err.says("no relay");
    bob.type_line("meanwhile too");
    relay.again();
    bob.out.says("alice: meanwhile");
    alice.out.says("bob: meanwhile too");
    alice.type_line("after");
    bob.out.says("alice: after");
    assert_eq!(bob.out.lines().len(), 3);
    assert_eq!(alice.out.lines().len(), 2);
}

#[test]
fn a_thousand_lines_typed_while_the_relay_is_down_all_arrive_in_order() {
    let mut relay = Relay::start();
    bob_has_published(&relay);
    relay.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("no relay");
    let lines: Vec<String> = (0..1000).map(|i| format!("line {i}.")).collect();
    for line in &lines {
        alice.type_line(line);
    }
    alice.end_input();
    until("they are kept", || relay.keeps("alice", "line 999."));
    relay.again();
    assert!(alice.ends().success());
    let wanted: Vec<String> = lines.iter().map(|it| format!("alice: {it}")).collect();
    assert_eq!(bob_reads(&relay, 1000), wanted);
}

#[test]
fn what_is_written_for_lines_that_wait_is_in_proportion_to_them() {
    const LINES: usize = 5000;
    let line = |i| format!("this is a rather ordinary line of a log file, number {i}.");
    let mut relay = Relay::start();
    bob_has_published(&relay);
    relay.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("no relay");
    for i in 0..LINES {
        alice.type_line(&line(i));
    }
    alice.end_input();
    kept(&relay, &alice, &line(LINES - 1));
    let file = relay.path("home/alice/device.json");
    let length = std::fs::metadata(&file).unwrap().len();
    let offline = alice.written();
    assert!(
        offline < 4 * length,
        "{offline} bytes for a file of {length}"
    );
    relay.again();
    until("all is sent", || {
        relay.waiting("bob") == i64::try_from(LINES).unwrap()
    });
    let sending = alice.written() - offline;
    assert!(
        sending < 30 * length,
        "{sending} bytes for a file of {length}"
    );
    assert!(alice.ends().success());
    let wanted: Vec<String> = (0..LINES).map(|i| format!("alice: {}", line(i))).collect();
    assert_eq!(bob_reads(&relay, LINES), wanted);
}

#[test]
fn what_waits_for_one_is_not_written_again_with_each_message_to_another() {
    const LINES: usize = 5000;
    let line = |i| format!("this is a rather ordinary line of a log file, number {i}.");
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "nobody", &[]);
    alice.err.says("connected");
    for i in 0..LINES {
        alice.type_line(&line(i));
    }
    kept_for_later(&relay, &line(LINES - 1));
    alice.kill();
    // Twice: what was set aside is found by the next run.
    for run in 0..2 {
        let mut alice = relay.chat("alice", "bob", &[]);
        alice.err.says("connected");
        alice.type_line(&format!("first of {run}"));
        bob.out.says(&format!("alice: first of {run}"));
        let before = alice.written();
        for i in 0..10 {
            alice.type_line(&format!("{run} and {i}."));
            bob.out.says(&format!("alice: {run} and {i}."));
        }
        let written = alice.written() - before;
        assert!(written < 1024 * 1024, "{written} bytes");
        alice.kill();
    }
    let nobody = relay.chat("nobody", "alice", &[]);
    nobody.err.says("connected");
    let mut alice = relay.chat("alice", "nobody", &[]);
    alice.type_line("the last.");
    nobody.out.says("alice: the last.");
    let wanted: Vec<String> = (0..LINES)
        .map(line)
        .chain(["the last.".to_owned()])
        .collect();
    let wanted: Vec<String> = wanted.iter().map(|it| format!("alice: {it}")).collect();
    assert_eq!(nobody.out.lines(), wanted);
    finish(&mut alice);
    assert!(!relay.path("home/alice/outbox.jsonl").exists());
    // The same number of lines as there were: none twice.
    assert_eq!(bob.out.lines().len(), 22);
}

#[test]
fn what_was_typed_is_kept_although_the_program_ended_in_the_middle_of_a_line() {
    let mut relay = Relay::start();
    bob_has_published(&relay);
    relay.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("whole");
    kept(&relay, &alice, "whole");
    alice.kill();
    let file = relay.path("home/alice/device.json");
    let mut state = std::fs::read(&file).unwrap();
    state.extend_from_slice(b"{\"to\":\"bob\",\"mode\":\"EndToEnd\",\"text\":\"cut");
    std::fs::write(&file, state).unwrap();
    relay.again();
    finish(&mut relay.chat("alice", "bob", &[]));
    assert_eq!(bob_reads(&relay, 1), ["alice: whole"]);
}

#[test]
fn a_contact_that_was_forgotten_is_taken_anew() {
    let relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("before");
    bob.out.says("alice: before");
    bob.type_line("heard");
    alice.out.says("bob: heard");
    alice.type_line("/forget");
    alice.err.says("forgotten: bob's identity and 1 session");
    alice.type_line("/safety");
    alice.err.says("no identity of bob's is known here yet");
    alice.type_line("/forget");
    alice.err.says("nothing is known of bob here");
    alice.type_line("after");
    bob.out.says("alice: after");
    bob.type_line("heard again");
    alice.out.says("bob: heard again");
}

#[test]
fn lines_to_somebody_unknown_to_the_relay_are_sent_when_he_first_connects() {
    let relay = Relay::start();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("early");
    alice.err.says("bob has not been at this relay yet");
    alice.end_input();
    assert_eq!(bob_reads(&relay, 1), ["alice: early"]);
    assert!(alice.ends().success());
}

#[test]
fn lines_to_somebody_who_never_connects_delay_no_others() {
    let relay = Relay::start();
    bob_has_published(&relay);
    let mut alice = relay.chat("alice", "nobody", &[]);
    alice.type_line("are you there?");
    alice.err.says("nobody has not been at this relay yet");
    kept_for_later(&relay, "are you there?");
    alice.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("you are");
    finish(&mut alice);
    assert_eq!(bob_reads(&relay, 1), ["alice: you are"]);
    kept_for_later(&relay, "are you there?");
}

#[tokio::test]
async fn a_burst_of_lines_uses_one_prekey() {
    let (relay, mut world) = with_world(1);
    let mut bob = relay.open(&world.bob).await;
    for bundle in world.bob.publish(20, &mut world.rng) {
        bob.send_accepted(&bundle.encode()).await;
    }
    let mut alice = relay.chat("alice", "bob", &[]);
    for i in 0..50 {
        alice.type_line(&format!("line {i}."));
    }
    assert_eq!(bob.take(50).await.len(), 50);
    let bob = relay.open(&world.bob).await;
    assert_eq!(bob.prekeys, 19);
}

#[test]
fn a_chat_without_lines_publishes_every_bundle() {
    let relay = Relay::start();
    for who in ["bob", "carol", "dave", "erin", "frank"] {
        let mut chat = relay.chat(who, "alice", &[]);
        finish(&mut chat);
        assert_eq!(relay.bundles(who), 21, "{who}");
    }
}

#[test]
fn one_device_is_used_by_one_chat_at_a_time() {
    let relay = Relay::start();
    let mut first = relay.chat("alice", "bob", &[]);
    first.err.says("connected");
    let mut second = relay.chat("alice", "carol", &[]);
    assert_eq!(second.ends().code(), Some(1));
    let said = second.last_words();
    assert!(
        said.contains("this device is in use by another chat"),
        "{said}"
    );
    assert!(said.contains("help: End the other one"), "{said}");
    assert!(!first.has_ended());
    first.kill();
    let mut third = relay.chat("alice", "carol", &[]);
    third.err.says("connected");
    finish(&mut third);
}

#[test]
fn a_relay_that_speaks_another_protocol_costs_no_line() {
    use std::io::Write;
    let relay = Relay::start();
    bob_has_published(&relay);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let _ = { socket }.write_all(b"SSH-2.0-nonsense\r\n\x00\xff\x00");
        }
    });
    let mut alice = relay.chat("alice", "bob", &["--relay", &url]);
    alice.err.says("no relay");
    alice.type_line("kept");
    kept(&relay, &alice, "kept");
    assert!(!alice.has_ended());
    alice.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.end_input();
    assert!(alice.ends_within(Duration::from_secs(20)).success());
    assert_eq!(bob_reads(&relay, 1), ["alice: kept"]);
}

#[test]
fn two_chats_that_send_at_full_speed_both_read_every_line() {
    let relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    for i in 0..400 {
        alice.type_line(&format!("from alice {i}."));
        bob.type_line(&format!("from bob {i}."));
    }
    bob.out.says("from alice 399.");
    alice.out.says("from bob 399.");
    let wanted = |from: &str| -> Vec<String> {
        let line = |i| format!("{from}: from {from} {i}.");
        (0..400).map(line).collect()
    };
    assert_eq!(bob.out.lines(), wanted("alice"));
    assert_eq!(alice.out.lines(), wanted("bob"));
    assert_eq!(bob.err.count("refused"), 0, "{:?}", bob.err.lines());
}

#[test]
fn a_sender_in_the_other_mode_is_told_that_the_message_was_refused() {
    let relay = Relay::start();
    let escrow = relay.new_authority();
    let bob = relay.chat("bob", "alice", &escrow);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("do you read me?");
    alice.err.says("bob's device refused: do you read me?");
    bob.err.says("refused: the envelope says mode e2e");
    assert_eq!(bob.out.lines(), [""; 0]);
    assert_eq!(alice.err.count("delivered"), 0);
    assert_eq!(relay.waiting("bob"), 0);
}

#[test]
fn a_folder_that_is_another_devices_is_refused() {
    let relay = Relay::start();
    finish(&mut relay.chat("alice", "carol", &[]));
    let home = relay.path("home");
    std::fs::rename(home.join("alice"), home.join("bob")).unwrap();
    let device = std::fs::read(home.join("bob/device.json")).unwrap();
    let mut bob = relay.chat("bob", "carol", &[]);
    assert_eq!(bob.ends().code(), Some(1));
    let said = bob.last_words();
    assert!(said.contains("it is alice's device, not bob's"), "{said}");
    assert_eq!(
        std::fs::read(home.join("bob/device.json")).unwrap(),
        device,
        "it is left as it is"
    );
}

#[test]
fn a_relays_address_that_is_none_is_refused_before_anybody_connects() {
    let relay = Relay::start();
    for (address, why) in [
        ("ws://127.0.0.1:70000", "is no port"),
        ("ws://127.0.0.1:-1", "is no port"),
        ("ws://127.0.0.1:0", "is no port"),
        ("ws://127.0.0.1:", "is no port"),
        ("ws://[::1]:99999", "is no port"),
        ("ws://:7000", "names no host"),
        ("ws://alice@127.0.0.1:7000", "user name"),
        ("http://127.0.0.1:7000", "begins with ws://"),
        ("ws://a b:7000", "--relay ws://a b:7000"),
    ] {
        let mut chat = relay.chat("alice", "bob", &["--relay", address]);
        assert_eq!(chat.ends().code(), Some(1), "{address}");
        let said = chat.last_words();
        assert!(said.contains(why), "{address}: {said}");
    }
    assert!(!relay.path("home").exists());
}

#[test]
fn authorities_in_another_order_are_the_same_authorities() {
    let relay = Relay::start();
    for stem in ["one", "two"] {
        let stem = relay.path(stem);
        let made = doormat(&["authority", "new", "--out", stem.to_str().unwrap()]);
        assert!(made.status.success());
    }
    let with = |first: &'static str, second: &'static str| {
        [
            "--mode",
            "escrow",
            "--escrow-pub",
            first,
            "--escrow-pub",
            second,
        ]
    };
    let mut bob = relay.chat("bob", "alice", &with("one.pub", "two.pub"));
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &with("two.pub", "one.pub"));
    alice.type_line("in your order");
    bob.out.says("alice: in your order");
    bob.type_line("in yours");
    alice.out.says("bob: in yours");
    finish(&mut alice);
    finish(&mut bob);
}

#[test]
fn while_the_relay_cannot_look_it_says_so_and_not_that_nobody_was_there() {
    let relay = Relay::start();
    bob_has_published(&relay);
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("connected to the relay");
    let database = rusqlite::Connection::open(relay.path("data/relay.db")).unwrap();
    database.execute_batch("BEGIN EXCLUSIVE").unwrap();
    alice.type_line("patience");
    let said = alice.err.says("not sent yet");
    assert!(said.contains("the database says"), "{said}");
    database.execute_batch("COMMIT").unwrap();
    drop(database);
    finish(&mut alice);
    assert_eq!(alice.err.count("has not been at this relay"), 0);
    assert_eq!(bob_reads(&relay, 1), ["alice: patience"]);
}

#[test]
fn the_state_is_written_to_no_link_that_somebody_put_there() {
    let relay = Relay::start();
    let folder = relay.path("home/alice");
    std::fs::create_dir_all(&folder).unwrap();
    let target = relay.path("target");
    std::fs::write(&target, "mine").unwrap();
    std::os::unix::fs::symlink(&target, folder.join("device.new")).unwrap();
    finish(&mut relay.chat("alice", "bob", &[]));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
    let file = std::fs::symlink_metadata(folder.join("device.json")).unwrap();
    assert!(file.is_file());
}
