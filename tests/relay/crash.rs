//! `kill -9`, at any instant.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use doormat::{
    experiment::seed,
    protocol::{OpenError, ScheduleId, run::RunError},
    transport::control::{Digest, Reply},
};
use rand::RngExt;

use crate::common::{
    relay::{Heard, Line, Process, Relay, attack, doormat, flood, forged, knock, long, until},
    world::World,
};

/// What Alice knows of what she sent.
#[derive(Default)]
struct Ledger {
    /// By digest: the text, and whether it is to be sent until it is accepted.
    sent: HashMap<Digest, String>,
    /// Not accepted yet, in order, and not given up.
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

/// Sends until the relay is gone, or, if told to, until all is accepted.
async fn write(relay: &str, world: &mut World, ledger: &mut Ledger, to_the_end: bool) {
    let mut line = Line::open(relay, &world.alice).await;
    for envelope in ledger.open.values() {
        line.say(envelope.clone().into()).await;
    }
    loop {
        while !to_the_end && ledger.open.len() < 64 {
            line.say(ledger.write(world).into()).await;
        }
        if ledger.open.is_empty() {
            return;
        }
        match line.hear().await {
            Heard::Reply(Reply::Accepted { digest }) => ledger.accept(digest),
            Heard::Reply(Reply::Delivered { .. }) => {}
            Heard::End if !to_the_end => return,
            other => panic!("{other:?}"),
        }
    }
}

/// Reads until the relay is gone, or, if told to, until the mailbox is empty.
async fn read(relay: &str, bob: &mut World, texts: &mut Vec<String>, to_the_end: bool) {
    let mut line = Line::open(relay, &bob.bob).await;
    while !to_the_end || line.waiting > 0 {
        match line.hear().await {
            Heard::Bytes(envelope) => {
                match bob.bob_reads(&envelope) {
                    Ok(text) => texts.push(text),
                    // The relay died before it had his confirmation.
                    Err(OpenError::Run(RunError::Repeated)) => {}
                    Err(error) => panic!("{error}"),
                }
                line.received(&envelope).await;
                line.waiting = line.waiting.saturating_sub(1);
            }
            Heard::End if !to_the_end => return,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(line.mail().await, [[0; 0]; 0]);
    line.close().await;
    assert_eq!(Line::open(relay, &bob.bob).await.waiting, 0);
}

/// `DOORMAT_LONG=1` makes it a hundred rounds.
#[tokio::test]
async fn what_was_accepted_arrives_once_however_often_the_relay_is_killed() {
    let rounds = if long() { 100 } else { 3 };
    let mut relay = Relay::start();
    // The same seed twice: one world writes, the other reads.
    let mut alice = World::new("e2e", ScheduleId::Ratchet, 1);
    let mut bob = World::new("e2e", ScheduleId::Ratchet, 1);
    drop(Line::open(&relay.address, &bob.bob).await);
    let (mut ledger, mut texts) = (Ledger::default(), Vec::new());
    let mut instants = seed::generator(1, "instants");
    for _ in 0..rounds {
        let address = relay.address.clone();
        let instant = Duration::from_micros(instants.random_range(1_000..120_000));
        tokio::join!(
            write(&address, &mut alice, &mut ledger, false),
            read(&address, &mut bob, &mut texts, false),
            async {
                while relay.process.err.count("has come, from") < 2 {
                    tokio::task::yield_now().await;
                }
                tokio::time::sleep(instant).await;
                relay.kill();
            }
        );
        // Of what was not accepted, she sends half again and gives up the rest.
        ledger.open.retain(|number, _| number % 2 == 0);
        relay.again();
        // Before the mailbox is full.
        if relay.waiting("bob") > 5_000 {
            read(&relay.address, &mut bob, &mut texts, true).await;
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
    println!(
        "{rounds} rounds: {} sent, {} accepted, {} delivered",
        sent.len(),
        ledger.accepted.len(),
        delivered.len()
    );
}

#[tokio::test]
async fn a_tape_that_was_cut_by_a_kill_still_opens() {
    let mut relay = Relay::with(&["--tap", "tape.pcapng"]);
    let mut world = World::new("escrow", ScheduleId::Ratchet, 2);
    let key = relay.path("leaked.key");
    let private = doormat::escrow::key_file::write_private(&world.escrow);
    std::fs::write(&key, &*private).unwrap();
    drop(Line::open(&relay.address, &world.bob).await);
    let mut line = Line::open(&relay.address, &world.alice).await;
    for i in 0..50 {
        let text = format!("{i} {}", "x".repeat(i * 1000));
        line.accepted(&world.alice_writes(&text)).await;
    }
    for i in 0..20 {
        let text = format!("{i} {}", "x".repeat(60_000));
        line.say(world.alice_writes(&text).into()).await;
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

const FIVE_SECONDS: Duration = Duration::from_secs(5);

#[tokio::test]
async fn an_interrupted_relay_says_goodbye_and_ends_well() {
    for signal in ["INT", "TERM"] {
        let mut relay = Relay::with(&["--tap", "tape.pcapng"]);
        let mut world = World::new("e2e", ScheduleId::Ratchet, 3);
        let mut alice = Line::open(&relay.address, &world.alice).await;
        let mut bob = Line::open(&relay.address, &world.bob).await;
        alice.accepted(&world.alice_writes("to the last")).await;
        relay.process.signal(signal);
        assert_eq!(alice.refusal().await, "the relay is stopping");
        assert_eq!(bob.refusal().await, "the relay is stopping");
        assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
        assert_eq!(attack_nothing(&relay), 1);
        relay.again();
        let mut bob = Line::open(&relay.address, &world.bob).await;
        assert_eq!(bob.take(1).await.len(), 1);
    }
}

/// The envelopes on a tape, seen with a key that opens nothing.
fn attack_nothing(relay: &Relay) -> u64 {
    let stem = relay.path("other");
    let made = doormat(&["authority", "new", "--out", stem.to_str().unwrap()]);
    assert!(made.status.success());
    let eve = attack(&relay.path("tape.pcapng"), &relay.path("other.key"));
    eve["envelopes"].as_u64().unwrap()
}

#[tokio::test]
async fn an_interrupted_relay_does_not_wait_for_who_never_spoke() {
    use tokio::{io::AsyncWriteExt, net::TcpStream};
    let mut relay = Relay::start();
    let silent = TcpStream::connect(&relay.address).await.unwrap();
    let mut halfway = TcpStream::connect(&relay.address).await.unwrap();
    halfway.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let unanswered = knock(&relay.address).await;
    relay.process.signal("INT");
    assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
    drop((silent, halfway, unanswered));
}

#[tokio::test]
async fn an_interrupted_relay_does_not_wait_for_who_does_not_read() {
    let mut relay = Relay::start();
    let mut world = World::new("e2e", ScheduleId::Ratchet, 4);
    let template = world.alice_writes(&"x".repeat(65_536));
    let deaf = Line::open(&relay.address, &world.bob).await;
    let mut alice = Line::open(&relay.address, &world.alice).await;
    let envelopes = (0..200).map(|i| forged(&template, i));
    flood(&mut alice, envelopes).await;
    relay.process.signal("INT");
    assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
    drop(deaf);
}

/// `DOORMAT_LONG=1` runs it: it takes a minute.
#[test]
fn a_device_that_has_vanished_is_given_up_although_mail_for_it_keeps_coming() {
    if !long() {
        return;
    }
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("are you there?");
    alice.err.says("delivered");
    bob.signal("STOP");
    let begun = std::time::Instant::now();
    while relay.process.err.count("bob has gone") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(80), "never given up");
        alice.type_line("and now?");
        std::thread::sleep(Duration::from_secs(2));
    }
    relay
        .process
        .err
        .says("bob has gone: nothing was heard for too long");
}

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
