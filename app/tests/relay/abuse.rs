//! Malformed input, floods, and clients that do not read: the relay goes on serving.

use std::time::{Duration, Instant};

use doormat::{
    experiment::seed,
    protocol::{Device, ScheduleId},
};
use doormat_app::transport::control::{Digest, MAX_MESSAGE_BYTES, Reply};
use futures_util::SinkExt;
use rand::{Rng, RngExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::common::{
    relay::{Incoming, PATIENCE, Relay, TestClient, connect, flood, forged, with_world},
    world::{World, name},
};

/// How long a normal exchange takes.
pub async fn serves(relay: &Relay, world: &mut World) -> Duration {
    let begun = Instant::now();
    let mut bob = relay.open(&world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    let envelope = world.alice_writes("as ever");
    alice.send_accepted(&envelope).await;
    assert_eq!(bob.take_all(1).await, [envelope]);
    begun.elapsed()
}

#[tokio::test]
async fn a_client_that_does_not_answer_the_challenge_in_time_is_disconnected() {
    let mut relay = Relay::start();
    let (mut client, _) = connect(&relay.address).await;
    assert_eq!(
        client.close_reason().await,
        "nothing was heard for too long"
    );
    assert!(!relay.process.has_ended());
}

#[tokio::test]
async fn random_bytes_and_other_http_requests_are_survived() {
    let (mut relay, mut world) = with_world(1);
    let mut rng = seed::generator(1, "noise");
    for i in 0..100 {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        let mut noise = vec![0; rng.random_range(1..20_000)];
        rng.fill_bytes(&mut noise);
        let _ = socket.write_all(&noise).await;
        if i % 2 == 0 {
            // The relay may hang up before it has read everything.
            let _ = socket.shutdown().await;
            let _ = timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await;
        }
    }
    for request in [
        "GET / HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n",
        "GET /else HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
        "GET / HTTP/1.0\r\nHost: relay\r\n\r\n",
    ] {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let reading = timeout(PATIENCE, socket.read_to_string(&mut answer)).await;
        reading.unwrap().unwrap();
        assert!(
            answer.starts_with("HTTP/1.") && answer[8..].starts_with(" 4"),
            "{answer}"
        );
    }
    serves(&relay, &mut world).await;
    assert!(!relay.process.has_ended());
}

#[tokio::test]
async fn random_frames_close_only_their_own_connection() {
    let (relay, mut world) = with_world(2);
    let mut rng = seed::generator(2, "frames");
    let mallory = Device::new(name("mallory"), &mut world.rng);
    for i in 0..100 {
        let client = match i % 2 {
            0 => connect(&relay.address).await.0,
            _ => relay.open(&mallory).await,
        };
        let mut socket = client.socket;
        let mut noise = vec![0; rng.random_range(2..5_000)];
        rng.fill_bytes(&mut noise);
        let _ = socket.get_mut().write_all(&noise).await;
        let _ = socket.get_mut().shutdown().await;
    }
    serves(&relay, &mut world).await;
}

#[tokio::test]
async fn a_malformed_message_is_refused() {
    let (relay, mut world) = with_world(3);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let envelope = world.alice_writes("template");
    let (cut, _) = envelope.split_at(envelope.len() - 1);
    let messages: Vec<Message> = vec![
        "".into(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        "{\"type\":\"fetch\"}".into(),
        "{\"type\":\"fetch\",\"owner\":7}".into(),
        "{\"type\":\"fetch\",\"owner\":\"\"}".into(),
        "{\"type\":\"fetch\",\"owner\":\"../../etc/passwd\\u0000\"}".into(),
        "{\"type\":\"fetch\",\"owner\":\"bob\",\"and\":1}".into(),
        "{\"type\":\"received\",\"digest\":\"00\"}".into(),
        "{\"type\":\"received\",\"digest\":\"zz\"}".into(),
        "{\"type\":\"welcome\",\"waiting\":1,\"prekeys\":1}".into(),
        "[".repeat(60_000).into(),
        Message::binary(vec![]),
        Message::binary(vec![1]),
        Message::binary(vec![1, 1]),
        Message::binary(vec![1, 2]),
        Message::binary(vec![9; 500]),
        Message::binary(cut.to_vec()),
        Message::binary([&envelope[..], &[0]].concat()),
    ];
    for message in messages {
        let mut client = relay.open(&mallory).await;
        client.send_message(message.clone()).await;
        let said = client.close_reason().await;
        let shown: String = format!("{message:?}").chars().take(80).collect();
        assert!(
            said.contains("not a message of this protocol"),
            "{shown}: {said}"
        );
        let (mut client, _) = connect(&relay.address).await;
        client.send_message(message).await;
        let said = client.close_reason().await;
        assert!(
            said.contains("answer the challenge first"),
            "{shown}: {said}"
        );
    }
    serves(&relay, &mut world).await;
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused() {
    let (relay, mut world) = with_world(4);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    let before = relay.process.memory();
    for i in 0..20 {
        let mut client = relay.open(&mallory).await;
        let long = match i % 2 {
            0 => Message::binary(vec![1; MAX_MESSAGE_BYTES + 1]),
            _ => Message::text("x".repeat(16 * 1024 * 1024)),
        };
        // The relay may hang up in the middle.
        client.send_message(long).await;
        while client.receive().await != Incoming::End {}
    }
    // A fragmented message that never ends is refused as well.
    let mut client = relay.open(&mallory).await;
    let piece = |code| Frame::message(vec![1; 1024], OpCode::Data(code), false);
    client
        .send_message(Message::Frame(piece(Data::Binary)))
        .await;
    for _ in 0..MAX_MESSAGE_BYTES / 1024 {
        client
            .send_message(Message::Frame(piece(Data::Continue)))
            .await;
    }
    assert_eq!(client.close_reason().await, "the connection was closed");
    let grown = relay.process.memory().saturating_sub(before);
    assert!(grown < 20 * 1024, "{grown} KiB");
    // The longest valid envelope is accepted.
    let mut bob = relay.open(&world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    let longest = world.alice_writes(&"x".repeat(65_536));
    alice.send_accepted(&longest).await;
    assert_eq!(bob.take_all(1).await, [longest]);
    serves(&relay, &mut world).await;
}

#[tokio::test]
async fn a_mailbox_holds_ten_thousand_envelopes() {
    let (relay, mut world) = with_world(7);
    relay.open(&world.bob).await.close().await;
    let template = world.alice_writes("small");
    let mut alice = relay.open(&world.alice).await;
    let envelopes = (0..10_100).map(|i| forged(&template, i));
    let (accepted, rejected) = flood(&mut alice, envelopes).await;
    assert_eq!(accepted.len(), 10_000);
    assert_eq!(rejected.as_deref(), Some("the recipient's mailbox is full"));
    // A repetition is still accepted; a new one is rejected, to be tried again later.
    alice.send_accepted(&forged(&template, 0)).await;
    let late = forged(&template, 20_000);
    match alice.send(&late).await {
        Reply::Rejected { retry, digest, .. } => {
            assert!(retry);
            assert_eq!(digest, Digest::of(&late));
        }
        other => panic!("{other:?}"),
    }
    // One confirmation makes room for one envelope.
    let mut bob = relay.open(&world.bob).await;
    assert_eq!(bob.waiting, 10_000);
    let first = bob.take(1).await.remove(0);
    assert_eq!(first, forged(&template, 0));
    let digest = Digest::of(&first);
    let made_room = Incoming::Reply(Reply::Delivered { digest });
    assert_eq!(alice.receive().await, made_room);
    alice.send_accepted(&late).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_does_not_read_costs_the_relay_no_memory() {
    let (relay, mut world) = with_world(8);
    serves(&relay, &mut world).await;
    let before = relay.process.memory();
    let not_reading = TestClient::open_with_small_buffer(&relay.address, &world.bob).await;
    let template = world.alice_writes(&"x".repeat(65_536));
    let mut alice = relay.open(&world.alice).await;
    for batch in 0..10 {
        let envelopes = (0..200).map(|i| forged(&template, batch * 200 + i));
        let (accepted, rejected) = flood(&mut alice, envelopes).await;
        assert_eq!((accepted.len(), rejected), (200, None));
        let grown = relay.process.memory().saturating_sub(before);
        assert!(grown < 40 * 1024, "{grown} KiB after batch {batch}");
    }
    drop(not_reading);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_clients_that_do_not_read_cost_the_relay_little_memory() {
    let (relay, mut world) = with_world(9);
    serves(&relay, &mut world).await;
    let text = "x".repeat(65_536);
    let mut alice = relay.open(&world.alice).await;
    let mut readers = Vec::new();
    let mut before = 0;
    for i in 0..30 {
        let mut reader = Device::new(name(&format!("reader-{i}")), &mut world.rng);
        let bundle = reader.publish(0, &mut world.rng).remove(0);
        let mode = world.mode.as_ref();
        let begun = world
            .alice
            .begin(&bundle, mode.id(), ScheduleId::Ratchet, &mut world.rng);
        begun.unwrap();
        let sealed = world
            .alice
            .seal(reader.name(), text.as_bytes(), mode, &mut world.rng);
        let template = sealed.unwrap();
        relay.open(&reader).await.close().await;
        let envelopes = (0..64).map(|i| forged(&template, i));
        assert_eq!(flood(&mut alice, envelopes).await.1, None);
        if i == 0 {
            before = relay.process.memory();
        }
        readers.push(reader);
    }
    let mut clients = Vec::new();
    for reader in &readers {
        clients.push(TestClient::open_with_small_buffer(&relay.address, reader).await);
    }
    let took = serves(&relay, &mut world).await;
    let grown = relay.process.memory().saturating_sub(before);
    assert!(grown < 60 * 1024, "{grown} KiB");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_requests_and_does_not_read_is_not_read_from() {
    let (relay, mut world) = with_world(10);
    let mallory = Device::new(name("mallory"), &mut world.rng);
    serves(&relay, &mut world).await;
    let before = relay.process.memory();
    let mut client = relay.open(&mallory).await;
    let question = Message::text("{\"type\":\"fetch\",\"owner\":\"nobody-at-all\"}");
    let asking = async { while client.socket.send(question.clone()).await.is_ok() {} };
    assert!(timeout(Duration::from_secs(2), asking).await.is_err());
    let grown = relay.process.memory().saturating_sub(before);
    assert!(grown < 20 * 1024, "{grown} KiB");
    serves(&relay, &mut world).await;
}
