//! Kinds of exercises: from a variant to what is handed out and what is right, and a
//! reference solution that sees nothing but what is handed out.
//!
//! | kind | what is made | what solves it |
//! |---|---|---|
//! | [`metadata`] | a day of a firm's messages, no key | counting who wrote to whom |
//! | [`read`] | a conversation and the escrow key | the key |
//! | [`dialect`] | the same under other labels | a reader written from the specification |

mod bench;
pub mod dialect;
pub mod metadata;
pub mod read;

use std::collections::BTreeMap;

use super::{Answers, Exercise, LabError, Variant, handout::Made};

/// What is handed out, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A kind of exercise.
pub trait Kind: Sync {
    /// Makes one student's variant.
    ///
    /// # Errors
    /// [`LabError`] if the exercise does not tell this kind what it needs.
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError>;

    /// The reference solution: really computed, from what is handed out and nothing else.
    ///
    /// # Errors
    /// [`LabError`] if there is no answer in it.
    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError>;
}

/// Every kind, by the name that an exercise's metadata gives.
pub const KINDS: [(&str, &dyn Kind); 3] = [
    ("metadata", &metadata::Metadata),
    ("read", &read::Read),
    ("dialect", &dialect::Dialect),
];

/// A kind by its name.
pub fn named(name: &str) -> Option<&'static dyn Kind> {
    KINDS
        .into_iter()
        .find_map(|(known, kind)| (known == name).then_some(kind))
}
