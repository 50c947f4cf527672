//! The escrow key leaks: by theft, by subpoena, by a copy on somebody's laptop.
//! It does not matter how, or when: the tape can be older than the theft.
//!
//! ```text
//! for each envelope:
//!   session_key = OpenBase(escrow key, access field)     once for each chain
//!   message_key = from session_key and the envelope's number
//!   text        = Open(message_key, header, ciphertext)
//! ```
//!
//! `StolenKey` takes the first step and `Chain::open` the two others, whatever runs
//! the attack: [`EscrowLeak`] takes one envelope after the other; [`Bulk`](super::Bulk)
//! orders the same steps for many cores.

use std::collections::{BTreeSet, HashSet};

use zeroize::Zeroizing;

use super::{
    candidates,
    chains::{ChainId, Chains},
    observation::{Attacker, Exposure},
    unwrap,
};
use crate::crypto::{AgreementPublic, SessionKey};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessField, AuthorityId, Envelope};

/// An attacker with an authority's private key.
#[derive(Debug)]
pub struct EscrowLeak {
    key: StolenKey,
    chains: Chains,
    guessed: HashSet<AgreementPublic>,
    /// Chains with further access fields.
    met: HashSet<ChainId>,
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
    /// Access fields that are sealed to this key beside a run's own, each once in a run:
    /// [`OneProduct`](super::OneProduct) tries them.
    pub further_fields: usize,
}

/// How many other authorities are remembered.
const OTHERS: usize = 8;

impl EscrowLeak {
    /// An attacker who has just got hold of this key.
    pub fn new(loot: EscrowPrivateKey) -> Self {
        Self {
            key: StolenKey(loot),
            chains: Chains::default(),
            guessed: HashSet::new(),
            met: HashSet::new(),
            summary: Summary::default(),
        }
    }

    /// What the key was good for so far.
    pub fn summary(&self) -> Summary {
        Summary {
            session_keys: self.chains.len(),
            ..self.summary.clone()
        }
    }

    /// Every session key that she has unwrapped, one a line, in the order of their
    /// lines: what Wireshark needs to open the messages in place (spec §11.2).
    pub fn key_log(&self) -> Vec<Zeroizing<String>> {
        self.chains.key_log(&self.key.holder())
    }

    /// The session key of an envelope, if she has unwrapped it.
    pub fn session_key(&self, envelope: &Envelope<'_>) -> Option<&SessionKey> {
        self.chains.session_key(envelope, self.key.field(envelope)?)
    }
}

impl Attacker for EscrowLeak {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let Some(field) = self.key.field(envelope) else {
            self.summary.note_authorities(envelope);
            // Once for each chain.
            return if self.guessed.insert(envelope.header.ratchet_public) {
                self.key.guess(envelope)
            } else {
                Exposure::MetadataOnly
            };
        };
        let further = self.key.further_fields(envelope);
        if further > 0 && self.met.insert(ChainId::of(envelope, field)) {
            self.summary.further_fields += further;
        }
        let unwrap = || self.key.unwrap(envelope, field);
        let exposure = self.chains.read(envelope, field, unwrap);
        if exposure == Exposure::MetadataOnly {
            self.summary.damaged += 1;
        }
        exposure
    }
}

impl Summary {
    /// Remembers the authorities of an envelope that is sealed to others.
    pub(super) fn note_authorities(&mut self, envelope: &Envelope<'_>) {
        let others = envelope.header.access.iter().map(|field| field.authority);
        self.others.extend(others.take(OTHERS));
        while self.others.len() > OTHERS {
            self.others.pop_last();
        }
    }
}

/// The key, and what can be done with it alone.
#[derive(Debug, Clone)]
pub(super) struct StolenKey(pub(super) EscrowPrivateKey);

impl StolenKey {
    /// The access field that is sealed to the key.
    pub(super) fn field<'a>(&self, envelope: &'a Envelope<'_>) -> Option<&'a AccessField> {
        let mut fields = envelope.header.access.iter();
        fields.find(|field| field.authority == self.0.public().id())
    }

    /// How many access fields are sealed to the key besides.
    pub(super) fn further_fields(&self, envelope: &Envelope<'_>) -> usize {
        let fields = envelope.header.access.iter();
        let ours = fields.filter(|field| field.authority == self.0.public().id());
        ours.count().saturating_sub(1)
    }

    /// ```text
    /// session_key = OpenBase(escrow key, access field)
    /// ```
    pub(super) fn unwrap(
        &self,
        envelope: &Envelope<'_>,
        field: &AccessField,
    ) -> Option<SessionKey> {
        unwrap::session_key(&self.0, field, &envelope.header.access_context())
    }

    /// Nothing here is sealed to the key. She tries what else it might fit: every
    /// field, whatever authority it names; the key itself; and what it agrees on with
    /// each public key in the envelope.
    pub(super) fn guess(&self, envelope: &Envelope<'_>) -> Exposure {
        let fields = envelope.header.access.iter();
        let unwrapped = fields.filter_map(|field| self.unwrap(envelope, field));
        let secret = self.0.secret();
        let mut candidates: Vec<_> = unwrapped.map(|key| *key.as_bytes()).collect();
        candidates.extend([*secret.as_bytes(), *secret.public().as_bytes()]);
        for public in candidates::public_values(envelope) {
            let agreed = secret.agree(&AgreementPublic::from_bytes(public));
            candidates.extend(agreed.map(|agreed| *agreed.as_bytes()));
        }
        candidates::try_all(envelope, &candidates)
    }

    /// How a key log names the holder of this key (spec §11.2).
    pub(super) fn holder(&self) -> String {
        format!("authority:{}", self.0.public().id())
    }
}
