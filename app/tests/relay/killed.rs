//! A relay or a chat that is killed at any instant.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use doormat::{
    escrow::key_file,
    experiment::seed,
    protocol::{OpenError, ScheduleId, chain::ChainError},
};
use doormat_app::transport::control::{Digest, Reply};
use rand::RngExt;
use tokio::time::sleep;

use crate::common::{
    relay::{Incoming, Process, Relay, TestClient, attack, doormat, long, until},
    world::World,
};

/// What Alice knows of what she sent.
#[derive(Default)]
struct Ledger {
    /// The texts, by digest.
    sent: HashMap<Digest, String>,
    /// Not accepted yet, and to be sent again, in order.
    open: BTreeMap<u64, Vec<u8>>,
    accepted: BTreeSet<String>,
    next: u64,
}

impl Ledger {
    fn write(&mut self, world: &mut World) -> Vec<u8> {
        let text = format!(
            "number {} {}",
            self.next,
            "x".repeat(self.next as usize % 700)
        );
        let envelope = world.alice_writes(&text);
        self.sent.insert(Digest::of(&envelope), text);
        self.open.insert(self.next, envelope.clone());
        self.next += 1;
        envelope
    }

    fn accept(&mut self, digest: Digest) {
        self.open.retain(|_, it| Digest::of(it) != digest);
        self.accepted.insert(self.sent[&digest].clone());
    }
}

/// Sends until the relay is gone or, with `to_the_end`, until all is accepted.
async fn write(relay: &str, world: &mut World, ledger: &mut Ledger, to_the_end: bool) {
    let mut client = TestClient::open(relay, &world.alice).await;
    for envelope in ledger.open.values() {
        client.send_message(envelope.clone().into()).await;
    }
    loop {
        while !to_the_end && ledger.open.len() < 64 {
            client.send_message(ledger.write(world).into()).await;
        }
        if ledger.open.is_empty() {
            return;
        }
        match client.receive().await {
            Incoming::Reply(Reply::Accepted { digest }) => ledger.accept(digest),
            Incoming::Reply(Reply::Delivered { .. }) => {}
            Incoming::Reply(Reply::Refused { .. }) if !to_the_end => {}
            Incoming::End if !to_the_end => return,
            other => panic!("{other:?}"),
        }
    }
}

/// Reads until the relay is gone or, with `to_the_end`, until the mailbox is empty.
async fn read(relay: &str, bob: &mut World, texts: &mut Vec<String>, to_the_end: bool) {
    let mut client = TestClient::open(relay, &bob.bob).await;
    while !to_the_end || client.waiting > 0 {
        match client.receive().await {
            Incoming::Bytes(envelope) => {
                match bob.bob_reads(&envelope) {
                    Ok(text) => texts.push(text),
                    // The relay was killed before it had his confirmation.
                    Err(OpenError::Chain(ChainError::Repeated)) => {}
                    Err(error) => panic!("{error}"),
                }
                client.confirm(&envelope).await;
                client.waiting = client.waiting.saturating_sub(1);
            }
            Incoming::Reply(Reply::Refused { .. }) if !to_the_end => {}
            Incoming::End if !to_the_end => return,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(client.mail().await, [[0; 0]; 0]);
    client.close().await;
    assert_eq!(TestClient::open(relay, &bob.bob).await.waiting, 0);
}

/// `DOORMAT_LONG=1` makes it a hundred rounds.
#[tokio::test]
async fn accepted_envelopes_arrive_once_however_often_the_relay_is_killed() {
    let rounds = if long() { 100 } else { 4 };
    let mut relay = Relay::start();
    // The same seed twice: one world writes, the other reads.
    let mut alice = World::new("e2e", ScheduleId::Ratchet, 1);
    let mut bob = World::new("e2e", ScheduleId::Ratchet, 1);
    drop(relay.open(&bob.bob).await);
    let (mut ledger, mut texts) = (Ledger::default(), Vec::new());
    let mut instants = seed::generator(1, "instants");
    // Connections to this relay before the round.
    let mut come = 1;
    for round in 1..=rounds {
        let address = relay.address.clone();
        let instant = Duration::from_micros(instants.random_range(1_000..120_000));
        tokio::join!(
            write(&address, &mut alice, &mut ledger, false),
            read(&address, &mut bob, &mut texts, false),
            async {
                while relay.process.err.count("has come, from") < come + 2 {
                    tokio::task::yield_now().await;
                }
                sleep(instant).await;
                // Every fourth time it is asked to stop, which must lose nothing either.
                relay
                    .process
                    .signal(if round % 4 == 0 { "INT" } else { "KILL" });
                while !relay.process.has_ended() {
                    sleep(Duration::from_millis(1)).await;
                }
            }
        );
        // Of what was not accepted she sends half again, and never the rest.
        ledger.open.retain(|number, _| number % 2 == 0);
        relay.again();
        come = 0;
        // Before the mailbox is full.
        if relay.waiting("bob") > 5_000 {
            read(&relay.address, &mut bob, &mut texts, true).await;
            come = 2;
        }
    }
    write(&relay.address, &mut alice, &mut ledger, true).await;
    read(&relay.address, &mut bob, &mut texts, true).await;

    let delivered: BTreeSet<String> = texts.iter().cloned().collect();
    let sent: BTreeSet<String> = ledger.sent.values().cloned().collect();
    assert!(ledger.accepted.len() >= rounds, "no load");
    assert_eq!(delivered.len(), texts.len(), "something came twice");
    let lost: Vec<_> = ledger.accepted.difference(&delivered).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(delivered.is_subset(&sent), "something was invented");
}

#[tokio::test]
async fn a_tape_cut_short_by_a_kill_still_opens() {
    let mut relay = Relay::with(&["--tap", "tape.pcapng"]);
    let mut world = World::new("escrow", ScheduleId::Ratchet, 2);
    let key = relay.path("leaked.key");
    let private = key_file::write_private(&world.escrow);
    std::fs::write(&key, &*private).unwrap();
    drop(relay.open(&world.bob).await);
    let mut client = relay.open(&world.alice).await;
    for i in 0..50 {
        let text = format!("{i} {}", "x".repeat(i * 1000));
        client.send_accepted(&world.alice_writes(&text)).await;
    }
    for i in 0..20 {
        let text = format!("{i} {}", "x".repeat(60_000));
        client.send_message(world.alice_writes(&text).into()).await;
    }
    relay.kill();
    let tape = relay.path("tape.pcapng");
    let eve = attack(&tape, &key);
    let read = eve["read"].as_u64().unwrap();
    assert!(read >= 50, "{eve}");
    assert_eq!(eve["envelopes"], read, "{eve}");
    let args = ["inspect", tape.to_str().unwrap(), "--message", "49"];
    let inspected = doormat(&args);
    assert!(inspected.status.success(), "{inspected:?}");
}

/// Types lines and waits until each is on disk, or has arrived.
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
fn a_chat_that_is_killed_while_its_lines_are_in_flight_delivers_each_once() {
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut typed = vec!["hello.".to_owned()];
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line(&typed[0]);
    alice.err.says("delivered: hello.");
    for round in 0..3 {
        // The relay is suspended: the lines have left the chat, and no reply comes.
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
fn a_chat_that_is_killed_at_any_instant_delivers_each_line_it_saved_once() {
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
fn a_reader_that_is_killed_loses_nothing_and_shows_nothing_twice_without_a_mark() {
    const MARK: &str = " (perhaps shown before)";
    let relay = Relay::start();
    let mut bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    let mut read = Vec::new();
    for round in 0..10 {
        for i in 0..30 {
            alice.type_line(&format!("{round} and {i}."));
        }
        bob.out.says(&format!("{round} and {}.", round * 3));
        bob.kill();
        read.extend(bob.out.lines());
        bob = relay.chat("bob", "alice", &[]);
    }
    alice.type_line("the last.");
    bob.out.says("the last.");
    read.extend(bob.out.lines());
    let unmarked: Vec<&String> = read.iter().filter(|it| !it.contains(MARK)).collect();
    let distinct: BTreeSet<&String> = unmarked.iter().copied().collect();
    assert_eq!(unmarked.len(), distinct.len(), "{read:#?}");
    let mut shown = BTreeSet::new();
    let mut read: Vec<String> = read.iter().map(|it| it.replace(MARK, "")).collect();
    read.retain(|line| shown.insert(line.clone()));
    let typed = (0..300).map(|i| format!("alice: {} and {}.", i / 30, i % 30));
    let wanted: Vec<String> = typed.chain(["alice: the last.".to_owned()]).collect();
    assert_eq!(read, wanted);
}
