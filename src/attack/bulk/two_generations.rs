//! A cache of bounded size.
//!
//! It has two generations. What is new, and what is used again, is in the young one;
//! when that is full it becomes the old one, and what the old one held is dropped. So
//! whatever is in use is kept, and what was not used for a whole generation is not.

use std::{borrow::Borrow, collections::HashMap, hash::Hash, mem};

/// How many bytes the young generation may hold, and so the old one.
const FULL: usize = 4 << 20;

/// What knows its size.
pub(super) trait Weigh {
    /// About how many bytes of memory it takes.
    fn weight(&self) -> usize;
}

#[derive(Debug)]
pub(super) struct TwoGenerations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    /// Of the young ones.
    weight: usize,
}

impl<K, V> Default for TwoGenerations<K, V> {
    fn default() -> Self {
        Self {
            young: HashMap::new(),
            old: HashMap::new(),
            weight: 0,
        }
    }
}

impl<K: Eq + Hash, V: Weigh> TwoGenerations<K, V> {
    /// What is kept under this key.
    pub(super) fn get<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        // Most tapes never fill a generation.
        if !self.old.is_empty()
            && !self.young.contains_key(key)
            && let Some((key, value)) = self.old.remove_entry(key)
        {
            self.insert(key, value);
        }
        self.young.get_mut(key)
    }

    /// Adds something new.
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.grow(value.weight());
        self.young.insert(key, value);
    }

    /// Something in it has grown by so many bytes, or is about to be added.
    pub(super) fn grow(&mut self, by: usize) {
        if self.weight > FULL {
            self.old = mem::take(&mut self.young);
            self.weight = 0;
        }
        self.weight += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Heavy;

    impl Weigh for Heavy {
        fn weight(&self) -> usize {
            FULL / 8
        }
    }

    #[test]
    fn what_is_in_use_stays_while_the_rest_is_dropped() {
        let mut cache = TwoGenerations::default();
        for key in 0..100 {
            cache.insert(key, Heavy);
            assert!(cache.get(&0).is_some());
            assert!(cache.young.len() + cache.old.len() <= 20);
        }
        assert!(cache.get(&1).is_none());
        assert!(cache.get(&99).is_some());
    }
}
