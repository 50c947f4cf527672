//! One of two products gives session keys away: its owner's, and perhaps the other's.
//!
//! An access field does not say which session key it holds. She tries each with the run
//! that it rides on, then with the runs of whoever it was sent to that came before.

use std::collections::{HashMap, HashSet};

use super::{
    chain_cursor::ChainCursor,
    observation::{Attacker, Exposure},
    opener, unwrap,
};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessContext, AccessField, Envelope, Name, ScheduleId, SessionId};
use crate::tape::{Reader, TapeError};

/// An attacker with an authority's private key, who goes through the tape once before she
/// reads it.
#[derive(Debug)]
pub struct OneProduct {
    key: EscrowPrivateKey,
    /// The runs of each session, in the order of the tape.
    runs: HashMap<SessionId, Vec<(AccessContext, ScheduleId)>>,
    met: HashSet<Run>,
    /// What may be a run's session key: a field does not say who sealed it.
    chains: HashMap<Run, Vec<ChainCursor>>,
    counts: FieldCounts,
}

/// What the access fields of a tape held that are sealed to the key, each counted once in
/// the run that it rides on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FieldCounts {
    /// The session key of the run that it rides on.
    pub own: usize,
    /// The session key of an earlier run of the session.
    pub earlier: usize,
    /// Neither: it did not open.
    pub unopened: usize,
}

/// What names a run: its session, sender and public key.
type Run = (SessionId, Name, AgreementPublic);

/// How many of a session's runs each field is tried with, the newest first.
const TRIED: usize = 8;

/// How many session keys are kept for a run: its own, and what else somebody says it is.
const CLAIMS: usize = 4;

impl OneProduct {
    /// An attacker who has gone through nothing yet.
    pub fn new(key: EscrowPrivateKey) -> Self {
        Self {
            key,
            runs: HashMap::new(),
            met: HashSet::new(),
            chains: HashMap::new(),
            counts: FieldCounts::default(),
        }
    }

    /// Goes through the tape, and opens every access field.
    ///
    /// # Errors
    /// [`TapeError`] if the tape does not read back.
    pub fn over(tape: &[u8], key: &EscrowPrivateKey) -> Result<Self, TapeError> {
        let mut attack = Self::new(key.clone());
        for packet in Reader::new(tape)? {
            attack.add(&packet?.payload);
        }
        Ok(attack)
    }

    /// Goes on to the next packet of the tape, and opens its access fields.
    pub fn add(&mut self, payload: &[u8]) {
        let Ok(Envelope { header, .. }) = Envelope::decode(payload) else {
            return;
        };
        let own = header.access_context();
        if !self.met.insert(name(&own)) {
            return;
        }
        let runs = self.runs.entry(header.session).or_default();
        runs.push((own.clone(), header.schedule));
        let excess = runs.len().saturating_sub(TRIED);
        runs.drain(..excess);
        let tried: Vec<_> = runs.iter().rev().collect();
        for field in header.access.as_slice() {
            match open(&self.key, field, &tried) {
                Some((run, schedule, session_key)) => {
                    let count = if *run == own {
                        &mut self.counts.own
                    } else {
                        &mut self.counts.earlier
                    };
                    *count += 1;
                    let claims = self.chains.entry(name(run)).or_default();
                    if claims.len() < CLAIMS {
                        claims.push(ChainCursor::new(schedule.message_keys(&session_key)));
                    }
                }
                None if field.authority == self.key.public().id() => self.counts.unopened += 1,
                None => {}
            }
        }
    }

    /// What the access fields held so far.
    pub const fn counts(&self) -> FieldCounts {
        self.counts
    }
}

impl Attacker for OneProduct {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let header = &envelope.header;
        let run = (header.session, header.sender.clone(), header.ratchet_public);
        let mut claims = self.chains.get_mut(&run).into_iter().flatten();
        claims
            .find_map(|chain| opener::open(envelope, &chain.key(header.number)?))
            .map_or(Exposure::MetadataOnly, Exposure::Read)
    }
}

/// The first of these runs whose session key is in the field.
fn open<'a>(
    key: &EscrowPrivateKey,
    field: &AccessField,
    runs: &[&'a (AccessContext, ScheduleId)],
) -> Option<(&'a AccessContext, ScheduleId, SessionKey)> {
    if field.authority != key.public().id() {
        return None;
    }
    runs.iter().find_map(|(run, schedule)| {
        let session_key = unwrap::session_key(key, field, run)?;
        Some((run, *schedule, session_key))
    })
}

fn name(run: &AccessContext) -> Run {
    (run.session, run.sender.clone(), run.ratchet_public)
}
