//! Forward secrecy: a phone is seized after the conversation. With the ratchet it holds no
//! key of what was said; with one session key for ever it holds all of them.
//!
//! Escrow is not in it. `escrow.rs` is where it comes in.

#![allow(clippy::print_stdout)]

use doormat::attack::{Attacker, Exposure, SeizedDevice};
use doormat::experiment::Conversation;
use doormat::mode::EndToEnd;
use doormat::protocol::{Device, Envelope, ModeId, Name, ScheduleId};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let of = Conversation::default().lines().len();
    let ratchet = read_from_the_phone(ScheduleId::Ratchet)?;
    println!("ratchet: the seized phone reads {ratchet} of {of} recorded messages");
    let fixed = read_from_the_phone(ScheduleId::Static)?;
    println!("static:  the seized phone reads {fixed} of {of} recorded messages");
    assert_eq!((ratchet, fixed), (0, of));
    Ok(())
}

/// Carries a conversation, seizes Bob's phone, and plays what was recorded to the thief.
fn read_from_the_phone(schedule: ScheduleId) -> Result<usize, Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let mut alice = Device::new(Name::new("alice")?, &mut rng);
    let mut bob = Device::new(Name::new("bob")?, &mut rng);
    let bundle = bob.publish(1, &mut rng).swap_remove(0);
    alice.begin(&bundle, ModeId::EndToEnd, schedule, &mut rng)?;

    let mut tape = Vec::new();
    for line in Conversation::default().lines() {
        let (from, to) = match line.sender {
            "alice" => (&mut alice, &mut bob),
            _ => (&mut bob, &mut alice),
        };
        let envelope = from.seal(to.name(), line.text.as_bytes(), &EndToEnd, &mut rng)?;
        to.open(&envelope, &EndToEnd)?;
        tape.push(envelope);
    }

    let mut thief = SeizedDevice::new(&bob.export()?)?;
    let mut read = 0;
    for envelope in &tape {
        let exposure = thief.examine(&Envelope::decode(envelope)?);
        read += usize::from(matches!(exposure, Exposure::Read(_)));
    }
    Ok(read)
}
