//! The session keys that an attacker has of a tape, and the messages that they open.

use std::collections::{HashMap, hash_map::Entry};

use zeroize::Zeroizing;

use super::{opener, road::Road};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::protocol::{AccessField, Envelope, Name, ScheduleId, SessionId};

/// Runs by the access field that gave their session key away.
#[derive(Debug, Default)]
pub(super) struct Runs(HashMap<RunId, Run>);

/// One access field in one place. A copy with anything changed is another key of
/// the map, so it cannot hide the good one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RunId {
    schedule: ScheduleId,
    session: SessionId,
    sender: Name,
    recipient: Name,
    ratchet_public: AgreementPublic,
    encapsulated: AgreementPublic,
    sealed: [u8; 48],
}

/// A session key, and the road along its message keys.
#[derive(Debug)]
pub(super) struct Run {
    session_key: SessionKey,
    pub(super) road: Road,
}

impl Runs {
    /// How many session keys there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The text of an envelope. `unwrap` is asked for its session key if that is new.
    pub(super) fn open(
        &mut self,
        envelope: &Envelope<'_>,
        field: &AccessField,
        unwrap: impl FnOnce() -> Option<SessionKey>,
    ) -> Option<Vec<u8>> {
        let run = match self.0.entry(RunId::of(envelope, field)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Run::new(unwrap()?, envelope.header.schedule)),
        };
        let key = run.road.key(envelope.header.number)?;
        opener::open(envelope, &key)
    }

    /// The session key of an envelope, if it is known.
    pub(super) fn session_key(
        &self,
        envelope: &Envelope<'_>,
        field: &AccessField,
    ) -> Option<&SessionKey> {
        let run = self.0.get(&RunId::of(envelope, field))?;
        Some(&run.session_key)
    }

    /// Every session key, one a line, in the order of their lines (spec §11.2).
    pub(super) fn key_log(&self, holder: &str) -> Vec<Zeroizing<String>> {
        let mut lines: Vec<_> = self
            .0
            .iter()
            .map(|(id, run)| run.key_log_line(id, holder))
            .collect();
        put_in_order(&mut lines);
        lines
    }
}

/// The lines of a key log, each once.
pub(super) fn put_in_order(lines: &mut Vec<Zeroizing<String>>) {
    lines.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    lines.dedup_by(|a, b| a.as_str() == b.as_str());
}

impl Run {
    pub(super) fn new(session_key: SessionKey, schedule: ScheduleId) -> Self {
        let road = Road::new(schedule.message_keys(&session_key));
        Self { session_key, road }
    }

    /// (spec §11.2)
    pub(super) fn key_log_line(&self, id: &RunId, holder: &str) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "doormat-session-key {} {} {} {} {holder}",
            id.session,
            id.sender,
            hex::encode(id.ratchet_public.as_bytes()),
            Zeroizing::new(hex::encode(self.session_key.as_bytes())).as_str(),
        ))
    }
}

impl RunId {
    pub(super) fn of(envelope: &Envelope<'_>, field: &AccessField) -> Self {
        let header = &envelope.header;
        Self {
            schedule: header.schedule,
            session: header.session,
            sender: header.sender.clone(),
            recipient: header.recipient.clone(),
            ratchet_public: header.ratchet_public,
            encapsulated: field.encapsulated,
            sealed: *field.sealed.as_bytes(),
        }
    }
}
