//! One-time prekeys: nobody uses up another's, and they are published anew while there is a
//! connection.

use doormat::protocol::{Device, KeyBundle, device::MAX_PREKEYS};
use doormat_app::transport::control::{FEW_PREKEYS, Reply};

use crate::common::{
    relay::{Incoming, Relay, TestClient, until, with_world},
    world::{World, name},
};

fn one_time(bundle: &[u8]) -> Option<u32> {
    let bundle = KeyBundle::decode(bundle).unwrap();
    bundle.one_time_prekey.map(|prekey| prekey.id)
}

/// Publishes Bob's bundles, and gives the number of the first prekey.
async fn publish(world: &mut World, bob: &mut TestClient, count: usize) -> u32 {
    let bundles = world.bob.publish(count, &mut world.rng);
    for bundle in &bundles {
        bob.send_accepted(&bundle.encode()).await;
    }
    one_time(&bundles[0].encode()).unwrap()
}

/// Asks for Bob's bundle in the name of a new device, and gives the number of the prekey.
async fn a_stranger_asks(relay: &Relay, world: &mut World, number: u64) -> Option<u32> {
    let stranger = Device::new(name(&format!("stranger-{number}")), &mut world.rng);
    let mut client = relay.open(&stranger).await;
    one_time(&client.fetch(&name("bob")).await.unwrap())
}

#[tokio::test]
async fn one_asker_who_asks_a_thousand_times_gets_one_prekey_and_leaves_the_others() {
    let (mut relay, mut world) = with_world(1);
    let mut bob = relay.open(&world.bob).await;
    let first = publish(&mut world, &mut bob, 20).await;
    bob.close().await;
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let mut client = relay.open(&mallory).await;
    let mut given = Vec::new();
    for _ in 0..1000 {
        given.extend(one_time(&client.fetch(&name("bob")).await.unwrap()));
    }
    client.close().await;
    // Nor after a restart.
    relay.restart();
    let mut client = relay.open(&mallory).await;
    given.extend(one_time(&client.fetch(&name("bob")).await.unwrap()));
    assert_eq!(given, [first]);
    assert_eq!(relay.open(&world.bob).await.prekeys, 19);
    assert_eq!(
        a_stranger_asks(&relay, &mut world, 0).await,
        Some(first + 1)
    );
}

#[tokio::test]
async fn another_name_of_the_same_identity_is_the_same_asker() {
    let (relay, mut world) = with_world(2);
    let mut bob = relay.open(&world.bob).await;
    let first = publish(&mut world, &mut bob, 20).await;
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let mut given = Vec::new();
    for called in ["mallory", "mallory-2", "mallory-3"] {
        let (mut client, nonce) = crate::common::relay::connect(&relay.address).await;
        let (called, identity) = (name(called), mallory.identity());
        let hello = crate::common::relay::hello(&nonce, &called, identity, mallory.signing_key());
        client.authenticate(hello).await.unwrap();
        given.extend(one_time(&client.fetch(&name("bob")).await.unwrap()));
    }
    assert_eq!(given, [first]);
}

#[tokio::test]
async fn a_connected_owner_is_told_when_few_prekeys_are_left() {
    let (relay, mut world) = with_world(3);
    let mut bob = relay.open(&world.bob).await;
    let published = FEW_PREKEYS + 2;
    publish(&mut world, &mut bob, usize::try_from(published).unwrap()).await;
    let mut told = Vec::new();
    for number in 0..published + 1 {
        let given = a_stranger_asks(&relay, &mut world, number).await;
        assert_eq!(given.is_some(), number < published);
        let left = published.saturating_sub(number + 1);
        if left < FEW_PREKEYS {
            match bob.receive().await {
                Incoming::Reply(Reply::Prekeys { left }) => told.push(left),
                other => panic!("{other:?}"),
            }
        }
    }
    let wanted: Vec<u64> = (0..FEW_PREKEYS).rev().chain([0]).collect();
    assert_eq!(told, wanted);
}

#[tokio::test]
async fn a_chat_publishes_more_prekeys_while_it_is_connected() {
    let (relay, mut world) = with_world(4);
    let bob = relay.chat("bob", "alice", &[]);
    until("he has published", || relay.bundles("bob") == 21);
    // More strangers than there were prekeys.
    let mut given = Vec::new();
    for number in 0..30 {
        given.push(a_stranger_asks(&relay, &mut world, number).await);
        if number == 20 {
            until("he has published again", || relay.bundles("bob") >= 41);
        }
    }
    let wanted: Vec<_> = (1..=30).map(Some).collect();
    assert_eq!(given, wanted);
    assert_eq!(bob.err.count("not taken"), 0, "{:?}", bob.err.lines());
}

#[tokio::test]
async fn a_database_of_an_earlier_version_is_taken_over() {
    let (mut relay, mut world) = with_world(5);
    let mut bob = relay.open(&world.bob).await;
    let first = publish(&mut world, &mut bob, 3).await;
    bob.close().await;
    relay.process.signal("TERM");
    assert!(relay.process.ends().success());
    let database = rusqlite::Connection::open(relay.path("data/relay.db")).unwrap();
    database
        .execute_batch("DROP INDEX bundles_asked; ALTER TABLE bundles DROP COLUMN asker;")
        .unwrap();
    drop(database);
    relay.again();
    assert_eq!(a_stranger_asks(&relay, &mut world, 0).await, Some(first));
    assert_eq!(
        a_stranger_asks(&relay, &mut world, 1).await,
        Some(first + 1)
    );
}

#[test]
fn a_device_keeps_the_private_halves_of_its_newest_prekeys() {
    let mut world = World::new("e2e", doormat::protocol::ScheduleId::Ratchet, 6);
    let (mode, schedule) = (world.mode.id(), doormat::protocol::ScheduleId::Ratchet);
    let bundles = world.bob.publish(MAX_PREKEYS + 1, &mut world.rng);
    for (bundle, opens) in [(&bundles[0], false), (&bundles[1], true)] {
        let mut alice = Device::new(name("alice"), &mut world.rng);
        alice.begin(bundle, mode, schedule, &mut world.rng).unwrap();
        let bob = world.bob.name().clone();
        let sealed = alice.seal(&bob, b"hello", world.mode.as_ref(), &mut world.rng);
        let opened = world.bob.open(&sealed.unwrap(), world.mode.as_ref());
        assert_eq!(opened.is_ok(), opens, "{opened:?}");
    }
}
