//! A known contact comes with another identity than before.

use std::{fs, time::Duration};

use crate::common::relay::{Process, Relay, finish, until};

/// Alice and Bob have talked; then Bob gets a new device, and the relay an empty database.
fn bob_has_a_new_device() -> Relay {
    let mut relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("before");
    bob.out.says("alice: before");
    bob.type_line("heard");
    alice.out.says("bob: heard");
    for chat in [&mut alice, &mut bob] {
        finish(chat);
    }
    relay.kill();
    fs::remove_dir_all(relay.path("data")).unwrap();
    fs::remove_dir_all(relay.path("home/bob")).unwrap();
    relay.again();
    relay
}

/// The sixty digits that follow a line with these words.
fn digits_after(chat: &Process, words: &str) -> String {
    chat.err.says(words);
    let mut lines = Vec::new();
    until("the number is shown", || {
        let said = chat.err.lines();
        let rest = said.iter().skip_while(|it| !it.contains(words));
        lines = rest
            .skip(1)
            .take(2)
            .map(|it| it.trim().to_owned())
            .collect();
        lines.len() == 2
    });
    lines.join(" ")
}

#[test]
fn a_new_identity_is_used_once_it_is_accepted() {
    let relay = bob_has_a_new_device();
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.err.says("connected");
    alice.type_line("/accept");
    alice.err.says("bob has not come with another identity");
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    bob.type_line("it is me, with a new phone");
    alice
        .err
        .says("bob comes with another identity than before");
    bob.err
        .says("alice's device refused: it is me, with a new phone");
    let would_be = digits_after(&alice, "with that identity the safety number would be");
    bob.type_line("/safety");
    assert_eq!(digits_after(&bob, "safety number with alice"), would_be);
    // Until she accepts she receives nothing, and /safety shows the old number.
    alice.type_line("/safety");
    assert_ne!(digits_after(&alice, "safety number with bob"), would_be);
    assert_eq!(alice.out.lines(), [""; 0]);
    alice.type_line("/accept");
    alice
        .err
        .says("accepted; only this identity is bob from now on");
    bob.type_line("once more");
    alice.out.says("bob: once more");
    alice.type_line("welcome back");
    bob.out.says("alice: welcome back");
    finish(&mut alice);
    // The next chat still has the accepted identity.
    let mut alice = relay.chat("alice", "bob", &[]);
    bob.type_line("still me");
    alice.out.says("bob: still me");
    alice.type_line("/safety");
    assert_eq!(digits_after(&alice, "safety number with bob"), would_be);
}

#[test]
fn lines_typed_before_a_new_identity_was_accepted_are_sent_to_it() {
    let relay = bob_has_a_new_device();
    let escrow = relay.new_authority();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    until("he has published", || relay.bundles("bob") == 21);
    bob.kill();
    // In the other mode she needs a new session, and asks for his bundle once, not again
    // before she has decided.
    let mut alice = relay.chat("alice", "bob", &escrow);
    alice.type_line("is that you?");
    digits_after(&alice, "with that identity the safety number would be");
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(alice.err.count("no session with bob"), 1);
    alice.type_line("/accept");
    finish(&mut alice);
    let bob = relay.chat("bob", "alice", &escrow);
    bob.out.says("alice: is that you?");
}
