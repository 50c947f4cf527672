//! Authentication: nobody reads, empties or writes to a mailbox in another's name.

use doormat::protocol::{Device, ScheduleId};
use doormat_app::transport::control::{Digest, Reply, Request};

use crate::common::{
    relay::{Incoming, Relay, TestClient, answer, connect, hello},
    world::{World, name},
};

const BAD_PROOF: &str = "the signature does not answer the challenge";

/// Bob has claimed his name, and one envelope of Alice's waits for him.
async fn one_waits(seed: u64) -> (Relay, World, Vec<u8>) {
    let relay = Relay::start();
    let mut world = World::new("e2e", ScheduleId::Ratchet, seed);
    relay.open(&world.bob).await.close().await;
    let mut alice = relay.open(&world.alice).await;
    let envelope = world.alice_writes("for Bob only");
    alice.send_accepted(&envelope).await;
    alice.close().await;
    (relay, world, envelope)
}

async fn still_waits(relay: &Relay, world: &World, envelope: &[u8]) {
    let mut bob = relay.open(&world.bob).await;
    assert_eq!(
        (bob.waiting, bob.take_all(1).await),
        (1, vec![envelope.to_vec()])
    );
}

fn mallory(world: &mut World, called: &str) -> Device {
    Device::new(name(called), &mut world.rng)
}

#[tokio::test]
async fn a_wrong_signature_opens_no_mailbox() {
    let (relay, mut world, envelope) = one_waits(1).await;
    let mallory = mallory(&mut world, "bob");
    let (bob, key) = (&world.bob, mallory.signing_key());
    // Bob's name and identity, Mallory's signature; a signature of another
    // challenge, of another name, of nothing.
    let (mut client, nonce) = connect(&relay.address).await;
    let forged = hello(&nonce, bob.name(), bob.identity(), key);
    assert_eq!(client.authenticate(forged).await, Err(BAD_PROOF.into()));
    let (mut client, nonce) = connect(&relay.address).await;
    let stale = answer(&nonce.map(|byte| !byte), bob);
    assert_eq!(client.authenticate(stale).await, Err(BAD_PROOF.into()));
    let (mut client, nonce) = connect(&relay.address).await;
    let mut renamed = hello(&nonce, &name("carol"), bob.identity(), bob.signing_key());
    renamed.name = name("bob");
    assert_eq!(client.authenticate(renamed).await, Err(BAD_PROOF.into()));
    let (mut client, nonce) = connect(&relay.address).await;
    let mut empty = answer(&nonce, bob);
    empty.signature = [0; 64];
    assert_eq!(client.authenticate(empty).await, Err(BAD_PROOF.into()));
    still_waits(&relay, &world, &envelope).await;
}

#[tokio::test]
async fn a_recorded_hello_opens_nothing_again() {
    let (relay, world, envelope) = one_waits(2).await;
    let (mut client, nonce) = connect(&relay.address).await;
    let recorded = answer(&nonce, &world.bob);
    client.authenticate(recorded.clone()).await.unwrap();
    for _ in 0..2 {
        let (mut replay, fresh) = connect(&relay.address).await;
        assert_ne!(fresh, nonce);
        let said = replay.authenticate(recorded.clone()).await;
        assert_eq!(said, Err(BAD_PROOF.into()));
    }
    // Nor does it replace the connection that is open.
    assert_eq!(client.mail().await, [envelope]);
}

#[tokio::test]
async fn a_name_belongs_to_the_identity_that_first_claimed_it() {
    let (mut relay, mut world, envelope) = one_waits(3).await;
    let mallory = mallory(&mut world, "bob");
    let why = "this name belongs to another identity here";
    for _ in 0..2 {
        let said = TestClient::open_with(&relay.address, &mallory, None).await;
        assert_eq!(said.err().as_deref(), Some(why));
        relay.restart();
    }
    // Half of his identity is not enough: her signing key beside his agreement key.
    let mut mixed = *world.bob.identity();
    mixed.signing = mallory.identity().signing;
    let (mut client, nonce) = connect(&relay.address).await;
    let said = client
        .authenticate(hello(&nonce, &name("bob"), &mixed, mallory.signing_key()))
        .await;
    assert_eq!(said, Err(why.into()));
    still_waits(&relay, &world, &envelope).await;
}

#[tokio::test]
async fn nobody_sends_in_anothers_name() {
    let (relay, mut world, envelope) = one_waits(4).await;
    let mallory = mallory(&mut world, "mallory");
    let mut client = relay.open(&mallory).await;
    client
        .send_message(world.alice_writes("from Alice, she says").into())
        .await;
    let said = client.close_reason().await;
    assert!(
        said.contains("an envelope of alice's from mallory"),
        "{said}"
    );
    still_waits(&relay, &world, &envelope).await;
    let bob = relay.open(&world.bob).await;
    assert_eq!(bob.waiting, 0);
}

#[tokio::test]
async fn nobody_publishes_in_anothers_name() {
    let (relay, mut world, _) = one_waits(5).await;
    let mut impostor = mallory(&mut world, "bob");
    let mallory = mallory(&mut world, "mallory");
    let theirs = world.bob.publish(0, &mut world.rng).remove(0);
    let hers = impostor.publish(0, &mut world.rng).remove(0);
    let mut renamed = theirs.clone();
    renamed.owner = name("mallory");
    for bundle in [theirs, hers, renamed] {
        let mut client = relay.open(&mallory).await;
        client.send_message(bundle.encode().into()).await;
        let said = client.close_reason().await;
        assert!(said.contains("not this identity's"), "{said}");
    }
    let mut alice = relay.open(&world.alice).await;
    assert_eq!(alice.fetch(&name("bob")).await, None);
    assert_eq!(alice.fetch(&name("mallory")).await, None);
}

#[tokio::test]
async fn nobody_empties_anothers_mailbox() {
    let (relay, mut world, envelope) = one_waits(6).await;
    for called in ["mallory", "alice"] {
        let device = match called {
            "alice" => &world.alice,
            _ => &mallory(&mut world, called),
        };
        let mut client = relay.open(device).await;
        assert_eq!(client.waiting, 0);
        client.confirm(&envelope).await;
        let digest = Digest::of(&envelope);
        client
            .request(&Request::Discard {
                digest,
                session_lost: false,
            })
            .await;
        assert_eq!(client.mail().await, [[0; 0]; 0]);
        client.close().await;
    }
    still_waits(&relay, &world, &envelope).await;
}

#[tokio::test]
async fn nothing_is_done_before_the_challenge_is_answered() {
    let (relay, mut world, envelope) = one_waits(7).await;
    let digest = Digest::of(&envelope);
    let owner = name("bob");
    let first = [
        serde_json::to_string(&Request::Received { digest })
            .unwrap()
            .into(),
        serde_json::to_string(&Request::Fetch { owner })
            .unwrap()
            .into(),
        world.alice_writes("no").into(),
    ];
    for message in first {
        let (mut client, _) = connect(&relay.address).await;
        client.send_message(message).await;
        let said = client.close_reason().await;
        assert_eq!(said, "answer the challenge first, with a hello");
    }
    still_waits(&relay, &world, &envelope).await;
}

#[tokio::test]
async fn a_second_hello_is_refused() {
    let (relay, world, envelope) = one_waits(8).await;
    let (mut client, nonce) = connect(&relay.address).await;
    let hello = answer(&nonce, &world.bob);
    client.authenticate(hello.clone()).await.unwrap();
    client.request(&Request::Hello(Box::new(hello))).await;
    let said = client.close_reason().await;
    assert!(said.contains("a second hello"), "{said}");
    still_waits(&relay, &world, &envelope).await;
}

#[tokio::test]
async fn the_sender_is_told_that_an_envelope_was_delivered() {
    let (relay, world, envelope) = one_waits(9).await;
    let mut alice = relay.open(&world.alice).await;
    still_waits(&relay, &world, &envelope).await;
    let digest = Digest::of(&envelope);
    let heard = alice.receive().await;
    let wanted = Incoming::Reply(Reply::Delivered { digest });
    assert_eq!(heard, wanted);
}
