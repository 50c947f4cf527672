//! Kinds of exercises: from a variant to what is handed out and what is correct, and a
//! reference solution that sees nothing but what is handed out.
//!
//! | kind | what is generated | what solves it |
//! |---|---|---|
//! | [`metadata`] | a day of a firm's messages, no key | counting who wrote to whom |
//! | [`read`] | a conversation and the escrow key | the key |
//! | `dialect`: [`label_variant`] | the same under other labels | a reader written from the specification |
//! | [`cells`] | four tapes and a seized phone | access fields, and which keys change |
//! | [`shares`] | a conversation, and a key in shares | combining them |
//! | [`jurisdictions`] | conversations sealed to two of three authorities | lengths, and who could open what |
//! | [`epochs`] | three epochs, the key of one | the key, and to whom the rest is sealed |
//! | [`forgery`] | the check of 1994 | trying fields until one passes |
//! | [`phone`] | a seized phone | continuing as its owner would |
//! | [`middle`] | a relay that substitutes keys between two of four | bundles as published and as delivered |
//! | [`ghost`] | a device that belongs to nobody | the owners' own lists |
//! | [`desk`] | a log, a counter, a line | counting session keys |
//! | [`generator`] | a conversation of devices with a trapdoor in their generator, and the relation of its points | the trapdoor, and building each repair |
//! | [`parcel`] | five builds, one of them with an implant, and the implanter's key | hashes, then the key |
//! | [`versions`] | three conversations between products of one maker | counting access fields, then the key |
//! | `fix`: [`design_repair`] | a design that fails | building and attacking each repair |
//!
//! What every kind implements is in [`material`]; what several of them use, in `toolkit`.

pub mod cells;
pub mod design_repair;
pub mod desk;
pub mod epochs;
pub mod forgery;
pub mod generator;
pub mod ghost;
pub mod jurisdictions;
pub mod label_variant;
pub mod material;
pub mod metadata;
pub mod middle;
pub mod parcel;
pub mod phone;
pub mod read;
pub mod shares;
mod toolkit;
pub mod versions;

use super::{Exercise, LabError};
use material::ExerciseKind;

/// Every kind, by the name that an exercise's metadata gives.
pub const KINDS: [(&str, &dyn ExerciseKind); 16] = [
    ("metadata", &metadata::MetadataExercise),
    ("read", &read::ReadExercise),
    ("dialect", &label_variant::LabelVariantExercise),
    ("cells", &cells::CellsExercise),
    ("shares", &shares::SharesExercise),
    ("jurisdictions", &jurisdictions::JurisdictionsExercise),
    ("epochs", &epochs::EpochsExercise),
    ("forgery", &forgery::ForgeryExercise),
    ("phone", &phone::PhoneExercise),
    ("middle", &middle::MiddleExercise),
    ("ghost", &ghost::GhostExercise),
    ("desk", &desk::DeskExercise),
    ("generator", &generator::GeneratorExercise),
    ("parcel", &parcel::ParcelExercise),
    ("versions", &versions::VersionsExercise),
    ("fix", &design_repair::DesignRepairExercise),
];

/// The kind that an exercise names.
///
/// # Errors
/// [`LabError::Author`] if there is no such kind.
pub fn of(exercise: &Exercise) -> Result<&'static dyn ExerciseKind, LabError> {
    let name = exercise.about.kind.as_str();
    let found = KINDS.into_iter().find(|(known, _)| *known == name);
    found
        .map(|(_, kind)| kind)
        .ok_or_else(|| exercise.wrong("exercise.json", format!("there is no kind `{name}`")))
}
