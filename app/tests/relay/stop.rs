//! A relay that is asked to stop, and a client that vanishes without closing.

use std::{
    thread,
    time::{Duration, Instant},
};

use doormat::protocol::ScheduleId;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::common::{
    relay::{Relay, TestClient, attack, connect, flood, forged, with_world},
    world::World,
};

const FIVE_SECONDS: Duration = Duration::from_secs(5);

#[tokio::test]
async fn an_interrupted_relay_tells_its_clients_and_ends_with_success() {
    for signal in ["INT", "TERM"] {
        let mut relay = Relay::with(&["--tap", "tape.pcapng"]);
        let mut world = World::new("e2e", ScheduleId::Ratchet, 3);
        let mut alice = relay.open(&world.alice).await;
        let mut bob = relay.open(&world.bob).await;
        alice
            .send_accepted(&world.alice_writes("to the last"))
            .await;
        relay.process.signal(signal);
        assert_eq!(alice.close_reason().await, "the relay is stopping");
        assert_eq!(bob.close_reason().await, "the relay is stopping");
        assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
        assert_eq!(recorded_envelopes(&relay), 1);
        relay.again();
        let mut bob = relay.open(&world.bob).await;
        assert_eq!(bob.take(1).await.len(), 1);
    }
}

/// The number of envelopes on the tape, read with a key that opens none.
fn recorded_envelopes(relay: &Relay) -> u64 {
    relay.new_authority();
    let eve = attack(&relay.path("tape.pcapng"), &relay.path("ministry.key"));
    eve["envelopes"].as_u64().unwrap()
}

#[tokio::test]
async fn an_interrupted_relay_does_not_wait_for_pending_connections() {
    let mut relay = Relay::start();
    let silent = TcpStream::connect(&relay.address).await.unwrap();
    let mut halfway = TcpStream::connect(&relay.address).await.unwrap();
    halfway.write_all(b"GET / HTTP/1.1\r\nHo").await.unwrap();
    let unanswered = connect(&relay.address).await;
    relay.process.signal("INT");
    assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
    drop((silent, halfway, unanswered));
}

#[tokio::test]
async fn an_interrupted_relay_does_not_wait_for_a_client_that_does_not_read() {
    let (mut relay, mut world) = with_world(4);
    let template = world.alice_writes(&"x".repeat(65_536));
    let not_reading = TestClient::open_with_small_buffer(&relay.address, &world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    let envelopes = (0..200).map(|i| forged(&template, i));
    flood(&mut alice, envelopes).await;
    relay.process.signal("INT");
    assert_eq!(relay.process.ends_within(FIVE_SECONDS).code(), Some(0));
    drop(not_reading);
}

#[test]
#[ignore = "it takes more than a minute: cargo test --test relay -- --ignored"]
fn a_vanished_client_is_disconnected_although_mail_for_it_keeps_coming() {
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
