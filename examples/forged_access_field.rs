//! A forged access field: a rogue sender fills it with noise that the receiver's check lets
//! pass. In 1994 a check of 16 bits let it pass; a field that is computed anew does not.

#![allow(clippy::print_stdout)]

use doormat::attack::{Attacker, EscrowLeak, Exposure, Forger};
use doormat::escrow::EscrowPrivateKey;
use doormat::mode::{Clipper, Escrow};
use doormat::protocol::{Device, Envelope, Mode, Name, ScheduleId};
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let escrow_key = EscrowPrivateKey::generate(&mut UnwrapErr(SysRng));
    let recomputed = Escrow(vec![*escrow_key.public()]);
    let checksum = Clipper(recomputed.clone());
    assert!(evades(&checksum, escrow_key.clone(), "16-bit checksum")?);
    assert!(!evades(&recomputed, escrow_key, "recomputed field")?);
    Ok(())
}

/// Whether Bob takes a message that the authority then cannot read.
fn evades(
    mode: &(dyn Mode + Sync),
    authority: EscrowPrivateKey,
    check: &str,
) -> Result<bool, Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let mut alice = Device::new(Name::new("alice")?, &mut rng);
    let mut bob = Device::new(Name::new("bob")?, &mut rng);
    let bundle = bob.publish(1, &mut rng).swap_remove(0);
    alice.begin(&bundle, mode.id(), ScheduleId::Ratchet, &mut rng)?;

    let forger = Forger::new(mode, UnwrapErr(SysRng));
    let envelope = alice.seal(bob.name(), b"Not for them.", &forger, &mut rng)?;
    let accepted = bob.open(&envelope, mode).is_ok();
    let exposure = EscrowLeak::new(authority).examine(&Envelope::decode(&envelope)?);
    let read = matches!(exposure, Exposure::Read(_));
    println!(
        "{check}: {} fields tried, bob {}, the authority {}",
        forger.trials(),
        if accepted { "accepts" } else { "refuses" },
        if read { "reads" } else { "reads nothing" },
    );
    Ok(accepted && !read)
}
