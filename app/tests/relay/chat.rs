//! Chats whose relay is not there, and chats that are in each other's way.

use std::{net::TcpListener, time::Duration};

use crate::common::{
    relay::{Process, Relay, doormat, until},
    world::World,
};
use doormat::protocol::ScheduleId;

/// Bob has been there and left his bundles.
fn bob_was_there(relay: &Relay) {
    let mut bob = relay.chat("bob", "alice", &[]);
    until("he has published", || relay.bundles("bob") == 21);
    bob.end_input();
    assert!(bob.ends().success());
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
fn what_is_typed_while_the_relay_is_away_is_sent_when_it_is_back() {
    let mut relay = Relay::start();
    bob_was_there(&relay);
    relay.kill();
    // A first chat that never sees the relay, and a second one that does.
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
    alice.end_input();
    assert!(alice.ends().success());
    let wanted = ["alice: one", "alice: two", "alice: three"];
    assert_eq!(bob_reads(&relay, 3), wanted);
}

#[test]
fn a_relay_that_goes_in_mid_conversation_loses_nothing() {
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
fn a_thousand_lines_typed_while_the_relay_is_away_all_arrive_in_order() {
    let mut relay = Relay::start();
    bob_was_there(&relay);
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
fn lines_to_somebody_who_has_never_been_there_are_kept_and_sent_when_he_comes() {
    let relay = Relay::start();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("early");
    alice.err.says("bob has not been at this relay yet");
    alice.end_input();
    assert_eq!(bob_reads(&relay, 1), ["alice: early"]);
    assert!(alice.ends().success());
}

#[test]
fn lines_to_somebody_who_never_comes_hold_up_nobody_elses() {
    let relay = Relay::start();
    bob_was_there(&relay);
    let mut alice = relay.chat("alice", "nobody", &[]);
    alice.type_line("are you there?");
    alice.err.says("nobody has not been at this relay yet");
    kept_for_later(&relay, "are you there?");
    alice.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("you are");
    alice.end_input();
    assert!(alice.ends().success());
    assert_eq!(bob_reads(&relay, 1), ["alice: you are"]);
    kept_for_later(&relay, "are you there?");
}

#[tokio::test]
async fn a_burst_of_lines_takes_one_prekey() {
    use crate::common::relay::Line;
    let relay = Relay::start();
    let mut world = World::new("e2e", ScheduleId::Ratchet, 1);
    let mut bob = Line::open(&relay.address, &world.bob).await;
    for bundle in world.bob.publish(20, &mut world.rng) {
        bob.accepted(&bundle.encode()).await;
    }
    let mut alice = relay.chat("alice", "bob", &[]);
    for i in 0..50 {
        alice.type_line(&format!("line {i}."));
    }
    assert_eq!(bob.take(50).await.len(), 50);
    let bob = Line::open(&relay.address, &world.bob).await;
    assert_eq!(bob.prekeys, 19);
}

#[test]
fn a_visit_of_no_lines_leaves_every_bundle() {
    let relay = Relay::start();
    for who in ["bob", "carol", "dave", "erin", "frank"] {
        let mut chat = relay.chat(who, "alice", &[]);
        chat.end_input();
        assert!(chat.ends().success());
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
    third.end_input();
    assert!(third.ends().success());
}

#[test]
fn a_relay_that_answers_nonsense_or_nothing_costs_no_line() {
    use std::io::Write;
    let relay = Relay::start();
    bob_was_there(&relay);
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
fn two_who_pour_lines_into_each_other_both_read_all_of_them() {
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
fn who_writes_in_the_other_mode_is_told_that_it_was_not_read() {
    let relay = Relay::start();
    let stem = relay.path("ministry");
    let made = doormat(&["authority", "new", "--out", stem.to_str().unwrap()]);
    assert!(made.status.success());
    let escrow = ["--mode", "escrow", "--escrow-pub", "ministry.pub"];
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
