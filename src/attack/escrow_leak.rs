//! The escrow key leaks: by theft, by subpoena, by a copy on somebody's laptop.
//! It does not matter how, or when: the tape can be older than the theft.
//!
//! ```text
//! for each envelope:
//!   session_key = OpenBase(escrow key, access field)     once for each run
//!   message_key = from session_key and the envelope's number
//!   text        = Open(message_key, header, ciphertext)
//! ```

use std::collections::{HashMap, hash_map::Entry};

use super::{Attack, Exposure, opener, unwrap};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{
    AccessContext, AccessField, Envelope, Name, ScheduleId, SessionId, run::MessageKeys,
};

/// An attacker with an authority's private key.
#[derive(Debug)]
pub struct EscrowLeak {
    loot: EscrowPrivateKey,
    runs: HashMap<RunId, Run>,
    damaged: u64,
}

/// One access field in one place. A damaged copy of a field is another key of
/// the map, so it cannot hide the good one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RunId {
    session: SessionId,
    sender: Name,
    ratchet_public: AgreementPublic,
    encapsulated: AgreementPublic,
    sealed: [u8; 48],
}

/// A session key, and how far its message keys have been derived.
#[derive(Debug)]
struct Run {
    session_key: SessionKey,
    keys: MessageKeys,
    next: u32,
}

impl EscrowLeak {
    /// An attacker who has just got hold of this key.
    pub fn new(loot: EscrowPrivateKey) -> Self {
        Self {
            loot,
            runs: HashMap::new(),
            damaged: 0,
        }
    }

    /// How many session keys she has unwrapped, each once.
    pub fn session_keys(&self) -> usize {
        self.runs.len()
    }

    /// Envelopes whose session key she has and whose text still does not
    /// authenticate: damaged on the way or on the tape.
    pub const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The run of an envelope, unwrapping its session key if it is new.
    fn run(&mut self, envelope: &Envelope<'_>) -> Option<&mut Run> {
        let header = &envelope.header;
        let field = header
            .access
            .iter()
            .find(|field| field.authority == self.loot.public().id())?;
        match self.runs.entry(RunId::of(envelope, field)) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => {
                let context = AccessContext {
                    session: header.session,
                    sender: header.sender.clone(),
                    recipient: header.recipient.clone(),
                    ratchet_public: header.ratchet_public,
                };
                let session_key = unwrap::session_key(&self.loot, field, &context)?;
                Some(new.insert(Run::new(session_key, header.schedule)))
            }
        }
    }
}

impl Attack for EscrowLeak {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let Some(run) = self.run(envelope) else {
            return Exposure::MetadataOnly;
        };
        match run.open(envelope) {
            Some(text) => Exposure::Read(text),
            None => {
                self.damaged = self.damaged.saturating_add(1);
                Exposure::MetadataOnly
            }
        }
    }
}

impl RunId {
    fn of(envelope: &Envelope<'_>, field: &AccessField) -> Self {
        let header = &envelope.header;
        Self {
            session: header.session,
            sender: header.sender.clone(),
            ratchet_public: header.ratchet_public,
            encapsulated: field.encapsulated,
            sealed: *field.sealed.as_bytes(),
        }
    }
}

impl Run {
    fn new(session_key: SessionKey, schedule: ScheduleId) -> Self {
        Self {
            keys: schedule.message_keys(&session_key),
            session_key,
            next: 0,
        }
    }

    /// Goes on from where the last message left the chain, or from its start for
    /// one that comes late. No number beyond the protocol's is followed.
    fn open(&mut self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let number = envelope.header.number;
        let (mut keys, from) = if number >= self.next {
            (self.keys.clone(), self.next)
        } else {
            (envelope.header.schedule.message_keys(&self.session_key), 0)
        };
        if number >= keys.limit() {
            return None;
        }
        if let MessageKeys::Chain(_) = keys {
            for skipped in from..number {
                (_, keys) = keys.next(skipped);
            }
        }
        let (key, keys) = keys.next(number);
        let text = opener::open(envelope, &key)?;
        if number >= self.next {
            self.keys = keys;
            self.next = number.saturating_add(1);
        }
        Some(text)
    }
}
