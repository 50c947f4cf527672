//! A check of sixteen bits: what it is good for, and what not.

use crate::common::world::World;
use doormat::attack::{Forger, forged_access::LIMIT};
use doormat::crypto::SessionKey;
use doormat::escrow::authority::AccessError;
use doormat::experiment::seed;
use doormat::mode::{Clipper, Escrow};
use doormat::protocol::{AccessContext, AccessField, Envelope, Mode, NotAdmitted, ScheduleId};

/// A session key's place, the escrow mode of its world, and that world.
fn place() -> (World, Escrow, AccessContext) {
    let mut world = World::new("escrow", ScheduleId::Ratchet, 7);
    let envelope = world.alice_writes("anything");
    let context = Envelope::decode(&envelope).unwrap().header.access_context();
    let mode = Escrow(vec![*world.escrow.public()]);
    (world, mode, context)
}

#[test]
fn clipper_discloses_what_escrow_does_and_admits_it() {
    let (_, escrow, context) = place();
    let clipper = Clipper(escrow.clone());
    for byte in 0..8 {
        let key = SessionKey::from_bytes([byte; 32]);
        let fields = clipper.disclose(&key, &context).unwrap();
        assert_eq!(fields, escrow.disclose(&key, &context).unwrap());
        assert_eq!(clipper.admit(&key, &context, &fields), Ok(()));
    }
}

#[test]
fn an_old_field_does_not_pass_for_a_new_session_key() {
    let (_, escrow, context) = place();
    let clipper = Clipper(escrow);
    let old = clipper
        .disclose(&SessionKey::from_bytes([1; 32]), &context)
        .unwrap();
    let refused = clipper.admit(&SessionKey::from_bytes([2; 32]), &context, &old);
    assert_eq!(refused, Err(NotAdmitted::Forged));
}

#[test]
fn a_forged_field_passes_the_checksum_only_and_gives_the_authority_nothing() {
    let (world, escrow, context) = place();
    let key = SessionKey::from_bytes([3; 32]);
    let clipper = Clipper(escrow.clone());
    let forger = Forger::new(&clipper, seed::generator(7, "forger"));
    let forged = forger.disclose(&key, &context).unwrap();
    assert!(forger.trials() < LIMIT);
    assert_eq!(clipper.admit(&key, &context, &forged), Ok(()));
    assert_eq!(
        escrow.admit(&key, &context, &forged),
        Err(NotAdmitted::Forged)
    );
    let opened = world.escrow.open(&forged[0], &context);
    assert!(matches!(opened, Err(AccessError::Refused(_))));
}

#[test]
fn one_field_in_some_65536_passes() {
    let (_, escrow, context) = place();
    let clipper = Clipper(escrow);
    let searches = 24;
    let forger = Forger::new(&clipper, seed::generator(7, "forger"));
    for search in 0..searches {
        let key = SessionKey::from_bytes([search; 32]);
        let fields: Vec<AccessField> = forger.disclose(&key, &context).unwrap();
        assert_eq!(clipper.admit(&key, &context, &fields), Ok(()));
    }
    // The mean of 24 geometric draws lies within a factor of two of 2^16 but for one
    // test in several thousand; and this test is seeded.
    let mean = forger.trials() / u64::from(searches);
    assert!((1 << 15..1 << 17).contains(&mean), "{mean}");
}
