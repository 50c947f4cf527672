//! What a tape shows of devices, besides their messages: everybody on the wire can read it.

use std::collections::HashSet;

use crate::crypto::AgreementPublic;
use crate::protocol::{Envelope, KeyBundle, Name, Registration, SessionId, handshake::Opening};
use crate::tape::{Reader, TapeError};

/// The public keys and nonces on a tape.
#[derive(Debug, Default)]
pub struct Published {
    /// Registrations, in the order of the tape.
    pub registrations: Vec<Registration>,
    /// Key bundles, in the order of the tape.
    pub bundles: Vec<KeyBundle>,
    /// Who began which session, and how: once for each session.
    pub openings: Vec<(Name, SessionId, Opening)>,
    /// Who wrote under which ratchet keys, in the order of the tape: each once.
    pub ratchet_keys: Vec<(Name, AgreementPublic)>,
    sessions: HashSet<SessionId>,
    runs: HashSet<(Name, AgreementPublic)>,
}

/// What a public key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// The X25519 key of an identity.
    Identity,
    /// A signed prekey.
    SignedPrekey,
    /// A one-time prekey.
    OneTimePrekey,
    /// Drawn for one handshake.
    Ephemeral,
    /// Names a run of messages.
    Ratchet,
}

impl std::fmt::Display for KeyUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity key",
            Self::SignedPrekey => "signed prekey",
            Self::OneTimePrekey => "one-time prekey",
            Self::Ephemeral => "ephemeral key",
            Self::Ratchet => "ratchet key",
        })
    }
}

impl Published {
    /// Looks through a tape.
    ///
    /// # Errors
    /// [`TapeError`] if it does not read back.
    pub fn on(tape: &[u8]) -> Result<Self, TapeError> {
        let mut published = Self::default();
        for packet in Reader::new(tape)? {
            published.add(&packet?.payload);
        }
        Ok(published)
    }

    /// Looks at the next packet of a tape.
    pub fn add(&mut self, payload: &[u8]) {
        if let Ok(bundle) = KeyBundle::decode(payload) {
            self.bundles.push(bundle);
        } else if let Ok(registration) = Registration::decode(payload) {
            self.registrations.push(registration);
        } else if let Ok(Envelope { header, .. }) = Envelope::decode(payload) {
            let run = (header.sender.clone(), header.ratchet_public);
            if self.runs.insert(run.clone()) {
                self.ratchet_keys.push(run);
            }
            if let Some(opening) = header.opening
                && self.sessions.insert(header.session)
            {
                self.openings.push((header.sender, header.session, opening));
            }
        }
    }

    /// The bundle of somebody's that an opening was made with.
    pub fn bundle(&self, owner: &Name, opening: &Opening) -> Option<&KeyBundle> {
        self.bundles.iter().find(|bundle| {
            let one_time = bundle.one_time_prekey.as_ref().map(|it| it.id);
            bundle.owner == *owner
                && bundle.signed_prekey.id == opening.signed_prekey
                && one_time == opening.one_time_prekey
        })
    }

    /// Everybody who is seen with a key, once.
    pub fn owners(&self) -> Vec<&Name> {
        let mut owners: Vec<_> = self.bundles.iter().map(|it| &it.owner).collect();
        owners.extend(self.openings.iter().map(|(owner, ..)| owner));
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The public keys that are seen to be somebody's, but for those of its ratchets.
    pub fn keys_of(&self, owner: &Name) -> Vec<AgreementPublic> {
        let uses = self.uses_of(owner).into_iter();
        uses.filter(|(use_, _)| *use_ != KeyUse::Ratchet)
            .map(|(_, key)| key)
            .collect()
    }

    /// What each public key that is seen to be somebody's is for, each key once.
    pub fn uses_of(&self, owner: &Name) -> Vec<(KeyUse, AgreementPublic)> {
        let mut keys = Vec::new();
        for bundle in self.bundles.iter().filter(|it| it.owner == *owner) {
            keys.push((KeyUse::Identity, bundle.identity.agreement));
            keys.push((KeyUse::SignedPrekey, bundle.signed_prekey.public));
            let one_time = bundle.one_time_prekey.as_ref();
            keys.extend(one_time.map(|it| (KeyUse::OneTimePrekey, it.public)));
        }
        for (_, _, opening) in self.openings.iter().filter(|(it, ..)| it == owner) {
            keys.push((KeyUse::Identity, opening.initiator.agreement));
            keys.push((KeyUse::Ephemeral, opening.ephemeral));
        }
        let runs = self.ratchet_keys.iter().filter(|(it, _)| it == owner);
        keys.extend(runs.map(|(_, key)| (KeyUse::Ratchet, *key)));
        let mut seen = HashSet::new();
        keys.retain(|(_, key)| seen.insert(*key));
        keys
    }
}
