//! A relay that is killed at any instant.

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
    relay::{Heard, Line, Relay, attack, doormat, long},
    world::World,
};

/// What Alice knows of what she sent.
#[derive(Default)]
struct Ledger {
    /// The texts, by digest.
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
            Heard::Reply(Reply::Refused { .. }) if !to_the_end => {}
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
                    Err(OpenError::Chain(ChainError::Repeated)) => {}
                    Err(error) => panic!("{error}"),
                }
                line.received(&envelope).await;
                line.waiting = line.waiting.saturating_sub(1);
            }
            Heard::Reply(Reply::Refused { .. }) if !to_the_end => {}
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
    let rounds = if long() { 100 } else { 4 };
    let mut relay = Relay::start();
    // The same seed twice: one world writes, the other reads.
    let mut alice = World::new("e2e", ScheduleId::Ratchet, 1);
    let mut bob = World::new("e2e", ScheduleId::Ratchet, 1);
    drop(Line::open(&relay.address, &bob.bob).await);
    let (mut ledger, mut texts) = (Ledger::default(), Vec::new());
    let mut instants = seed::generator(1, "instants");
    // How many have come to this relay before the round.
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
                // Every fourth time it is asked politely, and that must do no harm either.
                relay
                    .process
                    .signal(if round % 4 == 0 { "INT" } else { "KILL" });
                while !relay.process.has_ended() {
                    sleep(Duration::from_millis(1)).await;
                }
            }
        );
        // Of what was not accepted, she sends half again and gives up the rest.
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
async fn a_tape_that_was_cut_by_a_kill_still_opens() {
    let mut relay = Relay::with(&["--tap", "tape.pcapng"]);
    let mut world = World::new("escrow", ScheduleId::Ratchet, 2);
    let key = relay.path("leaked.key");
    let private = key_file::write_private(&world.escrow);
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
