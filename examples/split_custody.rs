//! Split custody: the escrow key exists in three shares only, of which any two make it.
//! A thief of one has nothing at all; a thief of two has everything, as ever.

#![allow(clippy::print_stdout)]

use doormat::attack::{KeyRing, Tally};
use doormat::escrow::{EscrowPrivateKey, split};
use doormat::experiment::{Conversation, Recording};
use doormat::mode::Escrow;
use doormat::protocol::ScheduleId;
use doormat::tape::Reader;
use rand::{rand_core::UnwrapErr, rngs::SysRng};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut rng = UnwrapErr(SysRng);
    let escrow_key = EscrowPrivateKey::generate(&mut rng);
    let shares = split(&escrow_key, 2, 3, &mut rng)?;
    let mode = Escrow(vec![*escrow_key.public()]);
    drop(escrow_key);

    let talk = Conversation::default();
    let recording = Recording::make(&talk, &mode, ScheduleId::Ratchet, &mut rng, &|| {})?;

    for (stolen, expected) in [(1, 0), (2, 8)] {
        let mut eve = KeyRing::of_shares(shares.get(..stolen).ok_or("too few shares")?);
        let mut tally = Tally::default();
        for packet in Reader::new(recording.tape.as_slice())? {
            tally.play(&packet?, &mut eve);
        }
        println!(
            "{stolen} of 3 shares: read {} of {}",
            tally.read, tally.envelopes
        );
        assert_eq!(tally.read, expected);
    }
    Ok(())
}
