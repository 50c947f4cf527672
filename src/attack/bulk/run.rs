//! One run of a tape, and its envelopes of one batch. Whoever opens them holds the
//! run alone: its chain goes one way, and two would walk it twice.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use super::{BatchResult, Bulk, batch::Entry, memory::Remembered};
use crate::attack::{
    Exposure, escrow_leak, opener,
    runs::{Run, RunId},
    unwrap,
};
use crate::crypto::keys::TAG_BYTES;
use crate::protocol::Envelope;

/// A run as an attacker meets it.
#[derive(Debug)]
pub(super) enum Met {
    /// Sealed to the stolen key.
    Sealed {
        /// Nothing until its session key is unwrapped.
        run: Mutex<Option<Run>>,
        /// The marks on its road that its last batch left.
        kept: AtomicUsize,
        /// Whether it has not been met before, and forgotten.
        is_new: bool,
    },
    /// Sealed to others or to nobody, and whether she has guessed at it.
    Stranger(Mutex<bool>),
}

/// The marks that one batch's runs may leave on their roads together. Honest runs
/// leave one for 128 messages; forged numbers could make it gigabytes.
pub(super) const MARKS: usize = 1 << 18;

impl Met {
    pub(super) const fn sealed(is_new: bool) -> Self {
        Self::Sealed {
            run: Mutex::new(None),
            kept: AtomicUsize::new(0),
            is_new,
        }
    }

    pub(super) const fn stranger() -> Self {
        Self::Stranger(Mutex::new(false))
    }

    /// Opens what it can of these, in the order of the tape, each where it stands.
    pub(super) fn open(
        &self,
        envelopes: Vec<(&mut Entry, &mut [u8])>,
        bulk: &Bulk,
        marks: &AtomicUsize,
    ) -> BatchResult {
        let mut result = BatchResult::default();
        match self {
            Self::Sealed { run, kept, is_new } => {
                let mut run = held(run);
                for (entry, envelope) in envelopes {
                    if run.is_none() {
                        *run = unwrap_run(envelope, bulk, &mut result);
                        result.session_keys = u64::from(*is_new && run.is_some());
                    }
                    entry.read = run
                        .as_mut()
                        .and_then(|run| open_in(run, entry, envelope))
                        .is_some();
                    let fixed = run.as_ref().is_some_and(|run| run.road.is_fixed());
                    result.count(entry, fixed);
                }
                if let Some(run) = run.as_mut() {
                    result.grown = run
                        .road
                        .marks()
                        .saturating_sub(kept.load(Ordering::Relaxed));
                    if marks.fetch_add(result.grown, Ordering::Relaxed) > MARKS {
                        run.road.forget_marks();
                    }
                    kept.store(run.road.marks(), Ordering::Relaxed);
                }
            }
            Self::Stranger(guessed) => {
                let mut guessed = held(guessed);
                for (entry, envelope) in envelopes {
                    if !*guessed {
                        *guessed = true;
                        entry.read = guess(entry, envelope, bulk).is_some();
                    }
                    result.read = result.read.saturating_add(u64::from(entry.read));
                }
            }
        }
        result
    }
}

impl Remembered for std::sync::Arc<Met> {
    fn weight(&self) -> usize {
        match self.as_ref() {
            Met::Sealed { kept, .. } => 512 + 32 * kept.load(Ordering::Relaxed),
            Met::Stranger(_) => 128,
        }
    }
}

/// ```text
/// session_key = OpenBase(escrow key, access field)
/// ```
fn unwrap_run(envelope: &[u8], bulk: &Bulk, result: &mut BatchResult) -> Option<Run> {
    let envelope = Envelope::decode(envelope).ok()?;
    let field = escrow_leak::field(&bulk.loot, &envelope)?;
    let context = envelope.header.access_context();
    let session_key = unwrap::session_key(&bulk.loot, field, &context)?;
    let run = Run::new(session_key, envelope.header.schedule);
    if bulk.logs_keys {
        let id = RunId::of(&envelope, field);
        let holder = escrow_leak::holder(&bulk.loot);
        result.key_log.push(run.key_log_line(&id, &holder));
    }
    Some(run)
}

/// ```text
/// message_key = from session_key and the envelope's number
/// text        = Open(message_key, header, ciphertext)
/// ```
fn open_in(run: &mut Run, entry: &Entry, envelope: &mut [u8]) -> Option<()> {
    let key = run.road.key(entry.letter.number)?;
    let (header, ciphertext) = entry.letter.split(envelope)?;
    opener::open_in_place(key.as_bytes(), [0; 12], header, ciphertext)?;
    Some(())
}

/// Guesses, and if that reads, puts the text where an opened one would stand.
fn guess(entry: &Entry, bytes: &mut [u8], bulk: &Bulk) -> Option<()> {
    let exposure = escrow_leak::guess(&bulk.loot, &Envelope::decode(bytes).ok()?);
    let Exposure::Read(text) = exposure else {
        return None;
    };
    let (_, ciphertext) = entry.letter.split(bytes)?;
    let room = ciphertext.len().checked_sub(TAG_BYTES)?;
    ciphertext.get_mut(..room)?.copy_from_slice(&text);
    Some(())
}

/// A run whose last holder panicked is no worse for it.
fn held<T>(run: &Mutex<T>) -> MutexGuard<'_, T> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}
