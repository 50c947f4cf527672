//! How a relay starts, and which connections it admits.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use doormat::protocol::{Device, ScheduleId};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::abuse::serves;
use crate::common::{
    relay::{PATIENCE, Process, Relay, TestClient, doormat, fails, finish, open_many_files, until},
    world::{World, name},
};

#[test]
fn a_relay_that_is_not_for_the_network_says_how_to_allow_it() {
    let data = TempDir::new().unwrap();
    let data = data.path().join("data");
    let said = fails(&[
        "relay",
        "--listen",
        "0.0.0.0:0",
        "--data",
        data.to_str().unwrap(),
    ]);
    assert!(said.contains("other machines could connect"), "{said}");
    assert!(said.contains("Add --lan"), "{said}");
    assert!(!data.exists());
}

#[tokio::test]
async fn a_relay_for_a_class_admits_only_clients_with_its_token() {
    let relay = Relay::with(&["--lan", "--listen", "0.0.0.0:0"]);
    let line = relay.process.out.says("join token ");
    let token = line.split_whitespace().last().unwrap().to_owned();
    assert_eq!(token.len(), 16);
    let here = relay.address.replace("0.0.0.0", "127.0.0.1");
    let world = World::new("e2e", ScheduleId::Ratchet, 9);
    let why = "this relay asks for its join token, the one it printed when it was last started";
    for wrong in [None, Some(""), Some("0123456789abcdef"), Some(&token[..15])] {
        let said = TestClient::open_with(&here, &world.bob, wrong).await.err();
        assert!(said.is_some_and(|it| it.contains(why)), "{wrong:?}");
    }
    TestClient::open_with(&here, &world.bob, Some(&token))
        .await
        .unwrap();

    let mut chat = relay.chat("carol", "bob", &["--relay", &format!("ws://{here}")]);
    assert_eq!(chat.ends().code(), Some(1));
    let said = chat.last_words();
    assert!(said.contains(why) && said.contains("--token"), "{said}");
    let args = ["--relay", &format!("ws://{here}"), "--token", &token];
    let mut chat = relay.chat("carol", "bob", &args);
    chat.err.says("connected to the relay");
    finish(&mut chat);
}

#[tokio::test]
async fn a_chosen_join_token_is_valid_after_a_restart() {
    let args = ["--lan", "--token", "correct-horse-battery"];
    let mut relay = Relay::with(&args);
    let world = World::new("e2e", ScheduleId::Ratchet, 10);
    for _ in 0..2 {
        relay.process.out.says("join token correct-horse-battery:");
        for (token, opens) in [("correct-horse-batter", false), (args[2], true)] {
            let line = TestClient::open_with(&relay.address, &world.bob, Some(token)).await;
            assert_eq!(line.is_ok(), opens, "{token}");
        }
        relay.kill();
        relay.again_with(&args);
    }
}

#[test]
fn a_join_token_that_could_be_guessed_is_refused() {
    let data = TempDir::new().unwrap();
    let data = data.path().join("data");
    let data = data.to_str().unwrap();
    let begin = ["relay", "--listen", "127.0.0.1:0", "--data", data];
    for short in ["", "0123456789abcde", "ééééééééééééééé"] {
        let said = fails(&[&begin[..], &["--lan", "--token", short]].concat());
        assert!(said.contains("shorter than 16 characters"), "{said}");
        assert!(said.contains("Give a longer one, or none"), "{said}");
    }
    // Without --lan no client would be asked for it.
    let output = doormat(&[&begin[..], &["--token", "correct-horse-battery"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(!fs::exists(data).unwrap());
}

#[test]
fn a_relay_that_cannot_start_says_why() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let begin = |data: &str, listen: &str| fails(&["relay", "--data", data, "--listen", listen]);
    fs::write(at("file"), "mine").unwrap();
    let said = begin(&at("file"), "127.0.0.1:0");
    assert!(said.contains("file:"), "{said}");
    fs::create_dir(at("foreign")).unwrap();
    fs::write(at("foreign/relay.db"), "no database at all".repeat(100)).unwrap();
    let said = begin(&at("foreign"), "127.0.0.1:0");
    assert!(said.contains("foreign: "), "{said}");
    assert!(
        said.contains("Give a folder that a relay may write to"),
        "{said}"
    );
    let relay = Relay::start();
    let said = begin(&at("data"), &relay.address);
    assert!(
        said.contains("in use") && said.contains("Choose another port"),
        "{said}"
    );
}

#[test]
fn two_relays_do_not_share_a_folder() {
    let relay = Relay::start();
    let mut second = Command::new(env!("CARGO_BIN_EXE_doormat"));
    second.args(["relay", "--listen", "127.0.0.1:0", "--data"]);
    let mut second = Process::start(second.arg(relay.path("data")));
    until("it has said something", || {
        second.has_ended() || second.out.count("relay at") > 0
    });
    assert_eq!(second.out.count("relay at"), 0, "there are two");
    assert_eq!(second.ends().code(), Some(1));
    let said = second.last_words();
    assert!(said.contains("that no other relay uses"), "{said}");
}

/// Connections that never authenticate: some silent, some in the middle of a request,
/// some with the challenge unanswered.
async fn half_open(relay: &Relay, count: usize) -> Vec<TcpStream> {
    let mut sockets = Vec::new();
    for i in 0..count {
        let connecting = timeout(PATIENCE, TcpStream::connect(&relay.address)).await;
        let mut socket = connecting.expect("a connection in time").unwrap();
        let begun: &[u8] = match i % 3 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\nHost: relay\r\nX-Slow: ",
            _ => {
                b"GET / HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
            }
        };
        socket.write_all(begun).await.unwrap();
        sockets.push(socket);
    }
    sockets
}

#[tokio::test]
async fn thousands_of_pending_connections_do_not_slow_down_others() {
    open_many_files();
    let relay = Relay::under("ulimit -n \"$(ulimit -Hn)\"", &[]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 5);
    serves(&relay, &mut world).await;
    let before = relay.process.memory();
    let sockets = half_open(&relay, 2000).await;
    let took = serves(&relay, &mut world).await;
    assert!(took < Duration::from_secs(3), "{took:?}");
    let grown = relay.process.memory().saturating_sub(before);
    assert!(grown < 100 * 1024, "{grown} KiB");
    drop(sockets);
    serves(&relay, &mut world).await;
}

/// There are more of them than the relay may have connections, sixty-four: it must close
/// some before it can serve others.
#[tokio::test]
async fn the_oldest_pending_connection_makes_room_for_a_client_that_authenticates() {
    open_many_files();
    let relay = Relay::under("ulimit -n 128", &[]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 6);
    // These two have authenticated, and stay connected.
    let mut bob = relay.open(&world.bob).await;
    let mut alice = relay.open(&world.alice).await;
    let mut pending = half_open(&relay, 300).await;
    let carol = Device::new(name("carol"), &mut world.rng);
    let begun = Instant::now();
    relay.open(&carol).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let envelope = world.alice_writes("as ever");
    alice.send_accepted(&envelope).await;
    assert_eq!(bob.take_all(1).await, [envelope]);
    // The connection that was pending longest is closed; the last one is not.
    let mut read = [0];
    let first = pending.first_mut().unwrap().read(&mut read).await;
    assert!(matches!(first, Ok(0) | Err(_)));
    let last = pending.get_mut(297).unwrap();
    let more = timeout(Duration::from_millis(200), last.read(&mut read)).await;
    assert!(more.is_err());
}

/// Each unread answer waits in the relay's memory.
#[tokio::test]
async fn pending_connections_that_request_and_do_not_read_make_room_too() {
    open_many_files();
    let relay = Relay::under("ulimit -n 128", &[]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let mut tasks = Vec::new();
    for _ in 0..100 {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        let questions = "GET /else HTTP/1.1\r\nHost: relay\r\n\r\n".repeat(50_000);
        let asking = async move {
            let _ = socket.write_all(questions.as_bytes()).await;
            // It stays connected.
            std::future::pending::<()>().await;
        };
        tasks.push(tokio::spawn(asking));
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let took = serves(&relay, &mut world).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
}

#[test]
fn a_relay_that_may_open_few_files_says_for_how_many_connections_it_has_room() {
    for (files, room) in [
        ("64", "Room for 1 connection at"),
        ("70", "Room for 6 connections at"),
    ] {
        let relay = Relay::under(&format!("ulimit -n {files}"), &[]);
        let said = relay.process.out.says("Room for");
        assert!(said.contains(room), "{said}");
    }
}

/// HTTP has no dates before 1970, and a library that wrote them would fail where the clock is
/// set back while the relay runs.
#[tokio::test]
async fn a_relay_answers_without_a_date() {
    let relay = Relay::start();
    for (path, status) in [("/", "101"), ("/else", "404")] {
        let mut socket = TcpStream::connect(&relay.address).await.unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|it| it == b"\r\n\r\n") {
            let reading = timeout(PATIENCE, socket.read_buf(&mut answer)).await;
            assert!(reading.unwrap().unwrap() > 0, "{path}");
        }
        let head = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(head.starts_with(&format!("http/1.1 {status} ")), "{head}");
        assert!(!head.contains("date:"), "{head}");
    }
}
