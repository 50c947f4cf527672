//! How a relay begins, and whom it lets in.

use std::{fs, process::Command};

use doormat::protocol::ScheduleId;
use tempfile::TempDir;

use crate::common::{
    relay::{Line, Process, Relay, fails, until},
    world::World,
};

#[test]
fn a_relay_for_this_machine_only_says_how_to_let_others_in() {
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
async fn a_relay_for_a_class_admits_who_has_its_token() {
    let relay = Relay::with(&["--lan", "--listen", "0.0.0.0:0"]);
    let line = relay.process.out.says("join token ");
    let token = line.split_whitespace().last().unwrap().to_owned();
    assert_eq!(token.len(), 16);
    let here = relay.address.replace("0.0.0.0", "127.0.0.1");
    let world = World::new("e2e", ScheduleId::Ratchet, 9);
    let why = "this relay asks for its join token, the one it printed when it was last started";
    for wrong in [None, Some(""), Some("0123456789abcdef"), Some(&token[..15])] {
        let said = Line::open_with(&here, &world.bob, wrong).await.err();
        assert!(said.is_some_and(|it| it.contains(why)), "{wrong:?}");
    }
    Line::open_with(&here, &world.bob, Some(&token))
        .await
        .unwrap();

    let mut chat = relay.chat("carol", "bob", &["--relay", &format!("ws://{here}")]);
    assert_eq!(chat.ends().code(), Some(1));
    let said = chat.last_words();
    assert!(said.contains(why) && said.contains("--token"), "{said}");
    let args = ["--relay", &format!("ws://{here}"), "--token", &token];
    let mut chat = relay.chat("carol", "bob", &args);
    chat.err.says("connected to the relay");
    chat.end_input();
    assert!(chat.ends().success());
}

#[test]
fn a_relay_that_cannot_begin_says_why() {
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
