//! A table that stays small however long the tape is.
//!
//! It has two generations. What is new, and what is met again, stands in the young
//! one; when that is full it becomes the old one, and what the old one held is
//! forgotten. So whatever is in use is remembered, and what was not met for a whole
//! generation is not: it is found out again when it comes again.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, mem};

/// How many bytes the young generation may hold, and so the old one.
const FULL: usize = 4 << 20;

/// What a table remembers.
pub(super) trait Remembered {
    /// About how many bytes of memory it takes.
    fn weight(&self) -> usize;
}

#[derive(Debug)]
pub(super) struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// Of the young ones.
    weight: usize,
}

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
        }
    }
}

impl<K: Eq + Hash, V: Remembered> Memory<K, V> {
    /// What is remembered under this key.
    pub(super) fn get<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // Most tapes never fill a generation, and then there is nothing to look through.
        if !self.old.is_empty()
            && !self.young.contains_key(key)
            && let Some((key, value)) = self.old.remove_entry(key)
        {
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    /// Remembers something new.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.grow(value.weight());
        self.young.insert(key, value);
    }

    /// Something that is remembered has become so much heavier, or is about to be
    /// remembered.
    pub(super) fn grow(&mut self, by: usize) {
        if self.weight > FULL {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight = self.weight.saturating_add(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Heavy;

    impl Remembered for Heavy {
        fn weight(&self) -> usize {
            FULL / 8
        }
    }

    #[test]
    fn what_is_in_use_stays_and_what_is_not_goes() {
        let mut memory = Memory::default();
        for key in 0..100 {
            memory.insert(key, Heavy);
            assert!(memory.get(&0).is_some());
            assert!(memory.young.len() + memory.old.len() <= 20);
        }
        assert!(memory.get(&1).is_none());
        assert!(memory.get(&99).is_some());
    }
}
