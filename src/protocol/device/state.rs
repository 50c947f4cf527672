//! What a device holds, and what can be read of it.

use std::collections::{BTreeMap, BTreeSet};

use rand::CryptoRng;
use serde::{Deserialize, Serialize};

use super::closed_sessions::ClosedSessions;
use crate::crypto::{AgreementSecret, SigningKey};
use crate::protocol::{
    bundle::{self, KeyBundle, OneTimePrekey},
    identity::{Identity, SafetyNumber},
    name::{Name, SessionId},
    session::Session,
    wire::{Kind, Version},
};

/// A participant's device.
#[derive(Debug, Serialize, Deserialize)]
pub struct Device {
    pub(super) name: Name,
    pub(super) agreement: AgreementSecret,
    pub(super) signing: SigningKey,
    pub(super) identity: Identity,
    pub(super) signed_prekey: AgreementSecret,
    /// Boxed, as the sessions are: where a map moves its entries, no copy of a key is left.
    pub(super) one_time_prekeys: BTreeMap<u32, Box<AgreementSecret>>,
    pub(super) next_prekey: u32,
    /// Each name belongs to the identity that first used it here.
    pub(super) contacts: BTreeMap<Name, Identity>,
    /// By peer, then by id: nobody can take an id that another peer chose.
    pub(super) sessions: BTreeMap<Name, BTreeMap<SessionId, Box<Session>>>,
    /// The session in which each contact was last written to or heard from.
    pub(super) active: BTreeMap<Name, SessionId>,
    /// Contacts that the owner has written to, or accepted: they are forgotten only when
    /// the owner says so.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) chosen: BTreeSet<Name>,
    /// Grows with each use of a session.
    #[serde(default)]
    pub(super) uses: u64,
    #[serde(default, skip_serializing_if = "ClosedSessions::is_empty")]
    pub(super) closed: ClosedSessions,
}

/// The number of the one signed prekey, which a device keeps for its life.
pub(super) const SIGNED_PREKEY: u32 = 1;

impl Device {
    /// Draws a new device's keys: 96 bytes of `rng`.
    pub fn new(name: Name, rng: &mut dyn CryptoRng) -> Self {
        let agreement = AgreementSecret::generate(rng);
        let signing = SigningKey::generate(rng);
        let identity = Identity {
            agreement: *agreement.public(),
            signing: signing.verifying_key(),
        };
        Self {
            name,
            agreement,
            signing,
            identity,
            signed_prekey: AgreementSecret::generate(rng),
            one_time_prekeys: BTreeMap::new(),
            next_prekey: 1,
            contacts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            active: BTreeMap::new(),
            chosen: BTreeSet::new(),
            uses: 0,
            closed: ClosedSessions::default(),
        }
    }

    /// The owner's name.
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// The device's public identity.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Draws `count` one-time prekeys and gives as many bundles to publish, each
    /// to be handed out once, and a last one without, to be handed out when they
    /// are used up.
    pub fn publish(&mut self, count: usize, rng: &mut dyn CryptoRng) -> Vec<KeyBundle> {
        let lasting = self.lasting_bundle();
        let mut bundles = Vec::new();
        for _ in 0..count {
            let id = self.next_prekey;
            let secret = AgreementSecret::generate(rng);
            bundles.push(KeyBundle {
                one_time_prekey: Some(OneTimePrekey {
                    id,
                    public: *secret.public(),
                }),
                ..lasting.clone()
            });
            self.one_time_prekeys.insert(id, Box::new(secret));
            self.next_prekey = id.wrapping_add(1);
        }
        bundles.push(lasting);
        self.delete_excess_prekeys();
        bundles
    }

    /// The bundle without a one-time prekey, which is handed out when those are used up.
    pub fn lasting_bundle(&self) -> KeyBundle {
        KeyBundle {
            version: Version::V1,
            kind: Kind::Bundle,
            owner: self.name.clone(),
            identity: self.identity,
            signed_prekey: bundle::sign_prekey(
                &self.signing,
                &self.name,
                &self.identity,
                SIGNED_PREKEY,
                self.signed_prekey.public(),
            ),
            one_time_prekey: None,
        }
    }

    /// Signs for this device's identity, as a relay asks.
    pub const fn signing_key(&self) -> &SigningKey {
        &self.signing
    }

    /// The safety number with somebody, once their identity is known here.
    pub fn safety_number(&self, peer: &Name) -> Option<SafetyNumber> {
        let theirs = self.contacts.get(peer)?;
        Some(self.safety_number_with(peer, theirs))
    }

    /// The safety number that there would be with an identity under a name.
    pub fn safety_number_with(&self, peer: &Name, theirs: &Identity) -> SafetyNumber {
        SafetyNumber::between((&self.name, &self.identity), (peer, theirs))
    }

    /// The safety numbers with everybody whose identity is known here.
    pub fn safety_numbers(&self) -> Vec<SafetyNumber> {
        self.contacts
            .keys()
            .filter_map(|peer| self.safety_number(peer))
            .collect()
    }

    /// Whether there is a session to write to somebody in.
    pub fn can_write_to(&self, peer: &Name) -> bool {
        self.active.contains_key(peer)
    }

    /// Writes in none of the sessions that there are: what is sealed next begins a
    /// new one. What comes in them is still opened.
    pub fn retire_sessions(&mut self) {
        self.active.clear();
    }

    /// Seals nothing in a session any more. What comes in it is still opened.
    pub fn end_writing_in(&mut self, peer: &Name, id: &SessionId) {
        let sessions = self.sessions.get_mut(peer);
        if let Some(session) = sessions.and_then(|it| it.get_mut(id)) {
            session.read_only = true;
        }
        if self.active.get(peer) == Some(id) {
            self.active.remove(peer);
        }
    }

    /// Seals nothing in any session that there is: another copy of this device may have
    /// gone on in it, and would have used the keys that this one would use next.
    pub fn end_writing(&mut self) {
        for session in self.sessions.values_mut().flat_map(|it| it.values_mut()) {
            session.read_only = true;
        }
        self.active.clear();
    }

    /// The session in which somebody is written to.
    pub fn active_session(&self, peer: &Name) -> Option<&Session> {
        self.session(peer, self.active.get(peer)?)
    }

    /// The identity that a name belongs to here.
    pub fn contact(&self, peer: &Name) -> Option<&Identity> {
        self.contacts.get(peer)
    }

    /// A session by its peer and id.
    pub fn session(&self, peer: &Name, id: &SessionId) -> Option<&Session> {
        self.sessions.get(peer)?.get(id).map(Box::as_ref)
    }

    /// How many sessions the device keeps.
    pub fn sessions(&self) -> usize {
        self.sessions.values().map(BTreeMap::len).sum()
    }
}
