//! The lab: what a trainee and an author are promised.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use doormat::lab::{library, verify::verify};

#[test]
fn every_exercise_is_unsolved_as_shipped_and_solved_by_its_reference() {
    for exercise in library::all().unwrap() {
        let verified = verify(&exercise, 10);
        assert_eq!(verified.faults, Vec::<String>::new(), "{}", exercise.name);
        assert!(verified.decoys >= 10, "{}", exercise.name);
    }
}
