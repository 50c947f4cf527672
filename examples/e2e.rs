//! One message, end-to-end, with somebody listening.
//!
//! Compare with `escrow.rs`: the two programs differ where the modes do.

#![allow(clippy::print_stdout)]

use doormat::attack::{EscrowLeak, Tally};
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Conversation, Recording};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;
use doormat::tape::Reader;
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let escrow_key = EscrowPrivateKey::generate(&mut rng);
    let mode = EndToEnd;

    let talk = Conversation::read("Meet me at the old bridge.\n")?;
    let recording = Recording::make(&talk, &mode, ScheduleId::Ratchet, &mut rng, &|| {})?;

    let mut eve = EscrowLeak::new(escrow_key);
    let mut tally = Tally::default();
    for packet in Reader::new(recording.tape.as_slice())? {
        if let Some(seen) = tally.play(&packet?, &mut eve) {
            println!("{} → {}: {}", seen.sender, seen.recipient, seen.exposure);
        }
    }
    assert_eq!(tally.read, 0);
    Ok(())
}
