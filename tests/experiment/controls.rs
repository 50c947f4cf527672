//! A zero counts for something only if the attack that gave it can read: each is given
//! a messenger that is foolish in just the way it looks for.

use crate::common::world::{World, name};
use doormat::attack::{
    Attacker, EscrowLeak, Exposure, KeyRing, NestedDecryptor, RelayDatabase, Wiretap,
};
use doormat::crypto::SessionKey;
use doormat::escrow::{EscrowPrivateKey, split};
use doormat::mode::Escrow;
use doormat::protocol::{Device, Envelope, ScheduleId};
use tls_codec::Serialize;

/// An envelope of this world's whose session key is a value that should never be one.
fn foolish(world: &mut World, key: [u8; 32]) -> Vec<u8> {
    let envelope = world.alice_writes("foolish");
    let header = Envelope::decode(&envelope).unwrap().header;
    let keys = header
        .schedule
        .message_keys(&SessionKey::from_bytes(key))
        .next(0);
    let header = header.tls_serialize_detached().unwrap();
    let sealed = keys.0.seal(&header, b"foolish");
    [header, vec![0, 0, 23], sealed].concat()
}

fn read(attack: &mut dyn Attacker, envelope: &[u8]) -> Exposure {
    attack.examine(&Envelope::decode(envelope).unwrap())
}

fn text() -> Exposure {
    Exposure::Read(b"foolish".to_vec())
}

#[test]
fn a_copied_relay_reads_a_message_whose_key_stood_in_the_directory() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let bundle = Device::new(name("carol"), &mut world.rng).lasting_bundle();
    let envelope = foolish(&mut world, *bundle.identity.agreement.as_bytes());
    let bundle = bundle.encode();
    assert_eq!(read(&mut Wiretap, &envelope), Exposure::MetadataOnly);
    let mut eve = RelayDatabase::new([bundle.as_slice()]);
    assert_eq!(read(&mut eve, &envelope), text());
}

#[test]
fn a_share_reads_what_is_sealed_to_itself() {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    let shares = split(&world.escrow, 2, 3, &mut world.rng).unwrap();
    let foolish = EscrowPrivateKey::from_bytes(*shares[0].value.as_bytes());
    let sealed_to_key = world.alice_writes("foolish");
    world.mode = Box::new(Escrow(vec![*foolish.public()]));
    world.alice.retire_sessions();
    let bundle = world.bob.lasting_bundle();
    let (mode, schedule) = (world.mode.id(), ScheduleId::Ratchet);
    world
        .alice
        .begin(&bundle, mode, schedule, &mut world.rng)
        .unwrap();
    let sealed_to_share = world.alice_writes("foolish");

    let mut one = KeyRing::of_shares(&shares[..1]);
    assert_eq!(read(&mut one, &sealed_to_share), text());
    assert_eq!(read(&mut one, &sealed_to_key), Exposure::MetadataOnly);
    let mut two = KeyRing::of_shares(&shares[1..]);
    assert_eq!(read(&mut two, &sealed_to_key), text());
}

#[test]
fn an_authority_that_finds_an_envelope_inside_reads_it_if_it_can() {
    let mut inner = World::new("e2e", ScheduleId::Ratchet, 8);
    let mut outer = World::new("escrow", ScheduleId::Ratchet, 7);
    let public = *outer.escrow.public().key().as_bytes();
    let foolish = foolish(&mut inner, public);
    let honest = inner.alice_writes("honest");
    for (inside, expected) in [(foolish, text()), (honest, Exposure::MetadataOnly)] {
        let (mode, to) = (outer.mode.as_ref(), name("bob"));
        let envelope = outer
            .alice
            .seal(&to, &inside, mode, &mut outer.rng)
            .unwrap();
        let mut authority = NestedDecryptor::new(EscrowLeak::new(outer.escrow.clone()));
        assert_eq!(read(&mut authority, &envelope), expected);
        assert_eq!(authority.nested(), 1);
    }
}

#[test]
fn each_of_several_authorities_reads_alone() {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    let keys = [(); 3].map(|()| EscrowPrivateKey::generate(&mut world.rng));
    world.mode = Box::new(Escrow(keys.iter().map(|key| *key.public()).collect()));
    let envelope = world.alice_writes("foolish");
    for key in keys {
        assert_eq!(read(&mut EscrowLeak::new(key), &envelope), text());
    }
}
