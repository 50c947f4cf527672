//! A device, or a relay, that is put back to what it was before.

use std::{collections::HashMap, fs};

use doormat::{
    mode::EndToEnd,
    protocol::{Device, Envelope, KeyBundle, ModeId, ScheduleId},
};
use doormat_app::transport::control::{Generation, Reply, Request};

use crate::common::{
    relay::{Incoming, Process, Relay, finish, shell, until, with_world},
    world::name,
};

fn relay_with_tap() -> Relay {
    Relay::with(&["--tap", "tape.pcapng"])
}

/// Copies one of the folders beside the relay, in place of what is there.
fn copy(relay: &Relay, from: &str, to: &str) {
    let (from, to) = (relay.path(from), relay.path(to));
    if to.exists() {
        fs::remove_dir_all(&to).unwrap();
    }
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    shell(&format!("cp -a {} {}", from.display(), to.display()));
}

/// Of all that crossed the wire, no two texts are sealed under one key.
fn every_key_was_used_once(relay: &Relay) {
    let tape = fs::File::open(relay.path("tape.pcapng")).unwrap();
    let mut used = HashMap::new();
    for packet in doormat::tape::Reader::new(tape).unwrap() {
        let bytes = packet.unwrap().payload;
        let Ok(envelope) = Envelope::decode(&bytes) else {
            continue;
        };
        let it = envelope.header;
        let key = (it.session, it.sender, it.ratchet_public, it.number);
        let before = used.insert(key, bytes.clone());
        assert!(before.is_none_or(|it| it == bytes), "a key was used twice");
    }
    assert!(!used.is_empty());
}

fn says(relay: &Relay, who: &str, to: &str, lines: &[&str]) {
    let mut chat = relay.chat(who, to, &[]);
    for line in lines {
        chat.type_line(line);
    }
    finish(&mut chat);
}

fn reads(relay: &Relay, count: u64) -> Vec<String> {
    let mut bob = relay.chat("bob", "alice", &["--receive", &count.to_string()]);
    bob.end_input();
    bob.output()
}

fn answers(chat: &mut Process, line: &str, other: &Process, heard: &str) {
    chat.type_line(line);
    other.out.says(heard);
    chat.err.says(&format!("delivered: {line}"));
}

#[test]
fn a_sender_that_was_put_back_is_read_and_uses_no_key_twice() {
    let relay = relay_with_tap();
    finish(&mut relay.chat("bob", "alice", &[]));
    says(&relay, "alice", "bob", &["one"]);
    copy(&relay, "home/alice", "saved");
    says(&relay, "alice", "bob", &["two", "three"]);
    assert_eq!(reads(&relay, 3).len(), 3);
    copy(&relay, "saved", "home/alice");
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("this is an older copy of your device");
    for line in ["pay", "second", "third"] {
        answers(&mut alice, line, &bob, &format!("alice: {line}"));
    }
    bob.err.says("alice has begun a new session");
    assert_eq!(
        bob.out.lines(),
        ["alice: pay", "alice: second", "alice: third"]
    );
    assert_eq!(bob.err.count("refused"), 0, "{:?}", bob.err.lines());
    every_key_was_used_once(&relay);
    // The next run is no older copy any more.
    finish(&mut alice);
    let mut alice = relay.chat("alice", "bob", &[]);
    answers(&mut alice, "fourth", &bob, "alice: fourth");
    assert_eq!(alice.err.count("older copy"), 0);
}

#[test]
fn lines_that_wait_in_an_older_copy_are_sent_and_the_user_is_told() {
    let mut relay = relay_with_tap();
    finish(&mut relay.chat("bob", "alice", &[]));
    says(&relay, "alice", "bob", &["one"]);
    relay.kill();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("typed offline");
    until("it is kept", || relay.keeps("alice", "typed offline"));
    alice.kill();
    copy(&relay, "home/alice", "saved");
    relay.again_with(&["--tap", "tape2.pcapng"]);
    says(&relay, "alice", "bob", &["two"]);
    copy(&relay, "saved", "home/alice");
    let mut alice = relay.chat("alice", "bob", &[]);
    let said = alice.err.says("this is an older copy of your device");
    assert!(said.contains("1 line that waited here"), "{said}");
    finish(&mut alice);
    let wanted = ["one", "typed offline", "two", "typed offline"];
    assert_eq!(reads(&relay, 4), wanted.map(|it| format!("alice: {it}")));
}

/// They have talked, and Bob's device is then put back to what it was in the middle.
fn bob_is_put_back(relay: &Relay) {
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    answers(&mut alice, "one", &bob, "alice: one");
    finish(&mut bob);
    copy(relay, "home/bob", "saved");
    let mut bob = relay.chat("bob", "alice", &[]);
    for round in 0..3 {
        answers(
            &mut bob,
            &format!("to her {round}"),
            &alice,
            &format!("bob: to her {round}"),
        );
        answers(
            &mut alice,
            &format!("to him {round}"),
            &bob,
            &format!("alice: to him {round}"),
        );
    }
    finish(&mut bob);
    finish(&mut alice);
    copy(relay, "saved", "home/bob");
}

#[test]
fn what_a_recipient_that_was_put_back_cannot_open_is_sent_again() {
    let relay = relay_with_tap();
    bob_is_put_back(&relay);
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("two");
    alice.type_line("three");
    until("both are there", || relay.waiting("bob") == 2);
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("this is an older copy of your device");
    bob.err.says("an envelope of alice's was refused");
    alice.err.says("could not open: two");
    alice.err.says("delivered: two");
    alice.err.says("delivered: three");
    bob.out.says("alice: three");
    assert_eq!(bob.out.lines(), ["alice: two", "alice: three"]);
    answers(&mut bob, "now", &alice, "bob: now");
    every_key_was_used_once(&relay);
}

#[test]
fn a_sender_that_has_gone_finds_the_new_session_when_it_comes_again() {
    let relay = relay_with_tap();
    bob_is_put_back(&relay);
    says(&relay, "alice", "bob", &["lost"]);
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("an envelope of alice's was refused");
    bob.err.says("a new session with alice begins");
    until("it is on its way", || relay.waiting("alice") > 0);
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("bob has begun a new session");
    answers(&mut alice, "again", &bob, "alice: again");
    // What brings a session up is no message.
    assert_eq!(alice.out.lines(), [""; 0]);
    assert_eq!(bob.out.lines(), ["alice: again"]);
    every_key_was_used_once(&relay);
}

#[test]
fn two_who_are_never_there_at_once_find_a_new_session_too() {
    let relay = relay_with_tap();
    bob_is_put_back(&relay);
    says(&relay, "alice", "bob", &["lost"]);
    let mut bob = relay.chat("bob", "alice", &[]);
    finish(&mut bob);
    bob.err.says("an envelope of alice's was refused");
    assert_eq!(relay.waiting("alice"), 1);
    says(&relay, "alice", "bob", &["again"]);
    assert_eq!(reads(&relay, 1), ["alice: again"]);
    every_key_was_used_once(&relay);
}

#[test]
fn two_copies_of_one_device_are_both_read_in_turn() {
    let relay = relay_with_tap();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    says(&relay, "alice", "bob", &["first"]);
    bob.out.says("alice: first");
    copy(&relay, "home/alice", "copies/0");
    copy(&relay, "home/alice", "copies/1");
    for turn in 0..4 {
        let copy_of_turn = format!("copies/{}", turn % 2);
        copy(&relay, &copy_of_turn, "home/alice");
        let mut alice = relay.chat("alice", "bob", &[]);
        answers(
            &mut alice,
            &format!("turn {turn}"),
            &bob,
            &format!("alice: turn {turn}"),
        );
        answers(
            &mut bob,
            &format!("heard {turn}"),
            &alice,
            &format!("bob: heard {turn}"),
        );
        finish(&mut alice);
        let older = alice.err.count("older copy");
        assert_eq!(older, usize::from(turn > 0), "{:?}", alice.err.lines());
        copy(&relay, "home/alice", &copy_of_turn);
    }
    every_key_was_used_once(&relay);
}

#[test]
fn a_relay_that_lost_its_data_locks_nobody_out() {
    let mut relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    answers(&mut alice, "before", &bob, "alice: before");
    answers(&mut bob, "heard", &alice, "bob: heard");
    relay.kill();
    alice.err.says("no relay");
    bob.err.says("no relay");
    fs::remove_dir_all(relay.path("data")).unwrap();
    relay.again();
    for chat in [&alice, &bob] {
        chat.err.says_times("connected to the relay", 2);
    }
    answers(&mut alice, "after", &bob, "alice: after");
    answers(&mut bob, "heard too", &alice, "bob: heard too");
    for chat in [&alice, &bob] {
        assert_eq!(chat.err.count("older copy"), 0, "{:?}", chat.err.lines());
        assert_eq!(chat.err.count("new session"), 0, "{:?}", chat.err.lines());
    }
}

#[test]
fn a_sender_put_back_together_with_the_relay_is_told_what_was_not_read() {
    let mut relay = Relay::start();
    finish(&mut relay.chat("bob", "alice", &[]));
    says(&relay, "alice", "bob", &["one"]);
    copy(&relay, "home/alice", "saved");
    says(&relay, "alice", "bob", &["two"]);
    assert_eq!(reads(&relay, 2).len(), 2);
    relay.kill();
    fs::remove_dir_all(relay.path("data")).unwrap();
    copy(&relay, "saved", "home/alice");
    relay.again();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    // Nobody can tell that she is older: what she seals looks like a repetition.
    alice.type_line("pay");
    bob.err.says("an envelope of alice's was refused");
    alice.err.says("could not open: pay");
    bob.out.says("alice: pay");
    alice.err.says("delivered: pay");
    assert_eq!(bob.out.lines(), ["alice: pay"]);
}

#[tokio::test]
async fn what_only_looks_like_a_repetition_is_not_confirmed() {
    let (relay, mut world) = with_world(1);
    let bob = relay.chat("bob", "alice", &[]);
    until("he has published", || relay.bundles("bob") == 21);
    let mut client = relay.open(&world.alice).await;
    let bundle = client.fetch(&name("bob")).await.expect("a bundle");
    let bundle = KeyBundle::decode(&bundle).unwrap();
    let mut alice = Device::import(&world.alice.export().unwrap()).unwrap();
    alice.forget(&name("bob"));
    alice
        .begin(
            &bundle,
            ModeId::EndToEnd,
            ScheduleId::Ratchet,
            &mut world.rng,
        )
        .unwrap();
    let mut first = alice.export().unwrap();
    let mut envelopes = Vec::new();
    for text in ["opened", "never opened"] {
        let mut copy = Device::import(&first).unwrap();
        if text == "opened" {
            // Both seal under the second key of one chain.
            let before = copy.seal(&name("bob"), b"before", &EndToEnd, &mut world.rng);
            client.send_accepted(&before.unwrap()).await;
            first = copy.export().unwrap();
            copy = Device::import(&first).unwrap();
        }
        let sealed = copy.seal(&name("bob"), text.as_bytes(), &EndToEnd, &mut world.rng);
        envelopes.push(sealed.unwrap());
    }
    client.send_accepted(&envelopes[0]).await;
    bob.out.says("alice: opened");
    client.send_message(envelopes[1].clone().into()).await;
    let never = doormat_app::transport::control::Digest::of(&envelopes[1]);
    loop {
        match client.receive().await {
            Incoming::Reply(Reply::Delivered { digest }) => assert_ne!(digest, never),
            Incoming::Reply(Reply::Discarded {
                digest,
                session_lost,
            }) => {
                assert_eq!((digest, session_lost), (never, true));
                break;
            }
            Incoming::End => panic!("cut off"),
            _ => {}
        }
    }
    assert_eq!(bob.out.lines(), ["alice: before", "alice: opened"]);
}

#[tokio::test]
async fn of_two_copies_that_advance_at_once_one_is_refused() {
    let (relay, mut world) = with_world(1);
    let mut bob = relay.open(&world.bob).await;
    for bundle in world.bob.publish(3, &mut world.rng) {
        bob.send_accepted(&bundle.encode()).await;
    }
    let generation = |number, tag| Generation {
        number,
        tag: [tag; 16],
    };
    let mut advance = async |from, to, withdraw| {
        bob.request(&Request::Advance { from, to, withdraw }).await;
        match bob.receive().await {
            Incoming::Reply(Reply::Advanced { generation }) => generation,
            other => panic!("{other:?}"),
        }
    };
    let (one, two, other) = (generation(1, 1), generation(2, 2), generation(2, 3));
    assert_eq!(advance(None, one, false).await, one);
    assert_eq!(advance(Some(one), two, false).await, two);
    // The same again, whose answer was lost, and another copy's.
    assert_eq!(advance(Some(one), two, false).await, two);
    assert_eq!(advance(Some(one), other, false).await, two);
    assert_eq!(advance(None, other, true).await, two);
    assert_eq!(relay.bundles("bob"), 4);
    let last = generation(u64::MAX, 4);
    assert_eq!(advance(Some(two), last, true).await, last);
    assert_eq!(relay.bundles("bob"), 1, "the lasting one");
}

#[test]
fn of_two_copies_that_are_open_at_once_one_ends() {
    let relay = relay_with_tap();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    says(&relay, "alice", "bob", &["first"]);
    copy(&relay, "home/alice", "elsewhere/alice");
    let mut one = relay.chat("alice", "bob", &[]);
    answers(&mut one, "one", &bob, "alice: one");
    let mut other = relay.chat("alice", "bob", &["--home", "elsewhere"]);
    other.err.says("this is an older copy of your device");
    // It does not come back, and take the mailbox from the copy that took it.
    assert!(!one.ends().success());
    one.err.says("opened elsewhere");
    answers(&mut other, "other", &bob, "alice: other");
    answers(&mut bob, "heard", &other, "bob: heard");
    assert_eq!(other.err.count("connected to the relay"), 1);
    every_key_was_used_once(&relay);
    finish(&mut other);
}

#[test]
fn a_generation_that_the_relay_has_is_confirmed_although_its_answer_was_lost() {
    let relay = Relay::start();
    finish(&mut relay.chat("bob", "alice", &[]));
    says(&relay, "alice", "bob", &["one"]);
    let path = relay.path("home/alice/device.json");
    let confirmed = || {
        let state = fs::read_to_string(&path).unwrap();
        let state: serde_json::Value = serde_json::from_str(state.lines().next().unwrap()).unwrap();
        assert!(state["generation"]["number"].as_u64() > Some(0));
        (
            state["generation"]["number"].clone(),
            state["confirmed"].clone(),
        )
    };
    let (number, before) = confirmed();
    let state = fs::read_to_string(&path).unwrap();
    let lost = state.replace(&format!("\"confirmed\":{before}"), "\"confirmed\":0");
    assert_ne!(lost, state);
    fs::write(&path, lost).unwrap();
    finish(&mut relay.chat("alice", "bob", &[]));
    assert_eq!(confirmed(), (number.clone(), number));
}
