//! Kinds of exercises: from a variant to what is handed out and what is right, and a
//! reference solution that sees nothing but what is handed out.
//!
//! | kind | what is made | what solves it |
//! |---|---|---|
//! | [`metadata`] | a day of a firm's messages, no key | counting who wrote to whom |
//! | [`read`] | a conversation and the escrow key | the key |
//! | [`dialect`] | the same under other labels | a reader written from the specification |
//! | [`cells`] | four tapes and a seized phone | what rides on an envelope, and which keys change |
//! | [`shares`] | a conversation, and a key in shares | putting them together |
//! | [`jurisdictions`] | conversations sealed to two of three authorities | lengths, and who could open what |
//! | [`epochs`] | three epochs, the key of one | the key, and whom the rest is sealed to |
//! | [`forgery`] | the check of 1994 | trying fields until one passes |
//! | [`phone`] | a seized phone | going on as its owner would |
//! | [`middle`] | a relay that lies to two of four | bundles as published and as handed over |
//! | [`ghost`] | a device that is nobody's | the owners' own lists |
//! | [`desk`] | a log, a counter, a line | counting session keys |
//! | [`fix`] | a design that fails | building and attacking each way to mend it |

mod bench;
pub mod cells;
pub mod desk;
pub mod dialect;
pub mod epochs;
pub mod fix;
pub mod forgery;
pub mod ghost;
pub mod jurisdictions;
pub mod metadata;
pub mod middle;
pub mod phone;
pub mod read;
pub mod shares;

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
pub const KINDS: [(&str, &dyn Kind); 13] = [
    ("metadata", &metadata::Metadata),
    ("read", &read::Read),
    ("dialect", &dialect::Dialect),
    ("cells", &cells::Cells),
    ("shares", &shares::Shares),
    ("jurisdictions", &jurisdictions::Jurisdictions),
    ("epochs", &epochs::Epochs),
    ("forgery", &forgery::Forgery),
    ("phone", &phone::Phone),
    ("middle", &middle::Middle),
    ("ghost", &ghost::Ghost),
    ("desk", &desk::Desk),
    ("fix", &fix::Fix),
];

/// A kind by its name.
pub fn named(name: &str) -> Option<&'static dyn Kind> {
    KINDS
        .into_iter()
        .find_map(|(known, kind)| (known == name).then_some(kind))
}
