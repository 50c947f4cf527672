//! A relay that is asked to stop, and a client that has stopped without saying so.

use std::{
    thread,
    time::{Duration, Instant},
};

use doormat::protocol::ScheduleId;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::common::{
    relay::{Line, Relay, attack, doormat, flood, forged, knock},
    world::World,
};

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
    let deaf = Line::open_deaf(&relay.address, &world.bob).await;
    let mut alice = Line::open(&relay.address, &world.alice).await;
    let envelopes = (0..200).map(|i| forged(&template, i));
    flood(&mut alice, envelopes).await;
    relay.process.signal("INT");
    assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
    drop(deaf);
}

#[test]
#[ignore = "it takes more than a minute: cargo test --test relay -- --ignored"]
fn a_device_that_has_vanished_is_given_up_although_mail_for_it_keeps_coming() {
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("are you there?");
    alice.err.says("delivered");
    bob.signal("STOP");
    let begun = Instant::now();
    while relay.process.err.count("bob has gone") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(80), "never given up");
        alice.type_line("and now?");
        thread::sleep(Duration::from_secs(2));
    }
    relay
        .process
        .err
        .says("bob has gone: nothing was heard for too long");
}
