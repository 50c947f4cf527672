//! A chat that is killed at any instant.

use std::collections::BTreeSet;

use doormat::experiment::seed;
use rand::RngExt;

use crate::common::relay::{Process, Relay, until};

/// Types lines and waits until each is on disk or beyond.
fn type_and_see_kept(relay: &Relay, alice: &mut Process, bob: &Process, lines: &[String]) {
    for line in lines {
        alice.type_line(line);
        until("the line is kept", || {
            relay.keeps("alice", line) || bob.out.count(&format!("alice: {line}")) > 0
        });
    }
}

fn heard_in_order(bob: &Process, typed: &[String]) {
    let wanted: Vec<String> = typed.iter().map(|it| format!("alice: {it}")).collect();
    bob.out.says(wanted.last().unwrap());
    assert_eq!(bob.out.lines(), wanted);
}

#[test]
fn a_chat_that_is_killed_while_its_lines_are_on_the_way_sends_each_once() {
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut typed = vec!["hello.".to_owned()];
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line(&typed[0]);
    alice.err.says("delivered: hello.");
    for round in 0..3 {
        // The relay sleeps: the lines have left the chat, and no answer comes.
        relay.process.signal("STOP");
        let lines: Vec<String> = (0..5).map(|i| format!("{round} and {i}.")).collect();
        type_and_see_kept(&relay, &mut alice, &bob, &lines);
        typed.extend(lines);
        alice.kill();
        relay.process.signal("CONT");
        alice = relay.chat("alice", "bob", &[]);
        alice.err.says("connected");
    }
    typed.push("the last.".to_owned());
    alice.type_line("the last.");
    heard_in_order(&bob, &typed);
    assert_eq!(bob.err.count("refused"), 0, "{:?}", bob.err.lines());
}

#[test]
fn a_chat_that_is_killed_at_any_instant_sends_each_line_it_kept_once() {
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut instants = seed::generator(2, "instants");
    let mut typed = Vec::new();
    for round in 0..6 {
        let mut alice = relay.chat("alice", "bob", &[]);
        for i in 0..instants.random_range(1..8) {
            let line = format!("{round} and {i}.");
            type_and_see_kept(&relay, &mut alice, &bob, std::slice::from_ref(&line));
            typed.push(line);
        }
        alice.kill();
    }
    let mut alice = relay.chat("alice", "bob", &[]);
    typed.push("the last.".to_owned());
    alice.type_line("the last.");
    heard_in_order(&bob, &typed);
}

#[test]
fn a_reader_that_is_killed_loses_nothing() {
    let relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    let mut read = Vec::new();
    for round in 0..5 {
        for i in 0..10 {
            alice.type_line(&format!("{round} and {i}."));
        }
        bob.out.says(&format!("{round} and {}.", round * 2));
        bob.kill();
        read.extend(bob.out.lines());
        bob = relay.chat("bob", "alice", &[]);
    }
    alice.type_line("the last.");
    bob.out.says("the last.");
    read.extend(bob.out.lines());
    // What was on the screen when it died may be shown again: rather twice than not
    // at all.
    let mut shown = BTreeSet::new();
    read.retain(|line| shown.insert(line.clone()));
    let typed = (0..50).map(|i| format!("alice: {} and {}.", i / 10, i % 10));
    let wanted: Vec<String> = typed.chain(["alice: the last.".to_owned()]).collect();
    assert_eq!(read, wanted);
}
