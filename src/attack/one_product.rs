//! One of two products gives session keys away: its owner's, and perhaps the other's.
//!
//! An access field does not say which session key it holds. She tries each with the run
//! that it rides on, then with the runs of whoever it was sent to that came before.

use std::collections::HashMap;

use super::{
    chain_cursor::ChainCursor,
    observation::{Attacker, Exposure},
    opener, unwrap,
};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessContext, AccessField, Envelope, Name, ScheduleId, SessionId};
use crate::tape::{Reader, TapeError};

/// An attacker with an authority's private key, who has gone through the tape once.
#[derive(Debug)]
pub struct OneProduct {
    chains: HashMap<Run, ChainCursor>,
}

/// What names a run: its session, sender and public key.
type Run = (SessionId, Name, AgreementPublic);

/// How many of the other's runs each field is tried with, the newest first.
const TRIED: usize = 8;

impl OneProduct {
    /// Goes through the tape, and opens every access field.
    ///
    /// # Errors
    /// [`TapeError`] if the tape does not read back.
    pub fn over(tape: &[u8], key: &EscrowPrivateKey) -> Result<Self, TapeError> {
        let mut chains = HashMap::new();
        let mut runs: Vec<(AccessContext, ScheduleId)> = Vec::new();
        for packet in Reader::new(tape)? {
            let payload = packet?.payload;
            let Ok(Envelope { header, .. }) = Envelope::decode(&payload) else {
                continue;
            };
            let own = AccessContext {
                session: header.session,
                sender: header.sender.clone(),
                recipient: header.recipient.clone(),
                ratchet_public: header.ratchet_public,
            };
            if runs.iter().any(|(run, _)| *run == own) {
                continue;
            }
            runs.push((own, header.schedule));
            let of_session = runs.iter().rev();
            let of_session = of_session.filter(|(run, _)| run.session == header.session);
            let tried: Vec<_> = of_session.take(TRIED).collect();
            for field in header.access.as_slice() {
                if let Some((run, schedule, session_key)) = open(key, field, &tried) {
                    let chain = ChainCursor::new(schedule.message_keys(&session_key));
                    chains.insert(name(run), chain);
                }
            }
        }
        Ok(Self { chains })
    }
}

impl Attacker for OneProduct {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let header = &envelope.header;
        let run = (header.session, header.sender.clone(), header.ratchet_public);
        let chain = self.chains.get_mut(&run);
        chain
            .and_then(|chain| opener::open(envelope, &chain.key(header.number)?))
            .map_or(Exposure::MetadataOnly, Exposure::Read)
    }
}

/// The first of these runs whose session key is in the field.
fn open<'a>(
    key: &EscrowPrivateKey,
    field: &AccessField,
    runs: &[&'a (AccessContext, ScheduleId)],
) -> Option<(&'a AccessContext, ScheduleId, SessionKey)> {
    runs.iter().find_map(|(run, schedule)| {
        let session_key = unwrap::session_key(key, field, run)?;
        Some((run, *schedule, session_key))
    })
}

fn name(run: &AccessContext) -> Run {
    (run.session, run.sender.clone(), run.ratchet_public)
}
