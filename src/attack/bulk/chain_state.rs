//! One chain of a tape, and its envelopes of one batch. Whoever opens them holds the
//! chain alone: it goes one way, and two would walk it twice.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::{batch_result::BatchResult, entry::Entry, two_generations::Weigh};
use crate::attack::{
    Exposure,
    chains::{Chain, ChainId},
    escrow_leak::StolenKey,
};
use crate::crypto::keys::TAG_BYTES;
use crate::protocol::Envelope;

/// What everybody who opens a chain needs.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) key: StolenKey,
    pub(super) logs_keys: bool,
}

/// What is known of one chain.
#[derive(Debug)]
pub(super) enum ChainState {
    /// Sealed to the stolen key.
    Sealed {
        /// Nothing until its session key is unwrapped.
        chain: Mutex<Option<Chain>>,
        /// The checkpoints that its last batch left.
        checkpoints: AtomicUsize,
        /// Whether it has not been met before, and forgotten.
        is_new: bool,
    },
    /// Sealed to others or to nobody, and whether she has guessed at it.
    NotOurs(Mutex<bool>),
}

/// The checkpoints that the chains of one batch may keep together. Honest chains keep
/// one for 128 messages; forged numbers could make it gigabytes.
pub(super) const MAX_CHECKPOINTS: usize = 1 << 18;

impl ChainState {
    pub(super) const fn sealed(is_new: bool) -> Self {
        Self::Sealed {
            chain: Mutex::new(None),
            checkpoints: AtomicUsize::new(0),
            is_new,
        }
    }

    pub(super) const fn not_ours() -> Self {
        Self::NotOurs(Mutex::new(false))
    }

    /// Opens what it can of these, in the order of the tape, each where it stands.
    pub(super) fn open(
        &self,
        envelopes: Vec<(&mut Entry, &mut [u8])>,
        work: &Work,
        checkpoints_of_batch: &AtomicUsize,
    ) -> BatchResult {
        let mut result = BatchResult::default();
        match self {
            Self::Sealed {
                chain,
                checkpoints,
                is_new,
            } => {
                let mut chain = lock(chain);
                for (entry, envelope) in envelopes {
                    if chain.is_none() {
                        *chain = unwrap(envelope, work, &mut result);
                        result.session_keys = u64::from(*is_new && chain.is_some());
                    }
                    entry.read = chain
                        .as_mut()
                        .and_then(|chain| open_in_place(chain, entry, envelope))
                        .is_some();
                    let fixed = chain.as_ref().is_some_and(|it| it.cursor.is_fixed());
                    result.count(entry, fixed);
                }
                if let Some(chain) = chain.as_mut() {
                    let before = checkpoints.load(Ordering::Relaxed);
                    result.grown = chain.cursor.checkpoints().saturating_sub(before);
                    let kept = checkpoints_of_batch.fetch_add(result.grown, Ordering::Relaxed);
                    if kept > MAX_CHECKPOINTS {
                        chain.cursor.forget_checkpoints();
                    }
                    checkpoints.store(chain.cursor.checkpoints(), Ordering::Relaxed);
                }
            }
            Self::NotOurs(guessed) => {
                let mut guessed = lock(guessed);
                for (entry, envelope) in envelopes {
                    if !*guessed {
                        *guessed = true;
                        entry.read = guess(entry, envelope, work).is_some();
                    }
                    result.read += u64::from(entry.read);
                }
            }
        }
        result
    }
}

impl Weigh for std::sync::Arc<ChainState> {
    fn weight(&self) -> usize {
        match self.as_ref() {
            ChainState::Sealed { checkpoints, .. } => {
                512 + 32 * checkpoints.load(Ordering::Relaxed)
            }
            ChainState::NotOurs(_) => 128,
        }
    }
}

fn unwrap(envelope: &[u8], work: &Work, result: &mut BatchResult) -> Option<Chain> {
    let envelope = Envelope::decode(envelope).ok()?;
    let field = work.key.field(&envelope)?;
    let session_key = work.key.unwrap(&envelope, field)?;
    let chain = Chain::new(session_key, envelope.header.schedule);
    if work.logs_keys {
        let id = ChainId::of(&envelope, field);
        result
            .key_log
            .push(chain.key_log_line(&id, &work.key.holder()));
    }
    Some(chain)
}

fn open_in_place(chain: &mut Chain, entry: &Entry, envelope: &mut [u8]) -> Option<()> {
    let (header, ciphertext) = entry.parts.split(envelope)?;
    chain.open(entry.parts.number, header, ciphertext)?;
    Some(())
}

/// Guesses, and if that reads, puts the text where an opened one would stand.
fn guess(entry: &Entry, bytes: &mut [u8], work: &Work) -> Option<()> {
    let Exposure::Read(text) = work.key.guess(&Envelope::decode(bytes).ok()?) else {
        return None;
    };
    let (_, ciphertext) = entry.parts.split(bytes)?;
    let room = ciphertext.len().checked_sub(TAG_BYTES)?;
    ciphertext.get_mut(..room)?.copy_from_slice(&text);
    Some(())
}

/// Nothing is left half done where it is held, so a holder's panic spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
