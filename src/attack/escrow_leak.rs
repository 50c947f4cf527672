//! The escrow key leaks: by theft, by subpoena, by a copy on somebody's laptop.
//! It does not matter how, or when: the tape can be older than the theft.
//!
//! ```text
//! for each envelope:
//!   session_key = OpenBase(escrow key, access field)     once for each run
//!   message_key = from session_key and the envelope's number
//!   text        = Open(message_key, header, ciphertext)
//! ```

use std::collections::{BTreeSet, HashMap, HashSet, hash_map::Entry};

use zeroize::Zeroizing;

use super::{Attack, Exposure, guess, opener, road::Road, unwrap};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{
    AccessContext, AccessField, AuthorityId, Envelope, Name, ScheduleId, SessionId,
};

/// An attacker with an authority's private key.
#[derive(Debug)]
pub struct EscrowLeak {
    loot: EscrowPrivateKey,
    runs: HashMap<RunId, Run>,
    guessed: HashSet<AgreementPublic>,
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
    /// Other authorities that envelopes are sealed to instead, a few of them.
    pub others: BTreeSet<AuthorityId>,
}

/// How many other authorities are remembered.
const OTHERS: usize = 8;

/// One access field in one place. A copy with anything changed is another key of
/// the map, so it cannot hide the good one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RunId {
    schedule: ScheduleId,
    session: SessionId,
    sender: Name,
    ratchet_public: AgreementPublic,
    encapsulated: AgreementPublic,
    sealed: [u8; 48],
}

/// A session key, and the road along its message keys.
#[derive(Debug)]
struct Run {
    session_key: SessionKey,
    road: Road,
}

impl EscrowLeak {
    /// An attacker who has just got hold of this key.
    pub fn new(loot: EscrowPrivateKey) -> Self {
        Self {
            loot,
            runs: HashMap::new(),
            guessed: HashSet::new(),
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

    /// Every session key that she has unwrapped, one a line, in the order of their
    /// lines: what Wireshark needs to open the messages in place (spec §11.2).
    pub fn key_log(&self) -> Vec<Zeroizing<String>> {
        let holder = self.loot.public().id();
        let mut lines: Vec<_> = self
            .runs
            .iter()
            .map(|(id, run)| {
                Zeroizing::new(format!(
                    "doormat-session-key {} {} {} {} authority:{holder}",
                    id.session,
                    id.sender,
                    hex::encode(id.ratchet_public.as_bytes()),
                    Zeroizing::new(hex::encode(run.session_key.as_bytes())).as_str(),
                ))
            })
            .collect();
        lines.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        lines.dedup_by(|a, b| a.as_str() == b.as_str());
        lines
    }

    /// The session key of an envelope, if she has unwrapped it.
    pub fn session_key(&self, envelope: &Envelope<'_>) -> Option<&SessionKey> {
        let field = self.field(envelope)?;
        let run = self.runs.get(&RunId::of(envelope, field))?;
        Some(&run.session_key)
    }

    /// Nothing here is sealed to her key. She tries what else it might fit: the key
    /// itself, and what it agrees on with each public key in the envelope, once for
    /// each run.
    fn guess(&mut self, envelope: &Envelope<'_>) -> Exposure {
        if !self.guessed.insert(envelope.header.ratchet_public) {
            return Exposure::MetadataOnly;
        }
        let secret = self.loot.secret();
        let mut candidates = vec![*secret.as_bytes(), *secret.public().as_bytes()];
        for public in guess::public_values(envelope) {
            let agreed = secret.agree(&AgreementPublic::from_bytes(public));
            candidates.extend(agreed.map(|agreed| *agreed.as_bytes()));
        }
        guess::open(envelope, &candidates)
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
            return self.guess(envelope);
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
            schedule: header.schedule,
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
            road: Road::new(schedule.message_keys(&session_key)),
            session_key,
        }
    }

    fn open(&mut self, envelope: &Envelope<'_>) -> Option<Vec<u8>> {
        let key = self.road.key(envelope.header.number)?;
        opener::open(envelope, &key)
    }
}
