//! What a leaked escrow key reads, and what it does not.

use std::{net::Ipv4Addr, time::Duration};

use crate::common::world::{CELLS, World};
use doormat::attack::{Attacker, EscrowLeak, Exposure, Tally, Wiretap};
use doormat::crypto::{SessionKey, hpke};
use doormat::escrow::{EscrowPrivateKey, authority::AccessError};
use doormat::experiment::{Conversation, leak, seed};
use doormat::protocol::{AccessContext, AccessField, Envelope, Header, ScheduleId};
use doormat::tape::Packet;
use ring::digest;
use tls_codec::{DeserializeBytes, Serialize};

#[test]
fn the_key_reads_all_of_one_recording_and_none_of_the_other() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let outcome = leak::run(Conversation::default(), schedule, 7, &|| {}).unwrap();
        let all = outcome.conversation.lines().len();
        for mode in [&outcome.escrow, &outcome.e2e] {
            assert_eq!((mode.wiretap.read, mode.wiretap.metadata), (0, all));
            assert_eq!(mode.leaked_escrow_key.metadata, all);
        }
        assert_eq!(outcome.escrow.leaked_escrow_key.read, all);
        assert_eq!(outcome.e2e.leaked_escrow_key.read, 0);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let run = |seed| {
        let schedule = ScheduleId::Ratchet;
        let outcome = leak::run(Conversation::default(), schedule, seed, &|| {}).unwrap();
        (outcome.escrow.recording.tape, outcome.e2e.recording.tape)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

/// A change of any byte on the wire is a change of the specification (and of these sums).
#[test]
fn seed_7_gives_the_bytes_that_it_always_gave() {
    let sums = [
        (
            ScheduleId::Ratchet,
            "8afcae06d7825693486ea91c2f19f6353803c6ab8815d5f0bc1f5c09da42a3d4",
            "d2938ec0a3891e783f3aa39ecdaac96c4f73706997e5a2e72d5d4a9fa3c4c9ab",
        ),
        (
            ScheduleId::Static,
            "0b8b73d05cf4e113a9c7fe0f39193494f5caa869d5f2125a683123d1553dc2eb",
            "bf05a06a741034e861bd56901ed531d819a023e3300697ccd36519d9169909bd",
        ),
    ];
    let sum = |tape: &[u8]| hex::encode(digest::digest(&digest::SHA256, tape));
    for (schedule, escrow, e2e) in sums {
        let outcome = leak::run(Conversation::default(), schedule, 7, &|| {}).unwrap();
        assert_eq!(sum(&outcome.escrow.recording.tape), escrow);
        assert_eq!(sum(&outcome.e2e.recording.tape), e2e);
    }
}

#[test]
fn the_two_recordings_share_no_key_and_no_ciphertext() {
    let outcome = leak::run(Conversation::default(), ScheduleId::Ratchet, 7, &|| {}).unwrap();
    let (escrow, e2e) = (&outcome.escrow.wiretap, &outcome.e2e.wiretap);
    for (a, b) in escrow.observations.iter().zip(&e2e.observations) {
        assert_ne!(a.session, b.session);
    }
    let windows = |tape: &[u8]| -> std::collections::BTreeSet<Vec<u8>> {
        tape.windows(16).map(<[u8]>::to_vec).collect()
    };
    let shared: Vec<_> = windows(&outcome.escrow.recording.tape)
        .intersection(&windows(&outcome.e2e.recording.tape))
        .cloned()
        .collect();
    // What is alike is framing, addresses and names; no run of 16 random bytes is.
    for bytes in shared {
        let distinct: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
        assert!(distinct.len() < 15, "{}", hex::encode(bytes));
    }
}

#[test]
fn a_tap_that_starts_late_still_opens_everything_from_there() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let (mut world, mut eve) = tapped("escrow", schedule);
        world.greet();
        world.alice_writes("before the tap");
        for text in ["first on the tape", "second"] {
            let envelope = world.alice_writes(text);
            assert_eq!(examine(&mut eve, &envelope), Exposure::Read(text.into()));
        }
    }
}

#[test]
fn order_repetition_and_loss_do_not_trouble_the_attacker() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let (mut world, mut eve) = tapped("escrow", schedule);
        let envelopes: Vec<_> = (0..8).map(|i| world.alice_writes(&i.to_string())).collect();
        for i in [5, 1, 1, 7, 0, 5] {
            let read = examine(&mut eve, &envelopes[i]);
            assert_eq!(read, Exposure::Read(i.to_string().into()));
        }
        assert_eq!(eve.summary().session_keys, 1);
    }
}

#[test]
fn each_session_key_is_unwrapped_once() {
    let (mut world, mut eve) = tapped("escrow", ScheduleId::Ratchet);
    for _ in 0..3 {
        for _ in 0..4 {
            let envelope = world.alice_writes("from alice");
            examine(&mut eve, &envelope);
            world.bob_reads(&envelope).unwrap();
        }
        let envelope = world.bob_writes("from bob");
        examine(&mut eve, &envelope);
        world.alice_reads(&envelope).unwrap();
    }
    assert_eq!(eve.summary().session_keys, 6);
}

#[test]
fn an_authority_opens_an_honest_field_and_no_other() {
    let (mut world, _) = tapped("escrow", ScheduleId::Ratchet);
    let envelope = world.alice_writes("honest");
    let header = Envelope::decode(&envelope).unwrap().header;
    let context = AccessContext {
        session: header.session,
        sender: header.sender,
        recipient: header.recipient,
        ratchet_public: header.ratchet_public,
    };
    let field = header.access.as_slice()[0];
    let session_key = world.escrow.open(&field, &context).unwrap();
    assert_eq!(
        AccessField::seal(&session_key, &context, world.escrow.public()),
        Ok(field)
    );
    let elsewhere = AccessContext {
        sender: context.recipient.clone(),
        ..context.clone()
    };
    let refused = world.escrow.open(&field, &elsewhere);
    assert!(matches!(refused, Err(AccessError::Refused(_))));
    let other = EscrowPrivateKey::generate(&mut world.rng);
    let refused = other.open(&field, &context);
    assert!(matches!(refused, Err(AccessError::OtherAuthority { .. })));

    // Sealed with randomness of the sender's choice: it opens, but is no honest field.
    let sealed = hpke::seal(
        world.escrow.public().key(),
        &context.info(),
        &[],
        session_key.as_bytes(),
        hpke::EncapsulationSeed::from_bytes([1; 32]),
    )
    .unwrap();
    let bytes = [
        field.authority.as_bytes().as_slice(),
        sealed.encapsulated.as_bytes(),
        &sealed.ciphertext,
    ]
    .concat();
    let (irregular, _) = AccessField::tls_deserialize_bytes(&bytes).unwrap();
    let refused = world.escrow.open(&irregular, &context);
    assert!(matches!(refused, Err(AccessError::Irregular)));
}

#[test]
fn another_authoritys_key_reads_nothing() {
    let (mut world, _) = tapped("escrow", ScheduleId::Ratchet);
    let other = EscrowPrivateKey::generate(&mut seed::generator(1, "another authority"));
    let envelope = world.alice_writes("not for you");
    let read = examine(&mut EscrowLeak::new(other), &envelope);
    assert_eq!(read, Exposure::MetadataOnly);
}

#[test]
fn a_damaged_envelope_hides_neither_itself_nor_the_others() {
    let (mut world, mut eve) = tapped("escrow", ScheduleId::Ratchet);
    let envelopes: Vec<_> = (0..3).map(|i| world.alice_writes(&i.to_string())).collect();
    let schedule_byte = 3;
    for at in [
        envelopes[0].len() - 1,
        envelopes[0].len() - 40,
        schedule_byte,
    ] {
        let mut damaged = envelopes[0].clone();
        damaged[at] ^= if at == schedule_byte { 3 } else { 1 };
        assert_eq!(examine(&mut eve, &damaged), Exposure::MetadataOnly);
    }
    for (i, envelope) in envelopes.iter().enumerate() {
        let read = examine(&mut eve, envelope);
        assert_eq!(read, Exposure::Read(i.to_string().into()));
    }
}

#[test]
fn a_wiretap_reads_a_message_whose_key_crossed_the_wire() {
    // The attacks without an access field can read: a protocol that sent a key
    // along, or agreed on one with the authority, falls to them.
    for (_, schedule) in CELLS {
        let (mut world, _) = tapped("e2e", schedule);
        for number in [0, 1, 5] {
            let public = |header: &Header| *header.session.as_bytes();
            let foolish = resealed(&mut world, number, public);
            let read = examine(&mut Wiretap, &foolish);
            assert_eq!(read, Exposure::Read(b"foolish".to_vec()));

            let mut eve = EscrowLeak::new(world.escrow.clone());
            let agreed = |header: &Header| {
                let agreed = world_key(schedule).agree(&header.ratchet_public).unwrap();
                *agreed.as_bytes()
            };
            let foolish = resealed(&mut world, number, agreed);
            assert_eq!(examine(&mut Wiretap, &foolish), Exposure::MetadataOnly);
            let read = examine(&mut eve, &foolish);
            assert_eq!(read, Exposure::Read(b"foolish".to_vec()));
        }
    }
}

/// The escrow key of every world of seed 7.
fn world_key(schedule: ScheduleId) -> doormat::crypto::AgreementSecret {
    tapped("e2e", schedule).0.escrow.secret().clone()
}

/// An envelope whose session key is a value that should never be one.
fn resealed(world: &mut World, number: u32, key: impl Fn(&Header) -> [u8; 32]) -> Vec<u8> {
    let envelope = world.alice_writes("foolish");
    let mut header = Envelope::decode(&envelope).unwrap().header;
    header.number = number;
    let session_key = SessionKey::from_bytes(key(&header));
    let mut keys = header.schedule.message_keys(&session_key);
    for skipped in 0..number {
        (_, keys) = keys.next(skipped);
    }
    let (message_key, _) = keys.next(number);
    let header = header.tls_serialize_detached().unwrap();
    let sealed = message_key.seal(&header, b"foolish");
    [header, vec![0, 0, 23], sealed].concat()
}

#[test]
fn forged_numbers_do_not_stall_the_attack() {
    let (mut world, mut eve) = tapped("escrow", ScheduleId::Ratchet);
    let envelope = world.alice_writes("genuine");
    let mut header = Envelope::decode(&envelope).unwrap().header;
    let rest = envelope[Envelope::decode(&envelope).unwrap().authenticated.len()..].to_vec();
    // Each would cost half a million steps if none were remembered: hours.
    for i in 0..2000 {
        header.number = 500_000 + i % 2;
        let forged = [header.tls_serialize_detached().unwrap(), rest.clone()].concat();
        assert_eq!(examine(&mut eve, &forged), Exposure::MetadataOnly);
    }
    assert_eq!(
        examine(&mut eve, &envelope),
        Exposure::Read(b"genuine".to_vec())
    );
}

#[test]
fn malformed_packets_are_counted_and_passed_over() {
    for (mode, schedule) in CELLS {
        let (mut world, mut eve) = tapped(mode, schedule);
        let mut tally = Tally::default();
        let good = world.alice_writes("good");
        for payload in [&[][..], b"garbage", &good[..20], &good] {
            tally.play(&packet(payload), &mut eve);
        }
        assert_eq!((tally.envelopes, tally.malformed), (1, 3));
    }
}

/// A world whose escrow key Eve has.
fn tapped(mode: &str, schedule: ScheduleId) -> (World, EscrowLeak) {
    let world = World::new(mode, schedule, 7);
    let eve = EscrowLeak::new(world.escrow.clone());
    (world, eve)
}

fn examine(attack: &mut dyn Attacker, envelope: &[u8]) -> Exposure {
    Tally::default()
        .play(&packet(envelope), attack)
        .expect("an envelope")
        .exposure
}

fn packet(payload: &[u8]) -> Packet {
    Packet {
        time: Duration::ZERO,
        source: Ipv4Addr::LOCALHOST.into(),
        destination: Ipv4Addr::LOCALHOST.into(),
        payload: payload.to_vec(),
    }
}
