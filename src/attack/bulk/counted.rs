//! Which runs were met before, long after everything else of them was forgotten.

use std::{
    collections::HashSet,
    hash::{BuildHasher, Hash, RandomState},
};

/// How many runs are kept apart. A run beyond them that was forgotten and comes again
/// counts as another one.
const MOST: usize = 917_504;

/// Eight bytes of each run: two of a million runs are taken for one with a chance of
/// less than one in ten million.
#[derive(Debug, Default)]
pub(super) struct Counted {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl Counted {
    /// Whether it is met for the first time.
    pub(super) fn first_time(&mut self, run: &impl Hash) -> bool {
        let mark = self.hasher.hash_one(run);
        if self.seen.len() < MOST {
            self.seen.insert(mark)
        } else {
            !self.seen.contains(&mark)
        }
    }
}
