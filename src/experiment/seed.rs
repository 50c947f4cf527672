//! One number, every byte: a seeded experiment is the same on every machine.
//!
//! Each purpose draws from a generator of its own. The two modes of one
//! experiment therefore share no key: what escrow gives away of one recording
//! opens nothing of the other.

use rand::{SeedableRng, rngs::ChaCha20Rng};

use crate::crypto::{Label, kdf};

/// `ChaCha20Rng` from `SHA-256("doormat v1 experiment" || purpose || 0x00 || seed)`,
/// the seed as eight bytes, big-endian (spec §12).
///
/// # Security
/// Reproducible means known: never for keys that anybody relies on.
pub fn generator(seed: u64, purpose: &str) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(kdf::hash(
        Label::Experiment,
        &[purpose.as_bytes(), &[0], &seed.to_be_bytes()],
    ))
}
