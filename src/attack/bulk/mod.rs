//! The same theft on a tape of millions: all cores, little memory.
//!
//! [`EscrowLeak`](super::EscrowLeak) says what the attack is: an envelope at a time.
//! This does the same and comes to the same result. What differs is the order of the
//! work, because a run's chain goes one way and its access field needs to be opened
//! only once:
//!
//! ```text
//! batch after batch:
//!   sort    whose run is it?               one thread, while the batch before is opened
//!   open    each run's envelopes           all threads, a whole run to one of them
//!   read    in the order of the tape       whoever asked
//! ```
//!
//! Where the time goes, and what was done about it:
//!
//! - *Decoding.* All envelopes of a run have the same header but for the number. So
//!   an envelope is first compared with the last ones of its session
//!   ([`Letterhead`]); only what is new is decoded.
//! - *Copies.* A text is opened in the place of its ciphertext and not moved again.
//! - *Memory.* What is known of runs stands in a `memory` of two generations. A run
//!   that comes again after it was forgotten, some ten thousand runs later, is
//!   unwrapped again, and counted again among the session keys.
//!
//! What remains is the cryptography: [`super::floor`] measures how much of the time
//! that is.

mod batch;
mod memory;
mod run;

pub use batch::{Batch, Seen};

use std::{
    ops::Range,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use rayon::prelude::*;
use zeroize::Zeroizing;

use super::{
    Harvest, Tally, escrow_leak,
    runs::{self, RunId},
};
use crate::crypto::{AgreementPublic, keys::TAG_BYTES};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{Envelope, Letter, Letterhead};
use batch::Entry;
use memory::{Memory, Remembered};
use run::Met;

/// An attacker with an authority's private key and all the time that her machine has.
#[derive(Debug)]
pub struct Bulk {
    loot: EscrowPrivateKey,
    logs_keys: bool,
}

impl Bulk {
    /// An attacker who has just got hold of this key, and who keeps the session keys
    /// that it unwraps if she is to log them.
    pub const fn new(loot: EscrowPrivateKey, logs_keys: bool) -> Self {
        Self { loot, logs_keys }
    }

    /// The one who sorts a tape for her, from its beginning.
    pub fn sorter(&self) -> Sorter {
        Sorter {
            loot: self.loot.clone(),
            heads: Memory::default(),
            runs: Memory::default(),
            session: None,
            batch: 0,
            tally: Tally::default(),
            harvest: Harvest::default(),
        }
    }

    /// Opens all of a batch that the key opens, on all threads.
    pub fn open(&self, batch: &mut Batch) -> Haul {
        let marks = AtomicUsize::new(0);
        batch
            .shares()
            .into_par_iter()
            .with_max_len(1)
            .map(|(met, share)| met.open(share, self, &marks))
            .reduce(Haul::default, Haul::and)
    }
}

/// Messages opened with unwrapped session keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Opened {
    /// How many.
    pub messages: u64,
    /// How many of them under the static schedule.
    pub fixed: u64,
    /// Bytes of their headers.
    pub header_bytes: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
}

/// What came of opening.
#[derive(Debug, Default)]
pub struct Haul {
    /// Envelopes whose text was read.
    pub read: u64,
    /// Envelopes that are sealed to the key and still do not open.
    pub damaged: u64,
    /// Session keys unwrapped.
    pub session_keys: u64,
    /// Of what was read, that was opened with an unwrapped session key.
    pub opened: Opened,
    /// A line for each session key, if they are logged (spec §11.2).
    key_log: Vec<Zeroizing<String>>,
    /// Marks left on roads.
    grown: usize,
}

impl Haul {
    /// Both together.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.read = self.read.saturating_add(other.read);
        self.damaged = self.damaged.saturating_add(other.damaged);
        self.session_keys = self.session_keys.saturating_add(other.session_keys);
        self.opened = self.opened.and(other.opened);
        self.key_log.append(&mut other.key_log);
        self.grown = self.grown.saturating_add(other.grown);
        self
    }

    /// The session keys, one a line, in the order of their lines.
    pub fn into_key_log(self) -> Vec<Zeroizing<String>> {
        let mut lines = self.key_log;
        runs::put_in_order(&mut lines);
        lines
    }

    /// One envelope of a run that is sealed to the key.
    fn count(&mut self, entry: &Entry, fixed: bool) {
        if entry.read {
            self.read = self.read.saturating_add(1);
            self.opened = self.opened.and(Opened {
                messages: 1,
                fixed: u64::from(fixed),
                header_bytes: size(entry.letter.header),
                text_bytes: size(entry.letter.ciphertext.saturating_sub(TAG_BYTES)),
            });
        } else {
            self.damaged = self.damaged.saturating_add(1);
        }
    }
}

impl Opened {
    const fn and(self, other: Self) -> Self {
        Self {
            messages: self.messages.saturating_add(other.messages),
            fixed: self.fixed.saturating_add(other.fixed),
            header_bytes: self.header_bytes.saturating_add(other.header_bytes),
            text_bytes: self.text_bytes.saturating_add(other.text_bytes),
        }
    }
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// Puts a tape's packets into batches, each with its run.
#[derive(Debug)]
pub struct Sorter {
    loot: EscrowPrivateKey,
    /// The letterheads met last in each session, by the session's bytes.
    heads: Memory<Vec<u8>, Vec<Head>>,
    runs: Memory<RunKey, Arc<Met>>,
    /// Where in an envelope the session stands.
    session: Option<Range<usize>>,
    /// Counts batches.
    batch: u64,
    tally: Tally,
    harvest: Harvest,
}

/// What tells a run from others.
#[derive(Debug, PartialEq, Eq, Hash)]
enum RunKey {
    Sealed(RunId),
    Stranger(AgreementPublic),
}

/// A letterhead, its run, and where it stands in which batch.
#[derive(Debug)]
struct Head {
    letterhead: Letterhead,
    met: Arc<Met>,
    here: Option<(u64, usize)>,
}

/// Letterheads kept of one session: both sides', before and after the first answer.
const HEADS: usize = 4;

impl Remembered for Vec<Head> {
    fn weight(&self) -> usize {
        512 * HEADS
    }
}

impl Sorter {
    /// Begins a batch in the memory of an old one.
    pub fn begin(&mut self, batch: &mut Batch) {
        batch.clear();
        batch.first = self.tally.envelopes;
        self.batch = self.batch.wrapping_add(1);
    }

    /// Takes the next packet of the tape.
    pub fn take(&mut self, time: Duration, payload: &[u8], batch: &mut Batch) {
        if let Some((letter, head)) = self.known(payload, batch) {
            batch.push(time, payload, letter, head);
        } else if let Ok(envelope) = Envelope::decode(payload) {
            let head = self.meet(&envelope, batch);
            batch.push(time, payload, Letter::of(&envelope), head);
        } else {
            self.tally.pass_over(payload);
            return;
        }
        self.tally.envelopes = self.tally.envelopes.saturating_add(1);
    }

    /// The tape's figures, after all batches with these hauls.
    pub fn figures(&self, hauls: &Haul) -> (Tally, Harvest) {
        let tally = Tally {
            read: hauls.read,
            ..self.tally
        };
        let harvest = Harvest {
            session_keys: usize::try_from(hauls.session_keys).unwrap_or(usize::MAX),
            damaged: hauls.damaged,
            ..self.harvest.clone()
        };
        (tally, harvest)
    }

    /// Takes note of what opening has added to the runs.
    pub const fn note(&mut self, haul: &Haul) {
        self.runs.grow(haul.grown.saturating_mul(32));
    }

    /// The letter, and its letterhead's place, if it is one of those met last.
    fn known(&mut self, payload: &[u8], batch: &mut Batch) -> Option<(Letter, usize)> {
        let session = payload.get(self.session.clone()?)?;
        let heads = self.heads.get(session)?;
        let (letter, head) = heads
            .iter_mut()
            .find_map(|head| Some((head.letterhead.letter(payload)?, head)))?;
        Some((letter, head.place(self.batch, batch)))
    }

    /// A letterhead that was not met before, or not lately.
    fn meet(&mut self, envelope: &Envelope<'_>, batch: &mut Batch) -> usize {
        let (key, met) = match escrow_leak::field(&self.loot, envelope) {
            Some(field) => (RunKey::Sealed(RunId::of(envelope, field)), Met::sealed()),
            None => {
                self.harvest.meet_others(envelope);
                let public = envelope.header.ratchet_public;
                (RunKey::Stranger(public), Met::stranger())
            }
        };
        let met = match self.runs.get(&key) {
            Some(met) => Arc::clone(met),
            None => {
                let met = Arc::new(met);
                self.runs.insert(key, Arc::clone(&met));
                met
            }
        };
        let letterhead = Letterhead::of(envelope);
        let session = letterhead.session();
        let name = envelope
            .authenticated
            .get(session.clone())
            .unwrap_or_default();
        self.session = Some(session);
        let mut head = Head {
            letterhead,
            met,
            here: None,
        };
        let place = head.place(self.batch, batch);
        match self.heads.get(name) {
            Some(heads) => {
                heads.truncate(HEADS - 1);
                heads.insert(0, head);
            }
            None => self.heads.insert(name.to_vec(), vec![head]),
        }
        place
    }
}

impl Head {
    /// Its place in the batch, which it takes if it has none there yet.
    fn place(&mut self, number: u64, batch: &mut Batch) -> usize {
        if let Some((there, place)) = self.here
            && there == number
        {
            return place;
        }
        let place = batch.add_head(&self.met);
        self.here = Some((number, place));
        place
    }
}
