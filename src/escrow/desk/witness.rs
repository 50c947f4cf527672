//! A witness: counts every use of an engine, whoever uses it, and can do nothing else.
//! It stands for a counter in hardware, which the desk's own system neither writes nor
//! resets. It records how often, not whose messages or why.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A handle on one counter. Clones share it: the engine has one, the auditor another.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<AtomicU64>);

impl Witness {
    /// A new counter, at 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many times the engine was used.
    pub fn uses(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    /// Counts one use. Nothing subtracts one.
    pub(super) fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}
