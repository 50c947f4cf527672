//! The escrow key leaks: by theft, by subpoena, by a copy on somebody's laptop.
//! It does not matter how, or when: the tape can be older than the theft.
//!
//! ```text
//! for each envelope:
//!   session_key = OpenBase(escrow key, access field)     once for each run
//!   message_key = from session_key and the envelope's number
//!   text        = Open(message_key, header, ciphertext)
//! ```

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use super::{Attack, Exposure, opener, unwrap};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{
    AccessContext, AccessField, AuthorityId, Envelope, Name, ScheduleId, SessionId,
    run::MessageKeys,
};

/// An attacker with an authority's private key.
#[derive(Debug)]
pub struct EscrowLeak {
    loot: EscrowPrivateKey,
    runs: HashMap<RunId, Run>,
    harvest: Harvest,
}

/// What the key was good for, beyond the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Harvest {
    /// Session keys unwrapped, each once.
    pub session_keys: usize,
    /// Envelopes that are sealed to this key and still do not open: damaged on the
    /// way or on the tape, or never honest.
    pub damaged: u64,
    /// Other authorities that envelopes are sealed to, the first few.
    pub others: BTreeSet<AuthorityId>,
}

/// How many other authorities are remembered.
const OTHERS: usize = 8;

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
            harvest: Harvest::default(),
        }
    }

    /// What the key was good for so far.
    pub fn harvest(&self) -> Harvest {
        Harvest {
            session_keys: self.runs.len(),
            ..self.harvest.clone()
        }
    }

    /// The session key of an envelope, if she has unwrapped it.
    pub fn session_key(&self, envelope: &Envelope<'_>) -> Option<&SessionKey> {
        let field = self.field(envelope)?;
        let run = self.runs.get(&RunId::of(envelope, field))?;
        Some(&run.session_key)
    }

    /// The access field that is sealed to her key.
    fn field<'a>(&self, envelope: &'a Envelope<'_>) -> Option<&'a AccessField> {
        envelope
            .header
            .access
            .iter()
            .find(|field| field.authority == self.loot.public().id())
    }

    /// The run of an envelope, unwrapping its session key if it is new.
    fn run(&mut self, envelope: &Envelope<'_>, field: &AccessField) -> Option<&mut Run> {
        let header = &envelope.header;
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
        let Some(field) = self.field(envelope) else {
            let others = envelope.header.access.iter().map(|field| field.authority);
            self.harvest.others.extend(others.take(OTHERS));
            while self.harvest.others.len() > OTHERS {
                self.harvest.others.pop_last();
            }
            return Exposure::MetadataOnly;
        };
        match self.run(envelope, field).and_then(|run| run.open(envelope)) {
            Some(text) => Exposure::Read(text),
            None => {
                self.harvest.damaged = self.harvest.damaged.saturating_add(1);
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
