//! The escrow key leaks: by theft, by subpoena, by a copy on somebody's laptop.
//! It does not matter how, or when: the tape can be older than the theft.
//!
//! ```text
//! for each envelope:
//!   session_key = OpenBase(escrow key, access field)     once for each run
//!   message_key = from session_key and the envelope's number
//!   text        = Open(message_key, header, ciphertext)
//! ```

use std::collections::{BTreeSet, HashSet};

use zeroize::Zeroizing;

use super::{Attack, Exposure, guess, runs::Runs, unwrap};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessField, AuthorityId, Envelope};

/// An attacker with an authority's private key.
#[derive(Debug)]
pub struct EscrowLeak {
    loot: EscrowPrivateKey,
    runs: Runs,
    guessed: HashSet<AgreementPublic>,
    summary: Summary,
}

/// What the key was good for, beyond the texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
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

impl EscrowLeak {
    /// An attacker who has just got hold of this key.
    pub fn new(loot: EscrowPrivateKey) -> Self {
        Self {
            loot,
            runs: Runs::default(),
            guessed: HashSet::new(),
            summary: Summary::default(),
        }
    }

    /// What the key was good for so far.
    pub fn summary(&self) -> Summary {
        Summary {
            session_keys: self.runs.len(),
            ..self.summary.clone()
        }
    }

    /// Every session key that she has unwrapped, one a line, in the order of their
    /// lines: what Wireshark needs to open the messages in place (spec §11.2).
    pub fn key_log(&self) -> Vec<Zeroizing<String>> {
        self.runs.key_log(&holder(&self.loot))
    }

    /// The session key of an envelope, if she has unwrapped it.
    pub fn session_key(&self, envelope: &Envelope<'_>) -> Option<&SessionKey> {
        self.runs
            .session_key(envelope, field(&self.loot, envelope)?)
    }
}

impl Attack for EscrowLeak {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let Some(field) = field(&self.loot, envelope) else {
            self.summary.meet_others(envelope);
            // Once for each run.
            return if self.guessed.insert(envelope.header.ratchet_public) {
                guess(&self.loot, envelope)
            } else {
                Exposure::MetadataOnly
            };
        };
        let unwrap = || unwrap::session_key(&self.loot, field, &envelope.header.access_context());
        match self.runs.open(envelope, field, unwrap) {
            Some(text) => Exposure::Read(text),
            None => {
                self.summary.damaged = self.summary.damaged.saturating_add(1);
                Exposure::MetadataOnly
            }
        }
    }
}

impl Summary {
    /// Remembers the authorities of an envelope that is sealed to others.
    pub(super) fn meet_others(&mut self, envelope: &Envelope<'_>) {
        let others = envelope.header.access.iter().map(|field| field.authority);
        self.others.extend(others.take(OTHERS));
        while self.others.len() > OTHERS {
            self.others.pop_last();
        }
    }
}

/// The access field that is sealed to her key.
pub(super) fn field<'a>(
    loot: &EscrowPrivateKey,
    envelope: &'a Envelope<'_>,
) -> Option<&'a AccessField> {
    let mut fields = envelope.header.access.iter();
    fields.find(|field| field.authority == loot.public().id())
}

/// Nothing here is sealed to her key. She tries what else it might fit: every
/// field, whatever authority it names; the key itself; and what it agrees on with
/// each public key in the envelope.
pub(super) fn guess(loot: &EscrowPrivateKey, envelope: &Envelope<'_>) -> Exposure {
    let context = envelope.header.access_context();
    let fields = envelope.header.access.iter();
    let unwrapped = fields.filter_map(|it| unwrap::session_key(loot, it, &context));
    let secret = loot.secret();
    let mut candidates: Vec<_> = unwrapped.map(|key| *key.as_bytes()).collect();
    candidates.extend([*secret.as_bytes(), *secret.public().as_bytes()]);
    for public in guess::public_values(envelope) {
        let agreed = secret.agree(&AgreementPublic::from_bytes(public));
        candidates.extend(agreed.map(|agreed| *agreed.as_bytes()));
    }
    guess::open(envelope, &candidates)
}

/// How a key log names the holder of this key (spec §11.2).
pub(super) fn holder(loot: &EscrowPrivateKey) -> String {
    format!("authority:{}", loot.public().id())
}
