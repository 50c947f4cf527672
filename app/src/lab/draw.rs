//! Random choices from a variant: the same on every machine and in every version.

use rand::{Rng, rngs::ChaCha20Rng};

/// Draws numbers, and elements of lists, from a seeded generator.
#[derive(Debug)]
pub struct Draw(ChaCha20Rng);

impl Draw {
    /// Draws from this generator.
    pub const fn new(rng: ChaCha20Rng) -> Self {
        Self(rng)
    }

    /// A number from `least` to `most`, both included; `least` must not exceed `most`.
    pub fn number(&mut self, least: u64, most: u64) -> u64 {
        let span = most - least + 1;
        // The bias of the remainder is below one in 2^40, which is enough for exercises.
        least + self.0.next_u64() % span
    }

    /// An index into a list of that length; 0 in an empty one.
    pub fn index(&mut self, length: usize) -> usize {
        let last = u64::try_from(length.saturating_sub(1)).unwrap_or(u64::MAX);
        usize::try_from(self.number(0, last)).unwrap_or(0)
    }

    /// One element of a list; nothing of an empty one.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.index(of.len()))
    }

    /// Brings a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            let other = self.index(place + 1);
            list.swap(place, other);
        }
    }

    /// At most `count` elements of a list, each once, in any order.
    pub fn some<T: Clone>(&mut self, count: usize, of: &[T]) -> Vec<T> {
        let mut all = of.to_vec();
        self.shuffle(&mut all);
        all.truncate(count);
        all
    }
}
