//! The one thread's work: which chain does an envelope belong to?

use std::{ops::Range, sync::Arc, time::Duration};

use super::{
    Batch, BatchResult,
    chain_state::ChainState,
    seen_set::SeenSet,
    two_generations::{TwoGenerations, Weigh},
};
use crate::attack::{Summary, Tally, chains::ChainId, escrow_leak::StolenKey};
use crate::crypto::AgreementPublic;
use crate::protocol::{Envelope, HeaderMatch, HeaderTemplate};

/// Puts a tape's packets into batches, each with its chain.
#[derive(Debug)]
pub struct Demultiplexer {
    key: StolenKey,
    /// The header templates met last in each session, by the session's bytes.
    templates: TwoGenerations<Vec<u8>, Vec<Template>>,
    chains: TwoGenerations<ChainName, Arc<ChainState>>,
    seen: SeenSet,
    /// Where in an envelope the session stands.
    session: Option<Range<usize>>,
    /// Counts batches.
    batch: u64,
    tally: Tally,
    summary: Summary,
}

/// What tells a chain from others.
#[derive(Debug, PartialEq, Eq, Hash)]
enum ChainName {
    Sealed(ChainId),
    NotOurs(AgreementPublic),
}

/// A header, its chain, and where it stands in which batch.
#[derive(Debug)]
struct Template {
    header: HeaderTemplate,
    chain: Arc<ChainState>,
    here: Option<(u64, usize)>,
}

/// Templates kept of one session: both sides', before and after the first answer.
const TEMPLATES: usize = 4;

impl Weigh for Vec<Template> {
    fn weight(&self) -> usize {
        let bytes = self
            .iter()
            .map(|it| 256 + it.header.bytes() + it.chain.weight());
        bytes.max().unwrap_or(0) * TEMPLATES
    }
}

impl Demultiplexer {
    pub(super) fn new(key: StolenKey) -> Self {
        Self {
            key,
            templates: TwoGenerations::default(),
            chains: TwoGenerations::default(),
            seen: SeenSet::default(),
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
        self.batch += 1;
    }

    /// Takes the next packet of the tape.
    pub fn take(&mut self, time: Duration, payload: &[u8], batch: &mut Batch) {
        if let Some((parts, template)) = self.known(payload, batch) {
            batch.push(time, payload, parts, template);
        } else if let Ok(envelope) = Envelope::decode(payload) {
            let template = self.add(&envelope, batch);
            batch.push(time, payload, HeaderMatch::of(&envelope), template);
        } else {
            self.tally.pass_over(payload);
            return;
        }
        self.tally.envelopes += 1;
    }

    /// The tape's figures, after all batches with these results.
    pub fn figures(&self, results: &BatchResult) -> (Tally, Summary) {
        let tally = Tally {
            read: results.read,
            ..self.tally
        };
        let summary = Summary {
            session_keys: usize::try_from(results.session_keys).unwrap_or(usize::MAX),
            damaged: results.damaged,
            ..self.summary.clone()
        };
        (tally, summary)
    }

    /// Takes note of what opening has added to the chains.
    pub fn note(&mut self, result: &BatchResult) {
        let bytes = result.grown * 32;
        // Templates hold their chains as well.
        self.chains.grow(bytes);
        self.templates.grow(bytes);
    }

    /// The envelope's parts, and its template's place, if that is one of those met last.
    fn known(&mut self, payload: &[u8], batch: &mut Batch) -> Option<(HeaderMatch, usize)> {
        let session = payload.get(self.session.clone()?)?;
        let templates = self.templates.get(session)?;
        let (parts, template) = templates
            .iter_mut()
            .find_map(|it| Some((it.header.match_envelope(payload)?, it)))?;
        Some((parts, template.place(self.batch, batch)))
    }

    /// A header that was not met before, or not lately.
    fn add(&mut self, envelope: &Envelope<'_>, batch: &mut Batch) -> usize {
        let name = match self.key.field(envelope) {
            Some(field) => ChainName::Sealed(ChainId::of(envelope, field)),
            None => {
                self.summary.note_authorities(envelope);
                ChainName::NotOurs(envelope.header.ratchet_public)
            }
        };
        let chain = match self.chains.get(&name) {
            Some(chain) => Arc::clone(chain),
            None => {
                let chain = Arc::new(match &name {
                    ChainName::Sealed(id) => {
                        let is_new = self.seen.first_time(id);
                        if is_new {
                            self.summary.further_fields += self.key.further_fields(envelope);
                        }
                        ChainState::sealed(is_new)
                    }
                    ChainName::NotOurs(_) => ChainState::not_ours(),
                });
                self.chains.insert(name, Arc::clone(&chain));
                chain
            }
        };
        let header = HeaderTemplate::of(envelope);
        let place = header.session();
        let session = envelope
            .authenticated
            .get(place.clone())
            .unwrap_or_default();
        self.session = Some(place);
        let mut template = Template {
            header,
            chain,
            here: None,
        };
        let place = template.place(self.batch, batch);
        match self.templates.get(session) {
            Some(templates) => {
                templates.truncate(TEMPLATES - 1);
                templates.insert(0, template);
            }
            None => self.templates.insert(session.to_vec(), vec![template]),
        }
        place
    }
}

impl Template {
    /// Its place in the batch, which it takes if it has none there yet.
    fn place(&mut self, number: u64, batch: &mut Batch) -> usize {
        if let Some((there, place)) = self.here
            && there == number
        {
            return place;
        }
        let place = batch.add_template(&self.chain);
        self.here = Some((number, place));
        place
    }
}
