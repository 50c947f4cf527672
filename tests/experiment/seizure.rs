//! What a seized device gives, beyond the plain case of the matrix.

use crate::common::world::{World, name};
use doormat::attack::{Attacker, Exposure, SeizedDevice};
use doormat::protocol::{Device, Envelope, ModeId, ScheduleId};

fn seize(device: &Device) -> SeizedDevice {
    SeizedDevice::new(&device.export().unwrap()).unwrap()
}

fn read(eve: &mut SeizedDevice, envelope: &[u8]) -> Option<String> {
    match eve.examine(&Envelope::decode(envelope).unwrap()) {
        Exposure::Read(text) => Some(String::from_utf8(text).unwrap()),
        Exposure::MetadataOnly => None,
    }
}

#[test]
fn what_has_not_come_yet_can_be_read_and_what_has_cannot() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    world.greet();
    let sent: Vec<_> = (0..4).map(|i| world.alice_writes(&i.to_string())).collect();
    world.bob_reads(&sent[0]).unwrap();
    world.bob_reads(&sent[2]).unwrap();
    let mut eve = seize(&world.bob);
    let read: Vec<_> = sent.iter().map(|it| read(&mut eve, it)).collect();
    assert_eq!(read, [None, Some("1".into()), None, Some("3".into())]);
}

#[test]
fn the_rest_of_a_run_can_be_read_from_its_senders_device_too() {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    world.greet();
    let before = world.alice_writes("before");
    let mut eve = seize(&world.alice);
    let after = world.alice_writes("after");
    assert_eq!(read(&mut eve, &before), None);
    assert_eq!(read(&mut eve, &after), Some("after".into()));
}

#[test]
fn a_first_run_without_a_one_time_prekey_is_open_for_as_long_as_the_signed_prekey_lives() {
    for one_time_prekeys in [0, 1] {
        let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
        let bundles = world.bob.publish(one_time_prekeys, &mut world.rng);
        let (mode, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
        world
            .alice
            .begin(&bundles[0], mode, schedule, &mut world.rng)
            .unwrap();
        let first = world.alice_writes("first contact");
        world.bob_reads(&first).unwrap();
        let answer = world.bob_writes("answer");
        world.alice_reads(&answer).unwrap();
        let second = world.alice_writes("second turn");
        world.bob_reads(&second).unwrap();

        let mut eve = seize(&world.bob);
        let expected = (one_time_prekeys == 0).then(|| "first contact".to_owned());
        assert_eq!(read(&mut eve, &first), expected);
        assert_eq!(read(&mut eve, &second), None);
    }
}

#[test]
fn sessions_that_somebody_begins_with_the_seized_device_can_be_read() {
    for schedule in [ScheduleId::Ratchet, ScheduleId::Static] {
        let mut world = World::new("e2e", schedule, 7);
        let mut carol = Device::new(name("carol"), &mut world.rng);
        let bundle = &world.bob.publish(1, &mut world.rng)[0];
        let mut eve = seize(&world.bob);
        carol
            .begin(bundle, ModeId::EndToEnd, schedule, &mut world.rng)
            .unwrap();
        let mode = world.mode.as_ref();
        let envelope = carol.seal(&name("bob"), b"hello bob", mode, &mut world.rng);
        let envelope = envelope.unwrap();
        assert_eq!(read(&mut eve, &envelope), Some("hello bob".into()));
    }
}

#[test]
fn another_devices_state_gives_nothing() {
    let mut world = World::new("escrow", ScheduleId::Static, 7);
    world.greet();
    let envelope = world.alice_writes("not yours");
    let mut eve = seize(&Device::new(name("mallory"), &mut world.rng));
    assert_eq!(read(&mut eve, &envelope), None);
}
