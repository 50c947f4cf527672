//! A full disk.

use std::collections::HashSet;

use doormat::protocol::ScheduleId;
use doormat_app::transport::control::{Digest, Reply};

use crate::common::{
    relay::{Relay, doormat, finish, flood, forged, shell, until},
    world::World,
};

/// No file may grow beyond half a MiB, or a whole one: shells differ in the unit. A
/// write beyond it fails, as on a full disk. It also raises SIGXFSZ, which ends a
/// process that does not handle it.
const SMALL: &str = "ulimit -S -f 1024";

/// Sets the limit of a running relay.
fn limit(relay: &Relay, bytes: &str) {
    let id = relay.process.id();
    shell(&format!("prlimit --pid {id} --fsize={bytes}:"));
}

#[tokio::test]
async fn a_full_disk_rejects_what_it_cannot_keep_and_keeps_what_it_accepted() {
    let mut relay = Relay::under(SMALL, &[]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 1);
    drop(relay.open(&world.bob).await);
    let template = world.alice_writes(&"x".repeat(8_000));
    let sent: Vec<_> = (0..1000).map(|i| forged(&template, i)).collect();
    let mut alice = relay.open(&world.alice).await;
    let (accepted, rejected) = flood(&mut alice, sent.clone()).await;
    let mut accepted: HashSet<Digest> = accepted.into_iter().collect();
    assert!(!accepted.is_empty());
    let why = rejected.expect("half a megabyte is soon full");
    assert!(
        why.contains("the relay's disk is full") || why.contains("the database says"),
        "{why}"
    );
    // Single envelopes may still fit, until the first that does not.
    let mut refused = None;
    for envelope in &sent {
        match alice.send(envelope).await {
            Reply::Accepted { digest } => accepted.insert(digest),
            Reply::Rejected { retry, .. } => {
                assert!(retry);
                refused = Some(envelope);
                break;
            }
            other => panic!("{other:?}"),
        };
    }
    let refused = refused.expect("half a megabyte is soon full");

    // The relay still delivers what it has.
    let mut bob = relay.open(&world.bob).await;
    assert!(bob.waiting >= accepted.len() as u64);
    assert!(!bob.mail().await.is_empty());

    // After a crash, with room again, everything that was accepted is delivered.
    relay.restart();
    let mut alice = relay.open(&world.alice).await;
    alice.send_accepted(refused).await;
    let mut bob = relay.open(&world.bob).await;
    let waiting = usize::try_from(bob.waiting).unwrap();
    let mail = bob.take(waiting).await;
    assert_eq!(bob.mail().await, [[0; 0]; 0]);
    let delivered: HashSet<Digest> = mail.iter().map(|it| Digest::of(it)).collect();
    assert_eq!(delivered.len(), mail.len(), "something came twice");
    assert!(accepted.is_subset(&delivered), "something was lost");
    assert!(delivered.contains(&Digest::of(refused)));
    let sent: HashSet<Digest> = sent.iter().map(|it| Digest::of(it)).collect();
    assert!(delivered.is_subset(&sent), "something was invented");
}

#[tokio::test]
async fn a_relay_accepts_again_without_a_restart_once_there_is_room() {
    let relay = Relay::under(SMALL, &[]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 2);
    drop(relay.open(&world.bob).await);
    let template = world.alice_writes(&"x".repeat(8_000));
    let mut alice = relay.open(&world.alice).await;
    let (accepted, rejected) = flood(&mut alice, (0..1000).map(|i| forged(&template, i))).await;
    assert!(rejected.is_some());
    limit(&relay, "unlimited");
    let (more, rejected) = flood(&mut alice, (1000..1100).map(|i| forged(&template, i))).await;
    assert_eq!((more.len(), rejected), (100, None));
    let mut bob = relay.open(&world.bob).await;
    let mail = bob.take(accepted.len() + more.len()).await;
    let delivered: HashSet<Digest> = mail.iter().map(|it| Digest::of(it)).collect();
    assert!(
        accepted
            .iter()
            .chain(&more)
            .all(|it| delivered.contains(it))
    );
}

#[tokio::test]
async fn a_tap_whose_disk_is_full_is_removed_and_the_relay_goes_on() {
    let relay = Relay::under(SMALL, &["--tap", "tape.pcapng"]);
    let mut world = World::new("e2e", ScheduleId::Ratchet, 4);
    let template = world.alice_writes(&"x".repeat(60_000));
    let mut alice = relay.open(&world.alice).await;
    // Bob is unknown to the relay: what is for him is recorded by the tap, and rejected.
    for i in 0..40 {
        match alice.send(&forged(&template, i)).await {
            Reply::Rejected { why, retry, .. } => {
                assert_eq!(why, "nobody of that name has been here yet");
                assert!(retry);
            }
            other => panic!("{other:?}"),
        }
    }
    relay.process.err.says("the tap has stopped");
    let mut bob = relay.open(&world.bob).await;
    let envelope = world.alice_writes("still there");
    alice.send_accepted(&envelope).await;
    assert_eq!(bob.take(1).await, [envelope]);
    let tape = relay.path("tape.pcapng");
    let inspected = doormat(&["inspect", tape.to_str().unwrap()]);
    assert!(inspected.status.success(), "{inspected:?}");
}

#[test]
fn a_chat_that_connects_while_the_disk_is_full_waits_for_room() {
    let relay = Relay::start();
    limit(&relay, "0");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("patience");
    until("the line is kept", || relay.keeps("alice", "patience"));
    until("the relay has said no", || !alice.err.lines().is_empty());
    limit(&relay, "unlimited");
    let mut bob = relay.chat("bob", "alice", &["--receive", "1"]);
    assert_eq!(bob.output(), ["alice: patience"]);
    finish(&mut alice);
}

#[test]
fn a_line_that_is_retried_is_not_overtaken_by_later_lines() {
    let relay = Relay::start();
    let bob = relay.chat("bob", "alice", &[]);
    bob.err.says("connected");
    let mut alice = relay.chat("alice", "bob", &[]);
    alice.type_line("first");
    alice.err.says("delivered: first");
    limit(&relay, "0");
    alice.type_line("second");
    alice.err.says("not sent yet");
    limit(&relay, "unlimited");
    alice.type_line("third");
    alice.err.says("delivered: second");
    alice.err.says("delivered: third");
    bob.out.says("alice: third");
    let wanted = ["alice: first", "alice: second", "alice: third"];
    assert_eq!(bob.out.lines(), wanted);
}
