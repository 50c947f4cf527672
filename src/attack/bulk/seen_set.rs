//! Which chains were met before, long after everything else of them was forgotten.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hash, RandomState},
};

/// How many chains are told apart. One beyond them that was forgotten and comes again
/// is counted a second time.
const MOST: usize = 917_504;

/// Eight bytes of each chain: two of a million chains are taken for one with a chance of
/// less than one in ten million.
#[derive(Debug, Default)]
pub(super) struct SeenSet {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl SeenSet {
    /// Whether it is met for the first time.
    pub(super) fn first_time(&mut self, chain: &impl Hash) -> bool {
        let hash = self.hasher.hash_one(chain);
        if self.seen.len() < MOST {
            self.seen.insert(hash)
        } else {
            !self.seen.contains(&hash)
        }
    }
}
