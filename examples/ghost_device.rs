//! A ghost device: the relay adds a device of its own to Bob's list, and Alice's phone
//! seals a copy to it like to any other. No cipher is broken. Only the list is longer.

#![allow(clippy::print_stdout)]

use doormat::attack::{Exposure, Ghost};
use doormat::mode::EndToEnd;
use doormat::protocol::{Device, ModeId, Name, ScheduleId};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let mut alice = Device::new(Name::new("alice")?, &mut rng);
    let mut bob = Device::new(Name::new("bob")?, &mut rng);
    let mut ghost = Ghost::new(bob.name(), &mut rng)?;

    let (mode, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
    let bundle = bob.publish(1, &mut rng).swap_remove(0);
    alice.begin(&bundle, mode, schedule, &mut rng)?;
    alice.begin(&ghost.bundle(), mode, schedule, &mut rng)?;

    let text = b"Meet me at the old bridge.";
    let for_bob = alice.seal(bob.name(), text, &EndToEnd, &mut rng)?;
    let for_ghost = alice.seal(ghost.name(), text, &EndToEnd, &mut rng)?;
    assert_eq!(bob.open(&for_bob, &EndToEnd)?.text.as_slice(), text);

    println!("bob’s copy:   {}", ghost.examine(&for_bob, &EndToEnd));
    let exposure = ghost.examine(&for_ghost, &EndToEnd);
    println!("ghost’s copy: {exposure}");
    assert_eq!(exposure, Exposure::Read(text.to_vec()));

    let listed = alice.safety_numbers().len();
    println!("alice’s phone lists {listed} devices for bob, who has one");
    assert_eq!(listed, 2);
    Ok(())
}
