//! Floods: what one identity, one address and all together can make the relay hold is bounded,
//! whoever is refused is told why, and the others are served.

use std::time::Duration;

use doormat::protocol::Device;
use doormat_app::transport::{
    admission::{PENDING_PER_ADDRESS, address_prefix},
    control::{Digest, MAX_MESSAGE_BYTES, Reply},
    relay::{
        self,
        hub::{ClientLimits, Hub, RelayDependencies},
        store::{Quota, sqlite::SqliteStore},
    },
};
use futures_util::{SinkExt, StreamExt};
use rand::{rand_core::UnwrapErr, rngs::SysRng};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use crate::abuse::serves;
use crate::common::{
    relay::{Incoming, PATIENCE, Relay, TestClient, answer, connect, finish, forged, with_world},
    world::{World, name},
};

/// A relay in this process, with bounds of its own.
async fn relay_with(limits: ClientLimits, token: Option<&str>) -> (String, TempDir) {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(folder.path(), Quota::default()).unwrap();
    let dependencies = RelayDependencies {
        rng: Box::new(UnwrapErr(SysRng)),
        clock: || Duration::ZERO,
        tap: None,
        token: token.map(str::to_owned),
        log: Box::new(|_| {}),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let hub = Hub::new(store, limits, dependencies);
    tokio::spawn(relay::serve(listener, hub, std::future::pending()));
    (address, folder)
}

fn devices(world: &mut World, stem: &str, count: usize) -> Vec<Device> {
    (0..count)
        .map(|i| Device::new(name(&format!("{stem}-{i}")), &mut world.rng))
        .collect()
}

/// Opens a mailbox of this name in a device's identity.
async fn open_as(relay: &str, called: &str, device: &Device) -> Result<TestClient, String> {
    let (mut client, nonce) = connect(relay).await;
    let called = name(called);
    let identity = device.identity();
    let hello = crate::common::relay::hello(&nonce, &called, identity, device.signing_key());
    client.authenticate(hello).await?;
    Ok(client)
}

#[tokio::test]
async fn one_identity_has_four_connections_and_the_next_is_told_so() {
    let (relay, mut world) = with_world(1);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let mut open = Vec::new();
    for i in 0..4 {
        let opened = open_as(&relay.address, &format!("mallory-{i}"), &mallory).await;
        open.push(opened.unwrap());
    }
    let refused = open_as(&relay.address, "mallory-4", &mallory).await.err();
    assert!(refused.is_some_and(|it| it.contains("as many connections here as one may have")));
    serves(&relay, &mut world).await;
    // One that ends makes room for another.
    open.pop().unwrap().close().await;
    relay.process.err.says("mallory-3 has gone");
    let opened = open_as(&relay.address, "mallory-4", &mallory).await;
    assert!(opened.is_ok());
}

#[tokio::test]
async fn one_identity_claims_eight_names_and_keeps_them() {
    let (relay, mut world) = with_world(2);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    for round in 0..2 {
        for i in 0..8 {
            let opened = open_as(&relay.address, &format!("mallory-{i}"), &mallory).await;
            opened
                .unwrap_or_else(|why| panic!("{round} {i}: {why}"))
                .close()
                .await;
        }
        let refused = open_as(&relay.address, "mallory-8", &mallory).await.err();
        assert!(refused.is_some_and(|it| it.contains("as many names here as one may have")));
    }
}

#[tokio::test]
async fn new_names_from_one_address_are_bounded_and_known_ones_still_open() {
    let limits = ClientLimits {
        names_per_address: 3,
        ..ClientLimits::default()
    };
    let (address, _folder) = relay_with(limits, None).await;
    let (_relay, mut world) = with_world(3);
    let devices = devices(&mut world, "stranger", 4);
    for (i, device) in devices.iter().enumerate() {
        let opened = TestClient::open_with(&address, device, None).await;
        let why = opened.err();
        let refused = why.is_some_and(|it| it.contains("too many new names"));
        assert_eq!(refused, i == 3, "{i}");
    }
    TestClient::open(&address, &devices[0]).await;
}

#[test]
fn one_machine_is_one_address_whatever_its_last_bits() {
    let prefix = |it: &str| address_prefix(it.parse().unwrap());
    assert_eq!(prefix("2001:db8::1"), prefix("2001:db8::ffff:1"));
    assert_ne!(prefix("2001:db8::1"), prefix("2001:db8:0:1::1"));
    assert_eq!(prefix("::ffff:192.0.2.1"), prefix("192.0.2.1"));
    assert_ne!(prefix("192.0.2.1"), prefix("192.0.2.2"));
}

#[tokio::test]
async fn an_address_with_too_many_pending_connections_loses_its_oldest_and_that_is_told_why() {
    let relay = Relay::start();
    let (mut oldest, _) = connect(&relay.address).await;
    let mut silent = Vec::new();
    for _ in 0..PENDING_PER_ADDRESS {
        silent.push(TcpStream::connect(&relay.address).await.unwrap());
    }
    let why = oldest.close_reason().await;
    assert!(
        why.contains("no room for clients that have not said who they are"),
        "{why}"
    );
    // The second oldest is still there.
    let first = silent.first_mut().unwrap();
    let more = timeout(Duration::from_millis(200), first.read(&mut [0])).await;
    assert!(more.is_err());
}

#[tokio::test]
async fn a_wrong_token_is_answered_late() {
    let limits = ClientLimits {
        wrong_token: Duration::from_millis(300),
        ..ClientLimits::default()
    };
    let (address, _folder) = relay_with(limits, Some("correct-horse-battery")).await;
    let (_relay, world) = with_world(4);
    let begun = std::time::Instant::now();
    let refused = TestClient::open_with(&address, &world.bob, Some("wrong")).await;
    assert!(refused.is_err());
    assert!(begun.elapsed() >= limits.wrong_token);
}

/// Two places, and both are taken.
#[tokio::test]
async fn a_chat_for_which_the_relay_has_no_room_says_so_in_words() {
    let relay = Relay::under("ulimit -n 66", &[]);
    let mut world = World::new("e2e", doormat::protocol::ScheduleId::Ratchet, 5);
    let alice = relay.open(&world.alice).await;
    let mut bob = relay.open(&world.bob).await;
    for bundle in world.bob.publish(0, &mut world.rng) {
        bob.send_accepted(&bundle.encode()).await;
    }
    let mut carol = relay.chat("carol", "bob", &[]);
    carol
        .err
        .says("no relay (there is no room: all connections are taken");
    carol.type_line("patience");
    // Those who are there are served, and once one goes there is room.
    bob.send_accepted(&{
        world.greet();
        world.bob_writes("as ever")
    })
    .await;
    alice.close().await;
    carol.err.says("connected to the relay");
    finish(&mut carol);
    assert_eq!(bob.take(1).await.len(), 1);
}

/// They send the longest envelopes to each other and read nothing. Without a bound each would
/// have 64 of them in memory, 8 MiB in two copies.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_all_identities_together_make_the_relay_hold_is_bounded() {
    let (relay, mut world) = with_world(6);
    serves(&relay, &mut world).await;
    let template = world.alice_writes(&"x".repeat(65_536));
    let sink = Device::new(name("sink"), &mut world.rng);
    relay.open(&sink).await.close().await;
    let before = relay.process.memory();
    let mut flooding = JoinSet::new();
    for device in devices(&mut world, "flood", 60) {
        let mut client = relay.open(&device).await;
        let envelope = readdressed(&template, device.name().as_str(), "sink");
        flooding.spawn(async move {
            for number in 0.. {
                let message = Message::binary(forged(&envelope, number));
                if client.socket.send(message).await.is_err() {
                    return;
                }
            }
        });
    }
    for _ in 0..20 {
        let grown = relay.process.memory().saturating_sub(before);
        assert!(grown < 160 * 1024, "{grown} KiB");
        serves(&relay, &mut world).await;
    }
    flooding.shutdown().await;
}

/// Alice's envelope to Bob as if it were between others. No relay can tell.
fn readdressed(envelope: &[u8], sender: &str, recipient: &str) -> Vec<u8> {
    let written = |name: &str| [&[u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    let names = [written("alice"), written("bob")].concat();
    let mut windows = envelope.windows(names.len());
    let at = windows.position(|it| it == names).unwrap();
    let others = [written(sender), written(recipient)].concat();
    [&envelope[..at], &others, &envelope[at + names.len()..]].concat()
}

/// With room for few bytes, all that is sent is served all the same, one after the other.
#[tokio::test]
async fn a_relay_with_a_small_budget_serves_everybody_in_turn() {
    let limits = ClientLimits {
        memory: 3 * MAX_MESSAGE_BYTES,
        ..ClientLimits::default()
    };
    let (address, _folder) = relay_with(limits, None).await;
    let (_relay, mut world) = with_world(7);
    let template = world.alice_writes(&"x".repeat(65_536));
    let mut bob = TestClient::open(&address, &world.bob).await;
    let mut senders = JoinSet::new();
    for device in devices(&mut world, "sender", 8) {
        let mut client = TestClient::open(&address, &device).await;
        let envelope = readdressed(&template, device.name().as_str(), "bob");
        senders.spawn(async move {
            let sending = (0..8).map(|i| forged(&envelope, i));
            crate::common::relay::flood(&mut client, sending).await
        });
    }
    assert_eq!(bob.take(64).await.len(), 64);
    while let Some(sent) = senders.join_next().await {
        let (accepted, rejected) = sent.unwrap();
        assert_eq!((accepted.len(), rejected), (8, None));
    }
}

/// Requests that wait for one identity's share of the relay delay nobody else's.
#[tokio::test]
async fn a_deaf_client_is_not_answered_beyond_its_share_and_others_are() {
    let (address, _folder) = relay_with(ClientLimits::default(), None).await;
    let (_relay, mut world) = with_world(8);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let mut deaf = TestClient::open_with_small_buffer(&address, &mallory).await;
    let question = Message::text("{\"type\":\"fetch\",\"owner\":\"nobody\"}");
    let asking = async { while deaf.socket.send(question.clone()).await.is_ok() {} };
    assert!(timeout(Duration::from_secs(2), asking).await.is_err());
    let mut bob = TestClient::open(&address, &world.bob).await;
    let mut alice = TestClient::open(&address, &world.alice).await;
    let envelope = world.alice_writes("as ever");
    alice.send_accepted(&envelope).await;
    assert_eq!(bob.take(1).await, [envelope]);
    // It reads at last, and every request that it sent is answered.
    let mut answered = 0;
    while let Ok(Some(Ok(message))) = timeout(Duration::from_millis(500), deaf.socket.next()).await
    {
        answered += u32::from(message.is_text());
    }
    assert!(answered > 64, "{answered}");
}

#[tokio::test]
async fn a_message_that_never_ends_costs_its_own_connection_only() {
    let (relay, mut world) = with_world(9);
    serves(&relay, &mut world).await;
    let before = relay.process.memory();
    let mut stalled = Vec::new();
    for device in devices(&mut world, "stalled", 100) {
        use tokio::io::AsyncWriteExt;
        let mut client = relay.open(&device).await;
        let length = 70_000_u64.to_be_bytes();
        let head = [&[0x82, 0xff][..], &length, &[0; 4]].concat();
        client.socket.get_mut().write_all(&head).await.unwrap();
        let part = vec![1; 69_000];
        client.socket.get_mut().write_all(&part).await.unwrap();
        stalled.push(client);
    }
    serves(&relay, &mut world).await;
    let grown = relay.process.memory().saturating_sub(before);
    assert!(grown < 100 * 140, "{grown} KiB");
}

#[tokio::test]
async fn a_request_is_answered_once_whatever_waits_before_it() {
    let limits = ClientLimits {
        memory: 2 * MAX_MESSAGE_BYTES + 4096,
        ..ClientLimits::default()
    };
    let (address, _folder) = relay_with(limits, None).await;
    let (_relay, mut world) = with_world(10);
    TestClient::open(&address, &world.bob).await.close().await;
    let (mut alice, nonce) = connect(&address).await;
    alice
        .authenticate(answer(&nonce, &world.alice))
        .await
        .unwrap();
    let template = world.alice_writes(&"x".repeat(65_536));
    let envelopes: Vec<_> = (0..10).map(|i| forged(&template, i)).collect();
    for envelope in &envelopes {
        alice.send_message(Message::binary(envelope.clone())).await;
    }
    let mut accepted = Vec::new();
    while accepted.len() < envelopes.len() {
        match timeout(PATIENCE, alice.receive()).await.unwrap() {
            Incoming::Reply(Reply::Accepted { digest }) => accepted.push(digest),
            other => panic!("{other:?}"),
        }
    }
    let sent: Vec<_> = envelopes.iter().map(|it| Digest::of(it)).collect();
    assert_eq!(accepted, sent);
}
