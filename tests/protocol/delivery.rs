//! Both modes, both schedules: whatever the network does, each message is
//! delivered at most once and intact, and nothing forged is.

use std::collections::BTreeSet;

use crate::common::world::{CELLS, Scripted, World, name};
use doormat::crypto::NotAuthentic;
use doormat::mode::Escrow;
use doormat::protocol::{
    Device, Envelope, ModeId, OpenError, ScheduleId, SealError,
    chain::{ChainError, MAX_SKIP, MAX_SKIPPED_KEYS},
    device::{BeginError, ImportError},
    envelope::MAX_TEXT_BYTES,
};
use proptest::prelude::*;

/// Runs one body in every mode under every schedule.
fn everywhere(body: impl Fn(World)) {
    for (mode, schedule) in CELLS {
        println!("{mode} {schedule}");
        body(World::new(mode, schedule, 7));
    }
}

#[test]
fn a_conversation_arrives() {
    everywhere(|mut world| {
        for i in 0..20 {
            let text = format!("message {i}");
            let arrived = if i % 3 == 1 {
                let envelope = world.bob_writes(&text);
                world.alice_reads(&envelope)
            } else {
                let envelope = world.alice_writes(&text);
                world.bob_reads(&envelope)
            };
            assert_eq!(arrived.unwrap(), text);
        }
    });
}

#[test]
fn an_empty_text_and_the_longest_one_arrive() {
    everywhere(|mut world| {
        for text in [String::new(), "x".repeat(MAX_TEXT_BYTES)] {
            let envelope = world.alice_writes(&text);
            assert_eq!(world.bob_reads(&envelope).unwrap(), text);
        }
    });
}

#[test]
fn a_longer_text_is_refused_and_the_session_goes_on() {
    everywhere(|mut world| {
        let text = vec![b'x'; MAX_TEXT_BYTES + 1];
        let refused = world
            .alice
            .seal(&name("bob"), &text, world.mode.as_ref(), &mut world.rng);
        assert_eq!(refused, Err(SealError::TooLong { length: text.len() }));
        world.greet();
    });
}

#[test]
fn a_repeated_message_is_refused() {
    everywhere(|mut world| {
        let envelope = world.alice_writes("once");
        assert_eq!(world.bob_reads(&envelope).unwrap(), "once");
        assert_eq!(
            world.bob_reads(&envelope),
            Err(OpenError::Chain(ChainError::Repeated))
        );
        world.greet();
    });
}

#[test]
fn a_message_of_a_closed_chain_does_not_open_twice() {
    everywhere(|mut world| {
        let old = world.alice_writes("old");
        world.bob_reads(&old).unwrap();
        for _ in 0..3 {
            world.greet();
        }
        assert!(world.bob_reads(&old).is_err());
        world.greet();
    });
}

#[test]
fn messages_of_a_closed_chain_still_arrive_late() {
    everywhere(|mut world| {
        let late = [world.alice_writes("late 0"), world.alice_writes("late 1")];
        let first = world.alice_writes("first to arrive");
        world.bob_reads(&first).unwrap();
        let lost = world.alice_writes("never arrives");
        world.greet();
        world.greet();
        assert_eq!(world.bob_reads(&late[1]).unwrap(), "late 1");
        assert_eq!(world.bob_reads(&late[0]).unwrap(), "late 0");
        assert!(world.bob_reads(&late[0]).is_err());
        drop(lost);
        world.greet();
    });
}

#[test]
fn skipped_keys_are_bounded() {
    everywhere(|mut world| {
        let skip = usize::try_from(MAX_SKIP).unwrap();
        world.greet();
        for _ in 0..5 {
            for _ in 0..skip {
                world.alice_writes("lost");
            }
            let envelope = world.alice_writes("arrives");
            world.bob_reads(&envelope).unwrap();
            let session = Envelope::decode(&envelope).unwrap().header.session;
            assert!(
                world
                    .bob
                    .session(&name("alice"), &session)
                    .unwrap()
                    .skipped_keys()
                    <= MAX_SKIPPED_KEYS
            );
        }
    });
}

#[test]
fn a_skip_beyond_the_bound_is_refused_and_costs_nothing() {
    everywhere(|mut world| {
        world.greet();
        let mut envelope = Vec::new();
        for _ in 0..=MAX_SKIP + 1 {
            envelope = world.alice_writes("lost");
        }
        assert_eq!(
            world.bob_reads(&envelope),
            Err(OpenError::Chain(ChainError::TooManySkipped {
                skip: MAX_SKIP + 1
            }))
        );
        let answer = world.bob_writes("still here");
        assert_eq!(world.alice_reads(&answer).unwrap(), "still here");
    });
}

#[test]
fn a_chain_that_lost_more_than_the_bound_does_not_end_the_conversation() {
    everywhere(|mut world| {
        let first = world.alice_writes("first");
        world.bob_reads(&first).unwrap();
        let late = world.alice_writes("late");
        for _ in 0..=MAX_SKIP + 1 {
            world.alice_writes("lost");
        }
        let answer = world.bob_writes("are you there?");
        world.alice_reads(&answer).unwrap();
        let envelope = world.alice_writes("yes");
        if Envelope::decode(&envelope).unwrap().header.schedule == ScheduleId::Ratchet {
            assert_eq!(world.bob_reads(&envelope).unwrap(), "yes");
            assert_eq!(world.bob_reads(&late).unwrap(), "late");
            world.greet();
        }
    });
}

#[test]
fn nobody_can_take_a_session_id_that_another_peer_chose() {
    everywhere(|mut world| {
        let genuine = world.alice_writes("genuine");
        let id = Envelope::decode(&genuine).unwrap().header.session;
        let mut mallory = Device::new(name("mallory"), &mut world.rng);
        let bundles = world.bob.publish(0, &mut world.rng);
        let mut same_id = Scripted::new(id.as_bytes());
        mallory
            .begin(
                &bundles[0],
                world.mode.id(),
                ScheduleId::Ratchet,
                &mut same_id,
            )
            .unwrap();
        let forged = mallory
            .seal(&name("bob"), b"first", world.mode.as_ref(), &mut world.rng)
            .unwrap();
        assert_eq!(Envelope::decode(&forged).unwrap().header.session, id);
        assert_eq!(world.bob_reads(&forged).unwrap(), "first");
        assert_eq!(world.bob_reads(&genuine).unwrap(), "genuine");
        world.greet();
    });
}

#[test]
fn a_session_that_may_have_gone_on_elsewhere_is_read_and_never_written_in_again() {
    everywhere(|mut world| {
        world.greet();
        let session = *world.bob.active_session(&name("alice")).unwrap().id();
        world.bob.end_writing();
        assert!(!world.bob.can_write_to(&name("alice")));
        let envelope = world.alice_writes("are you there?");
        assert_eq!(world.bob_reads(&envelope).unwrap(), "are you there?");
        // What comes in it does not bring it up, nor does a saved state.
        world.bob = Device::import(&world.bob.export().unwrap()).unwrap();
        let envelope = world.alice_writes("and now?");
        assert_eq!(world.bob_reads(&envelope).unwrap(), "and now?");
        let sealed = world
            .bob
            .seal(&name("alice"), b"", world.mode.as_ref(), &mut world.rng);
        assert!(matches!(sealed, Err(SealError::NoSession { .. })));
        // A new one is.
        let bundles = world.alice.publish(1, &mut world.rng);
        let (mode, schedule) = (world.mode.id(), ScheduleId::Ratchet);
        world
            .bob
            .begin(&bundles[0], mode, schedule, &mut world.rng)
            .unwrap();
        assert_ne!(
            *world.bob.active_session(&name("alice")).unwrap().id(),
            session
        );
        world.greet();
    });
}

#[test]
fn a_device_that_was_put_back_is_refused_with_the_reason_that_its_session_is_lost() {
    everywhere(|mut world| {
        world.greet();
        let before = world.alice.export().unwrap();
        let envelope = world.alice_writes("read");
        world.bob_reads(&envelope).unwrap();
        world.alice = Device::import(&before).unwrap();
        let again = world.alice_writes("sealed under the same key");
        let refused = world.bob_reads(&again).unwrap_err();
        assert!(refused.is_session_lost(), "{refused}");
        // What another mode would mend is no lost session.
        let other = match world.mode.id() {
            ModeId::EndToEnd => "escrow",
            ModeId::Escrow => "e2e",
        };
        let other = World::new(other, ScheduleId::Ratchet, 8).mode;
        let refused = world.bob.open(&again, other.as_ref()).unwrap_err();
        assert!(!refused.is_session_lost(), "{refused}");
    });
}

#[test]
fn both_may_write_first() {
    everywhere(|mut world| {
        let schedule = ScheduleId::Ratchet;
        let bundles = world.alice.publish(1, &mut world.rng);
        world
            .bob
            .begin(&bundles[0], world.mode.id(), schedule, &mut world.rng)
            .unwrap();
        let (ours, theirs) = (
            world.alice_writes("from alice"),
            world.bob_writes("from bob"),
        );
        assert_eq!(world.bob_reads(&ours).unwrap(), "from alice");
        assert_eq!(world.alice_reads(&theirs).unwrap(), "from bob");
        world.greet();
    });
}

#[test]
fn a_handshake_works_without_a_one_time_prekey_and_uses_one_up_with() {
    everywhere(|mut world| {
        let bundles = world.bob.publish(1, &mut world.rng);
        for (bundle, uses) in [(&bundles[1], 1), (&bundles[0], 1), (&bundles[0], 0)] {
            world.alice_begins(bundle).unwrap();
            let envelope = world.alice_writes("anew");
            assert_eq!(world.bob_reads(&envelope).is_ok(), uses == 1);
        }
    });
}

#[test]
fn a_bundle_that_its_identity_did_not_sign_is_refused() {
    everywhere(|mut world| {
        let mut bundles = world.bob.publish(0, &mut world.rng);
        bundles[0].signed_prekey.id ^= 1;
        let begun = world.alice_begins(&bundles[0]);
        assert!(matches!(begun, Err(BeginError::BadSignature(_))));
    });
}

#[test]
fn another_identity_under_a_known_name_is_refused() {
    everywhere(|mut world| {
        world.greet();
        let mut stranger = World::new("e2e", ScheduleId::Ratchet, 8);
        let bundles = stranger.bob.publish(0, &mut stranger.rng);
        let begun = world.alice_begins(&bundles[0]);
        assert_eq!(
            begun,
            Err(BeginError::IdentityChanged { name: name("bob") })
        );
    });
}

#[test]
fn a_name_whose_new_identity_was_accepted_no_longer_belongs_to_the_old_one() {
    everywhere(|mut world| {
        world.greet();
        let late = world.bob_writes("from the old device");
        let mut bob = Device::new(name("bob"), &mut world.rng);
        let number = world
            .alice
            .safety_number_with(bob.name(), bob.identity())
            .to_string();
        assert_ne!(
            number,
            world.alice.safety_number(bob.name()).unwrap().to_string()
        );
        world.alice.accept_identity(bob.name(), *bob.identity());
        let accepted = world.alice.safety_number(bob.name()).unwrap();
        assert_eq!(accepted.to_string(), number);
        // Nothing is written to the old one any more, nor read from it.
        assert!(!world.alice.can_write_to(bob.name()));
        assert!(matches!(
            world.alice_reads(&late),
            Err(OpenError::UnknownSession { .. })
        ));
        let old = world.bob.publish(0, &mut world.rng).remove(0);
        assert_eq!(
            world.alice_begins(&old),
            Err(BeginError::IdentityChanged { name: name("bob") })
        );
        let new = bob.publish(0, &mut world.rng).remove(0);
        world.alice_begins(&new).unwrap();
        let envelope = world.alice_writes("to the new device");
        std::mem::swap(&mut world.bob, &mut bob);
        assert_eq!(world.bob_reads(&envelope).unwrap(), "to the new device");
    });
}

#[test]
fn a_stranger_cannot_open_a_session_under_a_known_name() {
    everywhere(|mut world| {
        world.greet();
        let mut impostor = Device::new(name("alice"), &mut world.rng);
        let bundles = world.bob.publish(0, &mut world.rng);
        impostor
            .begin(
                &bundles[0],
                world.mode.id(),
                ScheduleId::Ratchet,
                &mut world.rng,
            )
            .unwrap();
        let forged = impostor
            .seal(
                &name("bob"),
                b"it is me",
                world.mode.as_ref(),
                &mut world.rng,
            )
            .unwrap();
        assert_eq!(
            world.bob_reads(&forged),
            Err(OpenError::IdentityChanged {
                name: name("alice")
            })
        );
        world.greet();
    });
}

#[test]
fn a_session_does_not_change_its_mode() {
    let escrow = World::new("escrow", ScheduleId::Ratchet, 7).mode;
    let e2e = World::new("e2e", ScheduleId::Ratchet, 7).mode;
    for (begun, other) in [("escrow", &e2e), ("e2e", &escrow)] {
        let mut world = World::new(begun, ScheduleId::Ratchet, 7);
        world.greet();
        let sealed = world
            .alice
            .seal(&name("bob"), b"otherwise", other.as_ref(), &mut world.rng);
        assert!(
            matches!(sealed, Err(SealError::WrongMode { .. })),
            "{begun}"
        );
        let envelope = world.alice_writes("as begun");
        let opened = world.bob.open(&envelope, other.as_ref());
        assert!(
            matches!(opened, Err(OpenError::WrongMode { .. })),
            "{begun}"
        );
        assert_eq!(world.bob_reads(&envelope).unwrap(), "as begun");
    }
}

#[test]
fn more_authorities_than_an_envelope_has_room_for_are_refused() {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    let many = Escrow(vec![*world.escrow.public(); 17]);
    let sealed = world
        .alice
        .seal(&name("bob"), b"to everybody", &many, &mut world.rng);
    assert_eq!(sealed, Err(SealError::TooManyAccessFields { count: 17 }));
    world.greet();
}

#[test]
fn a_device_read_from_its_serialized_form_goes_on_where_it_was() {
    everywhere(|mut world| {
        world.greet();
        let late = world.alice_writes("late");
        let next = world.alice_writes("next");
        world.bob_reads(&next).unwrap();
        world.bob = Device::import(&world.bob.export().unwrap()).unwrap();
        world.alice = Device::import(&world.alice.export().unwrap()).unwrap();
        assert_eq!(world.bob_reads(&late).unwrap(), "late");
        assert!(world.bob_reads(&next).is_err());
        world.greet();

        let mut json: serde_json::Value =
            serde_json::from_slice(&world.bob.export().unwrap()).unwrap();
        json["identity"]["agreement"] = "00".repeat(32).into();
        let refused = Device::import(json.to_string().as_bytes());
        assert!(matches!(refused, Err(ImportError::Inconsistent)));
        assert!(Device::import(b"{}").is_err());
    });
}

#[test]
fn nothing_secret_is_printed() {
    everywhere(|mut world| {
        world.greet();
        let exported = String::from_utf8(world.alice.export().unwrap().to_vec()).unwrap();
        let device: serde_json::Value = serde_json::from_str(&exported).unwrap();
        let printed = format!("{:?} {:?}", world.alice, world.escrow);
        for secret in ["agreement", "signing", "signed_prekey"] {
            let secret = device[secret].as_str().unwrap();
            assert!(!printed.contains(secret));
        }
        for text in printed.split(|c: char| !c.is_ascii_hexdigit()) {
            // Every 64 digits that are printed are public: they stand nowhere under a
            // secret's name.
            if text.len() == 64 {
                for secret in ["root", "Chain", "Fixed", "secret", "skipped"] {
                    assert!(!exported.contains(&format!("\"{secret}\":\"{text}\"")));
                }
            }
        }
    });
}

#[test]
fn both_devices_show_one_safety_number_and_a_stranger_another() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    world.greet();
    let ours = world.alice.safety_number(&name("bob")).unwrap();
    assert_eq!(
        Some(&ours),
        world.bob.safety_number(&name("alice")).as_ref()
    );
    assert_eq!(ours.digits().len(), 60);
    assert_eq!(ours.to_string().split(' ').count(), 12);
    let mut other = World::new("e2e", ScheduleId::Ratchet, 8);
    other.greet();
    assert_ne!(Some(ours), other.alice.safety_number(&name("bob")));
}

/// What the network does next.
#[derive(Debug, Clone)]
enum NetworkEvent {
    Write { alice: bool },
    Deliver { pick: prop::sample::Index },
    Repeat { pick: prop::sample::Index },
    Lose { pick: prop::sample::Index },
}

fn event() -> impl Strategy<Value = NetworkEvent> {
    let pick = any::<prop::sample::Index>;
    prop_oneof![
        4 => any::<bool>().prop_map(|alice| NetworkEvent::Write { alice }),
        4 => pick().prop_map(|pick| NetworkEvent::Deliver { pick }),
        1 => pick().prop_map(|pick| NetworkEvent::Repeat { pick }),
        1 => pick().prop_map(|pick| NetworkEvent::Lose { pick }),
    ]
}

struct InFlight {
    to_alice: bool,
    text: String,
    envelope: Vec<u8>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_interleaving_delivers_each_message_at_most_once_and_intact(
        cell in 0..CELLS.len(),
        events in prop::collection::vec(event(), 1..80),
    ) {
        let (mode, schedule) = CELLS[cell];
        let mut world = World::new(mode, schedule, 7);
        world.greet();
        let (mut in_flight, mut arrived): (Vec<InFlight>, Vec<InFlight>) = (Vec::new(), Vec::new());
        let mut delivered = BTreeSet::new();
        for (i, event) in events.into_iter().enumerate() {
            match event {
                NetworkEvent::Write { alice } => {
                    let text = format!("message {i}");
                    let envelope = if alice { world.alice_writes(&text) } else { world.bob_writes(&text) };
                    in_flight.push(InFlight { to_alice: !alice, text, envelope });
                }
                NetworkEvent::Deliver { pick } if !in_flight.is_empty() => {
                    let sent = in_flight.swap_remove(pick.index(in_flight.len()));
                    let got = if sent.to_alice { world.alice_reads(&sent.envelope) } else { world.bob_reads(&sent.envelope) };
                    prop_assert_eq!(got.as_deref(), Ok(sent.text.as_str()));
                    prop_assert!(delivered.insert(sent.text.clone()));
                    arrived.push(sent);
                }
                NetworkEvent::Repeat { pick } if !arrived.is_empty() => {
                    let sent = &arrived[pick.index(arrived.len())];
                    let again = if sent.to_alice { world.alice_reads(&sent.envelope) } else { world.bob_reads(&sent.envelope) };
                    prop_assert!(again.is_err());
                }
                NetworkEvent::Lose { pick } if !in_flight.is_empty() => {
                    in_flight.swap_remove(pick.index(in_flight.len()));
                }
                _ => {}
            }
        }
        world.greet();
    }

    #[test]
    fn any_flipped_bit_is_refused_and_leaves_the_session_usable(
        cell in 0..CELLS.len(),
        later in any::<bool>(),
        bit in any::<prop::sample::Index>(),
    ) {
        let (mode, schedule) = CELLS[cell];
        let mut world = World::new(mode, schedule, 7);
        if later {
            world.greet();
        }
        let envelope = world.alice_writes("genuine");
        let mut flipped = envelope.clone();
        let bit = bit.index(8 * flipped.len());
        flipped[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(world.bob_reads(&flipped).is_err());
        prop_assert_eq!(world.bob_reads(&envelope), Ok("genuine".to_owned()));
        world.greet();
    }

    #[test]
    fn no_bytes_from_a_stranger_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
        prop_assert!(world.bob_reads(&bytes).is_err());
        let with_prefix = [&[1, 1, 2, 1][..], &bytes].concat();
        prop_assert!(world.bob_reads(&with_prefix).is_err());
        world.greet();
    }
}

#[test]
fn every_single_flipped_bit_of_one_envelope_is_refused() {
    everywhere(|mut world| {
        world.greet();
        let envelope = world.alice_writes("genuine");
        for bit in 0..8 * envelope.len() {
            let mut flipped = envelope.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(world.bob_reads(&flipped).is_err(), "bit {bit}");
        }
        let text_begins = envelope.len() - "genuine".len() - 16;
        let mut flipped = envelope.clone();
        flipped[text_begins] ^= 1;
        assert_eq!(world.bob_reads(&flipped), Err(NotAuthentic.into()));
        assert_eq!(world.bob_reads(&envelope).unwrap(), "genuine");
    });
}
