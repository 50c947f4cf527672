//! A key for an epoch only: what it opens, and what nobody opens any more.

use crate::common::world::{World, access};
use doormat::attack::{Attacker, EscrowLeak, Exposure};
use doormat::escrow::{Epochs, epochs::EpochError};
use doormat::experiment::seed;
use doormat::mode::Escrow;
use doormat::protocol::{Envelope, ScheduleId};

#[test]
fn a_key_of_an_epoch_opens_what_was_sealed_in_it_and_nothing_older() {
    let mut rng = seed::generator(7, "epochs");
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    let epochs = Epochs::begin(&mut rng);
    world.mode = Box::new(Escrow(vec![*epochs.public()]));
    let before = world.alice_writes("before");
    world.bob_reads(&before).unwrap();
    let (field, context) = access(&before);
    epochs.open(&field, &context).unwrap();

    let epochs = epochs.advance(&mut rng);
    world.mode = Box::new(Escrow(vec![*epochs.public()]));
    let after = world.bob_writes("after");
    world.alice_reads(&after).unwrap();
    assert_eq!(
        epochs.open(&field, &context).unwrap_err(),
        EpochError::Destroyed { epoch: 0, now: 1 }
    );
    let (field, context) = access(&after);
    epochs.open(&field, &context).unwrap();

    // The thief of today has the key of today.
    let mut thief = EscrowLeak::new(epochs.private().clone());
    let mut read = |bytes| thief.examine(&Envelope::decode(bytes).unwrap());
    assert_eq!(read(&before), Exposure::MetadataOnly);
    assert_eq!(read(&after), Exposure::Read(b"after".to_vec()));
}

#[test]
fn a_session_key_that_outlives_its_epoch_is_beyond_the_authoritys_reach() {
    let mut rng = seed::generator(7, "epochs");
    let mut world = World::new("escrow", ScheduleId::Static, 7);
    let epochs = Epochs::begin(&mut rng);
    world.mode = Box::new(Escrow(vec![*epochs.public()]));
    let first = world.alice_writes("in epoch 0");
    world.bob_reads(&first).unwrap();
    let epochs = epochs.advance(&mut rng).advance(&mut rng);
    world.mode = Box::new(Escrow(vec![*epochs.public()]));
    let later = world.alice_writes("in epoch 2");
    world.bob_reads(&later).unwrap();
    let (field, context) = access(&later);
    assert_eq!(
        epochs.open(&field, &context).unwrap_err(),
        EpochError::Destroyed { epoch: 0, now: 2 }
    );
}
