//! Whoever may write to a device can neither fill it nor keep others out, and what it
//! has forgotten opens nothing a second time.

use crate::common::world::{World, name};
use doormat::protocol::{
    Device, KeyBundle, Name, OpenError, ScheduleId,
    device::{
        MAX_CLOSED_SESSIONS, MAX_DEVICE_SKIPPED_KEYS, MAX_PEER_SESSIONS, MAX_PREKEYS, MAX_SESSIONS,
    },
};

/// What a device's state may take, whatever strangers send, in the end-to-end mode.
const STATE_BYTES: usize = 2 * 1024 * 1024;

/// As many as were found to disable a device.
const OPENINGS: usize = 2048;

/// Messages that each opening skips.
const SKIP: usize = 60;

fn begin(world: &mut World, device: &mut Device, bundle: &KeyBundle) {
    let (mode, schedule) = (world.mode.id(), ScheduleId::Ratchet);
    device
        .begin(bundle, mode, schedule, &mut world.rng)
        .unwrap();
}

fn write(world: &mut World, device: &mut Device, text: &str) -> Vec<u8> {
    let (to, mode) = (world.bob.name().clone(), world.mode.as_ref());
    device
        .seal(&to, text.as_bytes(), mode, &mut world.rng)
        .unwrap()
}

/// Opens a session with Bob by a message that skips others.
fn open_with_skip(world: &mut World, device: &mut Device, bundle: &KeyBundle) {
    begin(world, device, bundle);
    for _ in 0..SKIP {
        write(world, device, "");
    }
    let envelope = write(world, device, "and another");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "and another");
}

fn new_device(world: &mut World, owner: &str) -> Device {
    Device::new(name(owner), &mut world.rng)
}

fn skipped_keys(device: &Device, names: &[Name]) -> usize {
    let mut json: serde_json::Value = serde_json::from_slice(&device.export().unwrap()).unwrap();
    let sessions = json["sessions"].take();
    let of = |peer: &Name| -> usize {
        let Some(sessions) = sessions[peer.as_str()].as_object() else {
            return 0;
        };
        let chains = sessions
            .values()
            .flat_map(|it| it["receiving"].as_array().unwrap());
        chains
            .map(|it| it["skipped"].as_object().unwrap().len())
            .sum()
    };
    names.iter().map(of).sum()
}

/// What must hold after an attack on Bob, who had talked with Alice before.
fn bob_goes_on(world: &mut World, strangers: &[Name]) {
    let state = world.bob.export().unwrap();
    assert!(state.len() < STATE_BYTES, "{} bytes", state.len());
    assert!(world.bob.sessions() <= MAX_SESSIONS);
    assert!(skipped_keys(&world.bob, strangers) <= MAX_DEVICE_SKIPPED_KEYS);
    world.bob = Device::import(&state).unwrap();

    let lasting = world.bob.lasting_bundle();
    let mut friend = new_device(world, "a-new-friend");
    begin(world, &mut friend, &lasting);
    let envelope = write(world, &mut friend, "it is me");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "it is me");
    // The session with Alice is the same, and so are the keys kept in it.
    world.greet();
}

#[test]
fn two_thousand_sessions_of_one_stranger_disable_no_device() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    world.greet();
    let late = world.alice_writes("late");
    let next = world.alice_writes("next");
    world.bob_reads(&next).unwrap();
    let lasting = world.bob.lasting_bundle();
    let mut mallory = new_device(&mut world, "mallory");
    for _ in 0..OPENINGS {
        open_with_skip(&mut world, &mut mallory, &lasting);
    }
    assert!(world.bob.sessions() <= MAX_PEER_SESSIONS + 1);
    bob_goes_on(&mut world, &[name("mallory"), name("alice")]);
    assert_eq!(world.bob_reads(&late).unwrap(), "late");
}

#[test]
fn two_thousand_strangers_disable_no_device() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    world.greet();
    let late = world.alice_writes("late");
    let next = world.alice_writes("next");
    world.bob_reads(&next).unwrap();
    let lasting = world.bob.lasting_bundle();
    let mut names = vec![name("alice")];
    for i in 0..OPENINGS {
        let mut stranger = new_device(&mut world, &format!("stranger-{i}"));
        open_with_skip(&mut world, &mut stranger, &lasting);
        names.push(stranger.name().clone());
    }
    bob_goes_on(&mut world, &names);
    assert_eq!(world.bob_reads(&late).unwrap(), "late");
    let known = names.iter().filter(|it| world.bob.contact(it).is_some());
    assert!(known.count() <= MAX_SESSIONS);
}

#[test]
fn of_two_sessions_the_one_that_its_owner_wrote_in_stays() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let lasting = world.bob.lasting_bundle();
    let mut answered = new_device(&mut world, "answered");
    begin(&mut world, &mut answered, &lasting);
    let envelope = write(&mut world, &mut answered, "hello");
    world.bob_reads(&envelope).unwrap();
    let (to, mode) = (answered.name().clone(), world.mode.as_ref());
    world.bob.seal(&to, b"hello", mode, &mut world.rng).unwrap();
    let mut ignored = new_device(&mut world, "ignored");
    begin(&mut world, &mut ignored, &lasting);
    let envelope = write(&mut world, &mut ignored, "hello");
    world.bob_reads(&envelope).unwrap();
    for i in 0..MAX_SESSIONS {
        let mut stranger = new_device(&mut world, &format!("stranger-{i}"));
        begin(&mut world, &mut stranger, &lasting);
        let envelope = write(&mut world, &mut stranger, "hello");
        world.bob_reads(&envelope).unwrap();
    }
    assert!(world.bob.can_write_to(answered.name()));
    assert!(!world.bob.can_write_to(ignored.name()));
    assert_eq!(world.bob.contact(ignored.name()), None);
    let envelope = write(&mut world, &mut answered, "still here");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "still here");
}

#[test]
fn the_opening_of_a_closed_session_opens_nothing_a_second_time() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let lasting = world.bob.lasting_bundle();
    let mut mallory = new_device(&mut world, "mallory");
    let mut openings = Vec::new();
    for i in 0..=MAX_PEER_SESSIONS {
        begin(&mut world, &mut mallory, &lasting);
        let envelope = write(&mut world, &mut mallory, &format!("number {i}"));
        world.bob_reads(&envelope).unwrap();
        openings.push(envelope);
    }
    for envelope in &openings {
        assert!(world.bob_reads(envelope).is_err());
    }
    assert!(matches!(
        world.bob_reads(&openings[0]),
        Err(OpenError::SessionClosed { .. })
    ));
    // Nor after the device was saved, nor when the name was somebody else's for a while.
    world.bob = Device::import(&world.bob.export().unwrap()).unwrap();
    let other = *new_device(&mut world, "mallory").identity();
    for identity in [other, *mallory.identity()] {
        world.bob.accept_identity(mallory.name(), identity);
        for envelope in &openings {
            assert!(world.bob_reads(envelope).is_err());
        }
    }
    begin(&mut world, &mut mallory, &lasting);
    let envelope = write(&mut world, &mut mallory, "anew");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "anew");
}

#[test]
fn strangers_do_not_push_out_the_closed_sessions_of_a_contact() {
    let mut world = World::new("e2e", ScheduleId::Static, 7);
    let lasting = world.bob.lasting_bundle();
    world.alice_begins(&lasting).unwrap();
    let opening = world.alice_writes("pay");
    world.bob_reads(&opening).unwrap();
    world.bob_writes("paid");
    let alice = *world.alice.identity();
    world.bob.accept_identity(&name("alice"), alice);
    for i in 0..MAX_CLOSED_SESSIONS + MAX_SESSIONS + 8 {
        let mut stranger = new_device(&mut world, &format!("stranger-{i}"));
        begin(&mut world, &mut stranger, &lasting);
        let envelope = write(&mut world, &mut stranger, "hello");
        world.bob_reads(&envelope).unwrap();
    }
    assert!(matches!(
        world.bob_reads(&opening),
        Err(OpenError::SessionClosed { .. })
    ));
}

#[test]
fn a_forgotten_contact_is_a_stranger_again() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let lasting = world.bob.lasting_bundle();
    world.alice_begins(&lasting).unwrap();
    let opening = world.alice_writes("before");
    world.bob_reads(&opening).unwrap();
    assert_eq!(world.bob.forget(&name("alice")), 1);
    assert_eq!(world.bob.contact(&name("alice")), None);
    assert!(!world.bob.can_write_to(&name("alice")));
    assert!(world.bob_reads(&opening).is_err());
    let mut other = new_device(&mut world, "alice");
    begin(&mut world, &mut other, &lasting);
    let envelope = write(&mut world, &mut other, "under her name");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "under her name");
}

#[test]
fn prekeys_that_were_handed_out_and_never_used_do_not_gather() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let mut last = Vec::new();
    for _ in 0..MAX_PREKEYS {
        last = world.bob.publish(20, &mut world.rng);
    }
    let state = world.bob.export().unwrap();
    assert!(state.len() < STATE_BYTES / 4, "{} bytes", state.len());
    world.alice_begins(&last[0]).unwrap();
    let envelope = world.alice_writes("with a late one");
    assert_eq!(world.bob_reads(&envelope).unwrap(), "with a late one");
}

#[test]
fn a_contacts_session_that_waits_for_an_answer_outlasts_strangers() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    world.greet();
    let lasting = world.bob.lasting_bundle();
    // Alice begins anew, as after a loss: Bob has written to her, and not in this session.
    let mut alice = Device::import(&world.alice.export().unwrap()).unwrap();
    begin(&mut world, &mut alice, &lasting);
    let first = write(&mut world, &mut alice, "I am back");
    assert_eq!(world.bob_reads(&first).unwrap(), "I am back");
    for i in 0..2 * MAX_SESSIONS {
        let mut stranger = new_device(&mut world, &format!("stranger-{i}"));
        begin(&mut world, &mut stranger, &lasting);
        let envelope = write(&mut world, &mut stranger, "hi");
        world.bob_reads(&envelope).unwrap();
    }
    let second = write(&mut world, &mut alice, "are you there?");
    assert_eq!(world.bob_reads(&second).unwrap(), "are you there?");
}

#[test]
fn no_session_stays_whose_contact_is_forgotten() {
    let mut world = World::new("e2e", ScheduleId::Ratchet, 7);
    let lasting = world.bob.lasting_bundle();
    let mut first = new_device(&mut world, "first");
    let once = |world: &mut World, device: &mut Device| {
        begin(world, device, &lasting);
        let envelope = write(world, device, "hi");
        world.bob_reads(&envelope).unwrap();
    };
    once(&mut world, &mut first);
    for i in 1..MAX_SESSIONS {
        let mut stranger = new_device(&mut world, &format!("stranger-{i}"));
        once(&mut world, &mut stranger);
    }
    // Its only session is the oldest of all, and goes for its second.
    once(&mut world, &mut first);
    assert_eq!(
        world.bob.contact(first.name()),
        Some(first.identity()),
        "its session is there, so its identity must be"
    );
}
