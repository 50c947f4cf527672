//! The same theft on a tape of millions: all cores, little memory.
//!
//! The attack is [`escrow_leak`](super::escrow_leak)'s, step by step. What is here is the
//! order of the work, because a chain goes one way and its access field needs to be
//! opened only once:
//!
//! ```text
//! batch after batch:
//!   sort    which chain is it?             one thread, while the batch before is opened
//!   open    each chain's envelopes         all threads, a whole chain to one of them
//!   read    in the order of the tape       whoever asked
//! ```
//!
//! Where the time goes, and what was done about it:
//!
//! - *Decoding.* All envelopes of a chain have the same header but for the number. So
//!   an envelope is first compared with the last ones of its session
//!   ([`HeaderTemplate`](crate::protocol::HeaderTemplate)); only what is new is decoded.
//! - *Copies.* A text is opened in the place of its ciphertext and not moved again.
//! - *Memory.* What is known of chains is in a cache of two generations. A chain
//!   that comes again after it was dropped, some ten thousand chains later, is
//!   unwrapped again, and not counted again among the session keys (`seen_set`).
//!
//! What remains is the cryptography: [`super::floor`] measures how much of the time
//! that is.

mod batch;
mod batch_result;
mod chain_state;
mod demultiplexer;
mod entry;
mod seen_set;
mod two_generations;

pub use batch::{Batch, Seen};
pub use batch_result::{BatchResult, Opened};
pub use demultiplexer::Demultiplexer;

use std::sync::atomic::AtomicUsize;

use rayon::prelude::*;

use self::chain_state::Work;
use super::escrow_leak::StolenKey;
use crate::escrow::EscrowPrivateKey;

/// An attacker with an authority's private key and all the time that her machine has.
#[derive(Debug)]
pub struct Bulk(Work);

impl Bulk {
    /// An attacker who has just got hold of this key, and who keeps the session keys
    /// that it unwraps if she is to log them.
    pub const fn new(loot: EscrowPrivateKey, logs_keys: bool) -> Self {
        Self(Work {
            key: StolenKey(loot),
            logs_keys,
        })
    }

    /// The one who sorts a tape for her, from its beginning.
    pub fn demultiplexer(&self) -> Demultiplexer {
        Demultiplexer::new(self.0.key.clone())
    }

    /// Opens all of a batch that the key opens, on all threads.
    pub fn open(&self, batch: &mut Batch) -> BatchResult {
        let checkpoints = AtomicUsize::new(0);
        batch
            .shares()
            .into_par_iter()
            .with_max_len(1)
            .map(|(chain, share)| chain.open(share, &self.0, &checkpoints))
            .reduce(BatchResult::default, BatchResult::and)
    }
}
