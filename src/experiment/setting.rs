//! What all cells of a matrix have in common.

use std::time::Duration;

use rand::rngs::ChaCha20Rng;

use super::{conversation::Conversation, design::Design, seed};

/// What is said, when the theft takes place, and where randomness comes from.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// What is said.
    pub conversation: &'a Conversation,
    /// The number that reproduces every byte.
    pub seed: u64,
    /// How many messages are sent before the theft.
    pub theft_at: usize,
    /// Time since any moment, if what designs cost in time is to be measured.
    pub clock: Option<&'a (dyn Fn() -> Duration + Sync)>,
    /// Called after each cell.
    pub progress: &'a (dyn Fn() + Sync),
}

impl<'a> Setting<'a> {
    /// Nothing is timed, and nobody wants to know how far it is.
    pub const fn new(conversation: &'a Conversation, seed: u64, theft_at: usize) -> Self {
        Self {
            conversation,
            seed,
            theft_at,
            clock: None,
            progress: &|| {},
        }
    }

    /// The randomness of a conversation that an attack carries for itself.
    pub(super) fn generator(&self, design: Design, attack: &str) -> ChaCha20Rng {
        seed::generator(self.seed, &format!("{} {attack}", design.name))
    }
}
