//! Delivery without faults: what is accepted arrives once, and in order.

use std::time::{Duration, Instant};

use doormat::{
    escrow::key_file,
    protocol::{Device, KeyBundle, ScheduleId},
};
use doormat_app::transport::control::{Digest, Reply};

use tokio::time::timeout;

use crate::common::{
    relay::{Incoming, Relay, TestClient, attack, finish, forged, with_world},
    world::{World, name},
};

/// Bob publishes bundles and disconnects; Alice writes and disconnects; Bob comes back.
/// Gives the lines he reads, those he should, and what Eve reads of the tape.
fn while_bob_is_away(escrowed: bool) -> (Vec<String>, Vec<String>, serde_json::Value) {
    let relay = Relay::with(&["--tap", "tape.pcapng"]);
    let escrow = relay.new_authority();
    let mode = if escrowed { &escrow[..] } else { &[] };

    let mut bob = relay.chat("bob", "alice", mode);
    finish(&mut bob);

    let texts: Vec<String> = (0..30).map(|i| format!("message {i}")).collect();
    let mut alice = relay.chat("alice", "bob", mode);
    for text in &texts {
        alice.type_line(text);
    }
    finish(&mut alice);

    let mut bob = relay.chat("bob", "alice", &[mode, &["--receive", "30"]].concat());
    bob.end_input();
    let read = bob.output();
    assert_eq!(relay.waiting("bob"), 0);
    let mut again = relay.chat("bob", "alice", mode);
    again.end_input();
    assert_eq!(again.output(), [""; 0]);
    let wanted = texts.iter().map(|text| format!("alice: {text}")).collect();
    let eve = attack(&relay.path("tape.pcapng"), &relay.path("ministry.key"));
    (read, wanted, eve)
}

#[test]
fn mail_of_an_absent_recipient_arrives_once_in_order_and_a_leaked_escrow_key_reads_it_in_escrow_mode()
 {
    let (read, wanted, eve) = while_bob_is_away(true);
    assert_eq!(read, wanted);
    assert_eq!(eve["envelopes"], 30, "{eve}");
    assert_eq!(eve["read"], 30, "{eve}");
}

#[test]
fn mail_of_an_absent_recipient_arrives_once_in_order_and_a_leaked_escrow_key_reads_none_of_it_in_e2e_mode()
 {
    let (read, wanted, eve) = while_bob_is_away(false);
    assert_eq!(read, wanted);
    assert_eq!(eve["envelopes"], 30, "{eve}");
    assert_eq!(eve["read"], 0, "{eve}");
}

#[tokio::test]
async fn on_a_tape_of_both_modes_the_leaked_key_reads_exactly_the_escrowed_messages() {
    let relay = Relay::with(&["--tap", "tape.pcapng"]);
    let mut plain = World::new("e2e", ScheduleId::Ratchet, 1);
    let mut escrow = World::new("escrow", ScheduleId::Ratchet, 1);
    let key = relay.path("leaked.key");
    std::fs::write(&key, &*key_file::write_private(&escrow.escrow)).unwrap();
    let mut bob = relay.open(&plain.bob).await;
    let mut alice = relay.open(&plain.alice).await;
    for i in 0..10 {
        alice
            .send_accepted(&plain.alice_writes(&format!("plain {i}")))
            .await;
        alice
            .send_accepted(&escrow.alice_writes(&format!("escrow {i}")))
            .await;
    }
    for envelope in bob.take(20).await {
        let world = if envelope[2] == 1 {
            &mut plain
        } else {
            &mut escrow
        };
        world.bob_reads(&envelope).unwrap();
    }
    let eve = attack(&relay.path("tape.pcapng"), &key);
    assert_eq!(eve["envelopes"], 20, "{eve}");
    assert_eq!(eve["read"], 10, "{eve}");
}

/// Asks for Bob's bundle in the name of a new device.
async fn asked_by(relay: &Relay, world: &mut World, called: &str) -> Option<Vec<u8>> {
    let asker = Device::new(name(called), &mut world.rng);
    relay.open(&asker).await.fetch(&name("bob")).await
}

#[tokio::test]
async fn a_prekey_is_handed_out_once_and_the_lasting_bundle_on_every_request() {
    let (mut relay, mut world) = with_world(2);
    let bundles = world.bob.publish(3, &mut world.rng);
    let mut bob = relay.open(&world.bob).await;
    for bundle in &bundles {
        bob.send_accepted(&bundle.encode()).await;
    }
    let mut handed_out = Vec::new();
    for asker in ["a", "b", "c", "d", "e"] {
        handed_out.extend(asked_by(&relay, &mut world, asker).await);
        if asker == "b" {
            relay.restart();
        }
    }
    let last = &bundles[3];
    let wanted = [&bundles[0], &bundles[1], &bundles[2], last, last];
    assert_eq!(handed_out, wanted.map(KeyBundle::encode));
    let mut alice = relay.open(&world.alice).await;
    assert_eq!(alice.fetch(&name("alice")).await, None);
    let bob = relay.open(&world.bob).await;
    assert_eq!(bob.prekeys, 0);
}

#[tokio::test]
async fn a_prekey_that_was_published_twice_is_handed_out_once() {
    // As an owner does that did not receive the acknowledgement.
    let (relay, mut world) = with_world(2);
    let bundles = world.bob.publish(1, &mut world.rng);
    let mut bob = relay.open(&world.bob).await;
    for bundle in [&bundles[0], &bundles[0], &bundles[1]] {
        bob.send_accepted(&bundle.encode()).await;
    }
    let first = asked_by(&relay, &mut world, "a").await;
    let second = asked_by(&relay, &mut world, "b").await;
    assert_eq!(first, Some(bundles[0].encode()));
    assert_eq!(second, Some(bundles[1].encode()));
}

#[tokio::test]
async fn an_envelope_that_is_sent_twice_is_accepted_twice_and_delivered_once() {
    let (mut relay, mut world) = with_world(3);
    let mut bob = relay.open(&world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    let envelope = world.alice_writes("once");
    alice.send_accepted(&envelope).await;
    alice.send_accepted(&envelope).await;
    assert_eq!(bob.take(1).await, [envelope.clone()]);
    assert_eq!(bob.mail().await, [[0; 0]; 0]);
    let digest = Digest::of(&envelope);
    assert_eq!(
        alice.receive().await,
        Incoming::Reply(Reply::Delivered { digest })
    );
    alice.send_accepted(&envelope).await;
    relay.restart();
    let mut alice = relay.open(&world.alice).await;
    alice.send_accepted(&envelope).await;
    let mut bob = relay.open(&world.bob).await;
    assert_eq!((bob.waiting, bob.mail().await), (0, Vec::new()));
}

#[tokio::test]
async fn unconfirmed_mail_is_sent_again_on_the_next_connection() {
    let (relay, mut world) = with_world(4);
    drop(relay.open(&world.bob).await);
    let mut alice = relay.open(&world.alice).await;
    let envelopes: Vec<_> = (0..5).map(|i| world.alice_writes(&i.to_string())).collect();
    for envelope in &envelopes {
        alice.send_accepted(envelope).await;
    }
    for _ in 0..2 {
        let mut bob = relay.open(&world.bob).await;
        assert_eq!((bob.waiting, bob.mail().await), (5, envelopes.clone()));
    }
    let mut bob = relay.open(&world.bob).await;
    bob.confirm(&envelopes[2]).await;
    bob.mail().await;
    let mut bob = relay.open(&world.bob).await;
    let left = [0, 1, 3, 4].map(|i| envelopes[i].clone());
    assert_eq!((bob.waiting, bob.mail().await), (4, left.to_vec()));
}

#[tokio::test]
async fn a_confirmation_counts_even_if_the_connection_ends_right_after_it() {
    let (relay, mut world) = with_world(5);
    let mut bob = relay.open(&world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    for i in 0..40 {
        let envelope = world.alice_writes(&i.to_string());
        let digest = Digest::of(&envelope);
        alice.send_accepted(&envelope).await;
        bob.take(1).await;
        match i % 2 {
            0 => bob.close().await,
            _ => drop(bob),
        }
        assert_eq!(
            alice.receive().await,
            Incoming::Reply(Reply::Delivered { digest }),
            "after {i}"
        );
        bob = relay.open(&world.bob).await;
        assert_eq!(bob.waiting, 0, "after {i}");
    }
}

#[tokio::test]
async fn envelopes_whose_sender_hangs_up_at_once_are_pushed_to_a_connected_recipient() {
    let (relay, mut world) = with_world(6);
    let template = world.alice_writes("template");
    let mut bob = relay.open(&world.bob).await;
    let mut heard = 0;
    for i in 0..20 {
        let mut alice = relay.open(&world.alice).await;
        for j in 0..20 {
            alice
                .send_message(forged(&template, 20 * i + j).into())
                .await;
        }
        drop(alice);
        relay.process.err.says_times("alice has gone", i + 1);
        // What is in his mailbox is pushed to him within two seconds.
        let begun = Instant::now();
        while heard < relay.waiting("bob") {
            let late = begun.elapsed() > Duration::from_secs(2);
            assert!(!late, "{heard} of {} told", relay.waiting("bob"));
            while let Ok(it) = timeout(Duration::from_millis(5), bob.receive()).await {
                assert!(matches!(it, Incoming::Bytes(_)), "{it:?}");
                heard += 1;
            }
        }
        // All of it is confirmed, so that there is room for more.
        drop(bob);
        bob = relay.open(&world.bob).await;
        let waiting = usize::try_from(bob.waiting).unwrap();
        bob.take(waiting).await;
        bob.close().await;
        bob = relay.open(&world.bob).await;
        assert_eq!(bob.waiting, 0);
        heard = 0;
    }
}

#[tokio::test]
async fn the_connection_that_opened_a_mailbox_last_is_the_one_that_reads_it() {
    let (relay, mut world) = with_world(7);
    let mut first = relay.open(&world.bob).await;
    let mut second = relay.open(&world.bob).await;
    assert_eq!(
        first.close_reason().await,
        "this mailbox was opened elsewhere"
    );
    let mut alice = relay.open(&world.alice).await;
    alice.send_accepted(&world.alice_writes("here")).await;
    assert_eq!(second.take(1).await.len(), 1);
}

#[tokio::test]
async fn two_clients_that_send_long_texts_at_full_speed_do_not_block_each_other() {
    let (relay, mut world) = with_world(8);
    world.greet();
    let long = "x".repeat(65_536);
    let (to_bob, to_alice) = (world.alice_writes(&long), world.bob_writes(&long));
    let mut alice = relay.open(&world.alice).await;
    let mut bob = relay.open(&world.bob).await;
    async fn chatter(client: &mut TestClient, template: &[u8]) -> usize {
        const EACH: u64 = 200;
        let (mut sent, mut accepted, mut heard) = (0, 0, 0);
        while accepted < EACH || heard < EACH as usize {
            if sent < EACH && sent < accepted + 64 {
                client.send_message(forged(template, sent).into()).await;
                sent += 1;
                continue;
            }
            match client.receive().await {
                Incoming::Bytes(envelope) => {
                    client.confirm(&envelope).await;
                    heard += 1;
                }
                Incoming::Reply(Reply::Accepted { .. }) => accepted += 1,
                Incoming::Reply(Reply::Delivered { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        heard
    }
    let both = tokio::join!(chatter(&mut alice, &to_bob), chatter(&mut bob, &to_alice));
    assert_eq!(both, (200, 200));
}
