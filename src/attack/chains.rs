//! The session keys that an attacker has of a tape, and the messages that they open.

use std::collections::{HashMap, hash_map::Entry};

use zeroize::Zeroizing;

use super::{chain_cursor::ChainCursor, observation::Exposure, opener};
use crate::crypto::{AgreementPublic, SessionKey, keys::TAG_BYTES};
use crate::protocol::{AccessField, Envelope, Name, ScheduleId, SessionId};

/// One session key, and how far its message keys have been derived.
#[derive(Debug)]
pub(super) struct Chain {
    session_key: SessionKey,
    pub(super) cursor: ChainCursor,
}

impl Chain {
    pub(super) fn new(session_key: SessionKey, schedule: ScheduleId) -> Self {
        let cursor = ChainCursor::new(schedule.message_keys(&session_key));
        Self {
            session_key,
            cursor,
        }
    }

    /// ```text
    /// message_key = from session_key and the envelope's number
    /// text        = Open(message_key, header, ciphertext)
    /// ```
    /// The text takes the place of the ciphertext's beginning. If it does not open, what
    /// stands there means nothing.
    pub(super) fn open<'a>(
        &mut self,
        number: u32,
        header: &[u8],
        ciphertext: &'a mut [u8],
    ) -> Option<&'a mut [u8]> {
        let key = self.cursor.key(number)?;
        opener::open_in_place(key.as_bytes(), [0; 12], header, ciphertext)
    }

    /// The line of a key log (spec §11.2).
    pub(super) fn key_log_line(&self, id: &ChainId, holder: &str) -> Zeroizing<String> {
        Zeroizing::new(format!(
            "doormat-session-key {} {} {} {} {holder}",
            id.session,
            id.sender,
            hex::encode(id.ratchet_public.as_bytes()),
            Zeroizing::new(hex::encode(self.session_key.as_bytes())).as_str(),
        ))
    }
}

/// What tells a chain from others: one access field in one place. A copy with anything
/// changed is another chain, so it cannot hide the good one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ChainId {
    schedule: ScheduleId,
    session: SessionId,
    sender: Name,
    recipient: Name,
    ratchet_public: AgreementPublic,
    encapsulated: AgreementPublic,
    sealed: [u8; 48],
}

impl ChainId {
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

/// Every chain whose session key an access field gave away.
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<ChainId, Chain>);

impl Chains {
    /// How many session keys there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What is read of an envelope. `unwrap` is asked for its session key if that is new.
    pub(super) fn read(
        &mut self,
        envelope: &Envelope<'_>,
        field: &AccessField,
        unwrap: impl FnOnce() -> Option<SessionKey>,
    ) -> Exposure {
        let header = &envelope.header;
        let chain = match self.0.entry(ChainId::of(envelope, field)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => match unwrap() {
                Some(session_key) => new.insert(Chain::new(session_key, header.schedule)),
                None => return Exposure::MetadataOnly,
            },
        };
        let mut buffer = envelope.ciphertext.to_vec();
        match chain.open(header.number, envelope.authenticated, &mut buffer) {
            Some(_) => {
                buffer.truncate(buffer.len() - TAG_BYTES);
                Exposure::Read(buffer)
            }
            None => Exposure::MetadataOnly,
        }
    }

    /// The session key of an envelope, if it is known.
    pub(super) fn session_key(
        &self,
        envelope: &Envelope<'_>,
        field: &AccessField,
    ) -> Option<&SessionKey> {
        let chain = self.0.get(&ChainId::of(envelope, field))?;
        Some(&chain.session_key)
    }

    /// Every session key, one a line, in the order of their lines (spec §11.2).
    pub(super) fn key_log(&self, holder: &str) -> Vec<Zeroizing<String>> {
        let lines = self.0.iter();
        sorted_key_log(lines.map(|(id, chain)| chain.key_log_line(id, holder)))
    }
}

/// The lines of a key log in their order, each once.
pub(super) fn sorted_key_log(
    lines: impl IntoIterator<Item = Zeroizing<String>>,
) -> Vec<Zeroizing<String>> {
    let mut lines: Vec<_> = lines.into_iter().collect();
    lines.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    lines.dedup_by(|a, b| a.as_str() == b.as_str());
    lines
}
