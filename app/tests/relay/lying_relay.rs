//! What a relay that lies, or alters what passes, can do to a chat, and how often.

use std::{collections::BTreeSet, fs};

use doormat::{
    mode::EndToEnd,
    protocol::{Device, Envelope, KeyBundle, ModeId, ScheduleId},
};
use doormat_app::transport::control::{Digest, Generation, Reply, Request};

use crate::common::{
    client::TestClient,
    relay::{Incoming, Relay, finish, until, with_world},
    world::name,
};

async fn next_envelope(client: &mut TestClient) -> Vec<u8> {
    loop {
        match client.receive().await {
            Incoming::Bytes(bytes) => return bytes,
            Incoming::Reply(_) => {}
            Incoming::End => panic!("cut off"),
        }
    }
}

#[tokio::test]
async fn altered_envelopes_do_not_end_sessions_without_limit() {
    let (relay, mut world) = with_world(1);
    let mut bob = relay.chat("bob", "alice", &[]);
    until("he has published", || relay.bundles("bob") == 21);
    let mut client = relay.open(&world.alice).await;
    let (him, rounds) = (name("bob"), 20);
    world.alice.forget(&him);
    let mut last = None;
    for round in 0..rounds {
        let bundle = client.fetch(&him).await.expect("a bundle");
        let bundle = KeyBundle::decode(&bundle).unwrap();
        let (mode, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
        let begun = world.alice.begin(&bundle, mode, schedule, &mut world.rng);
        last = Some(begun.unwrap());
        let text = format!("round {round}");
        for is_altered in [false, true] {
            let text = text.as_bytes();
            let sealed = world.alice.seal(&him, text, &EndToEnd, &mut world.rng);
            let mut sealed = sealed.unwrap();
            if is_altered {
                *sealed.last_mut().unwrap() ^= 1;
            }
            client.send_accepted(&sealed).await;
        }
        bob.out.says(&format!("alice: {text}"));
        bob.err
            .says_times("an envelope of alice's was refused", round + 1);
    }
    // After 16 sessions he keeps the one that there is.
    bob.err
        .says_times("the session with alice is kept", rounds - 16);
    assert_eq!(bob.err.count("the session with alice is kept"), 4);
    bob.type_line("still here");
    let session = loop {
        let envelope = next_envelope(&mut client).await;
        match world.alice.open(&envelope, &EndToEnd) {
            Ok(message) if message.text.as_slice() == b"still here" => break message.session,
            _ => {}
        }
    };
    assert_eq!(Some(session), last);
}

#[tokio::test]
async fn lies_about_refusals_have_a_text_sent_so_often_and_no_more() {
    let (relay, mut world) = with_world(1);
    let mut bob = relay.open(&world.bob).await;
    for bundle in world.bob.publish(3, &mut world.rng) {
        bob.send_accepted(&bundle.encode()).await;
    }
    let mut alice = relay.chat("alice", "bob", &[]);
    let mut sessions = BTreeSet::new();
    // Each of the first five ends three sessions, and the sixth the last that may be ended.
    for (line, copies) in [3, 3, 3, 3, 3, 2, 1, 1].into_iter().enumerate() {
        alice.type_line(&format!("line {line}"));
        for _ in 0..copies {
            let envelope = next_envelope(&mut bob).await;
            sessions.insert(
                *Envelope::decode(&envelope)
                    .unwrap()
                    .header
                    .session
                    .as_bytes(),
            );
            let digest = Digest::of(&envelope);
            let discard = Request::Discard {
                digest,
                session_lost: true,
            };
            bob.request(&discard).await;
        }
        alice
            .err
            .says(&format!("bob's device refused: line {line}"));
    }
    assert_eq!(sessions.len(), 17);
    assert_eq!(alice.err.count("the session with bob is kept"), 3);
    alice.type_line("last");
    let envelope = next_envelope(&mut bob).await;
    bob.confirm(&envelope).await;
    alice.err.says("delivered: last");
}

#[tokio::test]
async fn what_was_sent_in_a_session_that_ended_is_named_although_notices_are_lost() {
    let (relay, mut world) = with_world(1);
    let mut bob = relay.open(&world.bob).await;
    for bundle in world.bob.publish(3, &mut world.rng) {
        bob.send_accepted(&bundle.encode()).await;
    }
    let mut alice = relay.chat("alice", "bob", &[]);
    let mut sent = Vec::new();
    for line in ["confirmed", "refused", "second", "third"] {
        alice.type_line(line);
        sent.push(next_envelope(&mut bob).await);
    }
    bob.confirm(&sent[0]).await;
    alice.err.says("delivered: confirmed");
    let discard = Request::Discard {
        digest: Digest::of(&sent[1]),
        session_lost: true,
    };
    bob.request(&discard).await;
    alice.err.says("could not open: refused");
    for line in ["second", "third"] {
        let named = format!("lost if nothing more is said of it: {line}");
        alice.err.says(&named);
    }
    assert_eq!(alice.err.count("not confirmed yet"), 2);
    // It is not lost: what is confirmed late is said to be.
    bob.confirm(&sent[2]).await;
    alice.err.says("delivered: second");
}

#[tokio::test]
async fn a_relay_that_names_a_generation_out_of_reach_ends_the_chat() {
    let relay = Relay::start();
    finish(&mut relay.chat("bob", "alice", &[]));
    let mut chat = relay.chat("alice", "bob", &[]);
    chat.type_line("one");
    finish(&mut chat);
    let state = fs::read_to_string(relay.path("home/alice/device.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(state.lines().next().unwrap()).unwrap();
    let alice = Device::import(state["device"].to_string().as_bytes()).unwrap();
    let from = serde_json::from_value(state["generation"].clone()).unwrap();
    let mut client = relay.open(&alice).await;
    let to = Generation {
        number: u64::MAX,
        tag: [7; 16],
    };
    let advance = Request::Advance {
        from: Some(from),
        to,
        withdraw: false,
    };
    client.request(&advance).await;
    assert_eq!(
        client.receive().await,
        Incoming::Reply(Reply::Advanced { generation: to })
    );
    client.close().await;
    let mut chat = relay.chat("alice", "bob", &[]);
    assert!(!chat.ends().success());
    chat.err.says("no copy can be so far ahead");
    // Its own number is as it was: at an honest relay it goes on.
    let state = fs::read_to_string(relay.path("home/alice/device.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(state.lines().next().unwrap()).unwrap();
    assert_eq!(
        serde_json::from_value::<Generation>(state["generation"].clone()).unwrap(),
        from
    );
}
