//! Choices, drawn from a variant: the same on every machine and in every version.

use rand::{Rng, rngs::ChaCha20Rng};

/// Chooses.
#[derive(Debug)]
pub struct Draw(ChaCha20Rng);

impl Draw {
    /// Chooses from this generator.
    pub const fn new(rng: ChaCha20Rng) -> Self {
        Self(rng)
    }

    /// A number from `least` to `most`, both among them.
    pub fn number(&mut self, least: u64, most: u64) -> u64 {
        let span = most.saturating_sub(least).saturating_add(1);
        // Biased by less than one in 2^40: for exercises that is even.
        least.saturating_add(self.0.next_u64() % span.max(1))
    }

    /// A place in a list of that length; 0 in an empty one.
    pub fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length.saturating_sub(1)).unwrap_or(u64::MAX);
        usize::try_from(self.number(0, last)).unwrap_or(0)
    }

    /// One of a list, unless it is empty.
    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> Option<&'a T> {
        of.get(self.index(of.len())).copied()
    }

    /// A list in another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = self.index(place.saturating_add(1));
            list.swap(place, other);
        }
    }

    /// Some of a list, each once, in any order.
    pub fn some<'a, T: ?Sized>(&mut self, count: usize, of: &[&'a T]) -> Vec<&'a T> {
        let mut all = of.to_vec();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }

    /// The generator itself.
    pub const fn rng(&mut self) -> &mut ChaCha20Rng {
        &mut self.0
    }
}
