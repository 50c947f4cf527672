//! The one thread's work: whose run does an envelope belong to?

use std::{ops::Range, sync::Arc, time::Duration};

use super::{
    Batch, BatchResult,
    counted::Counted,
    memory::{Memory, Remembered},
    run::Met,
};
use crate::attack::{Summary, Tally, escrow_leak, runs::RunId};
use crate::crypto::AgreementPublic;
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{Envelope, HeaderMatch, HeaderTemplate};

/// Puts a tape's packets into batches, each with its run.
#[derive(Debug)]
pub struct Demultiplexer {
    loot: EscrowPrivateKey,
    /// The header_templates met last in each session, by the session's bytes.
    heads: Memory<Vec<u8>, Vec<Head>>,
    runs: Memory<RunKey, Arc<Met>>,
    counted: Counted,
    /// Where in an envelope the session stands.
    session: Option<Range<usize>>,
    /// Counts batches.
    batch: u64,
    tally: Tally,
    summary: Summary,
}

/// What tells a run from others.
#[derive(Debug, PartialEq, Eq, Hash)]
enum RunKey {
    Sealed(RunId),
    Stranger(AgreementPublic),
}

/// A header_template, its run, and where it stands in which batch.
#[derive(Debug)]
struct Head {
    header_template: HeaderTemplate,
    met: Arc<Met>,
    here: Option<(u64, usize)>,
}

/// Letterheads kept of one session: both sides', before and after the first answer.
const HEADS: usize = 4;

impl Remembered for Vec<Head> {
    fn weight(&self) -> usize {
        let bytes = self
            .iter()
            .map(|head| 256 + head.header_template.bytes() + head.met.weight());
        bytes.max().unwrap_or(0).saturating_mul(HEADS)
    }
}

impl Demultiplexer {
    pub(super) fn new(loot: EscrowPrivateKey) -> Self {
        Self {
            loot,
            heads: Memory::default(),
            runs: Memory::default(),
            counted: Counted::default(),
            session: None,
            batch: 0,
            tally: Tally::default(),
            summary: Summary::default(),
        }
    }

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
            batch.push(time, payload, HeaderMatch::of(&envelope), head);
        } else {
            self.tally.pass_over(payload);
            return;
        }
        self.tally.envelopes = self.tally.envelopes.saturating_add(1);
    }

    /// The tape's figures, after all batches with these hauls.
    pub fn figures(&self, hauls: &BatchResult) -> (Tally, Summary) {
        let tally = Tally {
            read: hauls.read,
            ..self.tally
        };
        let summary = Summary {
            session_keys: usize::try_from(hauls.session_keys).unwrap_or(usize::MAX),
            damaged: hauls.damaged,
            ..self.summary.clone()
        };
        (tally, summary)
    }

    /// Takes note of what opening has added to the runs.
    pub fn note(&mut self, haul: &BatchResult) {
        let bytes = haul.grown.saturating_mul(32);
        // Letterheads hold their runs as well.
        self.runs.grow(bytes);
        self.heads.grow(bytes);
    }

    /// The letter, and its header_template's place, if it is one of those met last.
    fn known(&mut self, payload: &[u8], batch: &mut Batch) -> Option<(HeaderMatch, usize)> {
        let session = payload.get(self.session.clone()?)?;
        let heads = self.heads.get(session)?;
        let (letter, head) = heads
            .iter_mut()
            .find_map(|head| Some((head.header_template.match_envelope(payload)?, head)))?;
        Some((letter, head.place(self.batch, batch)))
    }

    /// A header_template that was not met before, or not lately.
    fn meet(&mut self, envelope: &Envelope<'_>, batch: &mut Batch) -> usize {
        let key = match escrow_leak::field(&self.loot, envelope) {
            Some(field) => RunKey::Sealed(RunId::of(envelope, field)),
            None => {
                self.summary.meet_others(envelope);
                RunKey::Stranger(envelope.header.ratchet_public)
            }
        };
        let met = match self.runs.get(&key) {
            Some(met) => Arc::clone(met),
            None => {
                let met = Arc::new(match &key {
                    RunKey::Sealed(run) => Met::sealed(self.counted.first_time(run)),
                    RunKey::Stranger(_) => Met::stranger(),
                });
                self.runs.insert(key, Arc::clone(&met));
                met
            }
        };
        let header_template = HeaderTemplate::of(envelope);
        let session = header_template.session();
        let name = envelope
            .authenticated
            .get(session.clone())
            .unwrap_or_default();
        self.session = Some(session);
        let mut head = Head {
            header_template,
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
