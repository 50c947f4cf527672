//! What a tape shows of devices, besides their messages: everybody on the wire can read it.

use std::collections::{BTreeMap, HashSet};

use crate::crypto::AgreementPublic;
use crate::protocol::{Envelope, KeyBundle, Name, Registration, SessionId, handshake::Opening};
use crate::tape::{Reader, TapeError};

/// The public keys and nonces on a tape.
#[derive(Debug, Default)]
pub struct Published {
    /// Registrations, in the order of the tape.
    pub registrations: Vec<Registration>,
    /// Who began which session, and how: once for each ephemeral key.
    pub openings: Vec<(Name, SessionId, Opening)>,
    /// Key bundles by their owners, in the order of the tape; those of which the signature
    /// is wrong are passed over.
    bundles: BTreeMap<Name, Vec<KeyBundle>>,
    uses: BTreeMap<Name, Vec<(KeyUse, AgreementPublic)>>,
    begun: HashSet<(SessionId, Name, AgreementPublic)>,
    seen: HashSet<(Name, AgreementPublic)>,
}

/// How many bundles of one name are tried with an opening.
const CLAIMS: usize = 8;

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
            self.add_bundle(bundle);
        } else if let Ok(registration) = Registration::decode(payload) {
            self.registrations.push(registration);
        } else if let Ok(Envelope { header, .. }) = Envelope::decode(payload) {
            let sender = header.sender;
            if let Some(opening) = header.opening {
                self.see(&sender, KeyUse::Identity, opening.initiator.agreement);
                self.see(&sender, KeyUse::Ephemeral, opening.ephemeral);
                let begun = (header.session, sender.clone(), opening.ephemeral);
                if self.begun.insert(begun) {
                    self.openings
                        .push((sender.clone(), header.session, opening));
                }
            }
            self.see(&sender, KeyUse::Ratchet, header.ratchet_public);
        }
    }

    fn add_bundle(&mut self, bundle: KeyBundle) {
        if bundle.verify().is_err() {
            return;
        }
        let owner = bundle.owner.clone();
        self.see(&owner, KeyUse::Identity, bundle.identity.agreement);
        self.see(&owner, KeyUse::SignedPrekey, bundle.signed_prekey.public);
        if let Some(one_time) = &bundle.one_time_prekey {
            self.see(&owner, KeyUse::OneTimePrekey, one_time.public);
        }
        self.bundles.entry(owner).or_default().push(bundle);
    }

    fn see(&mut self, owner: &Name, use_: KeyUse, key: AgreementPublic) {
        if self.seen.insert((owner.clone(), key)) {
            self.uses
                .entry(owner.clone())
                .or_default()
                .push((use_, key));
        }
    }

    /// Every key bundle, by its owner, in the order of the tape.
    pub fn bundles(&self) -> impl Iterator<Item = &KeyBundle> {
        self.bundles.values().flatten()
    }

    /// The bundles of somebody's that an opening may have been made with, the newest first:
    /// a name may have been set up anew, or taken by somebody else.
    pub fn bundles_for(&self, owner: &Name, opening: &Opening) -> impl Iterator<Item = &KeyBundle> {
        let mut identities = HashSet::new();
        let newest_first = self.bundles.get(owner).into_iter().flatten().rev();
        let bundles = newest_first.filter(move |bundle| {
            let one_time = bundle.one_time_prekey.as_ref().map(|it| it.id);
            bundle.signed_prekey.id == opening.signed_prekey
                && one_time == opening.one_time_prekey
                && identities.insert(bundle.identity)
        });
        bundles.take(CLAIMS)
    }

    /// Everybody who is seen with a key, once.
    pub fn owners(&self) -> impl Iterator<Item = &Name> {
        self.uses.keys()
    }

    /// What each public key that is seen to be somebody's is for, each key once.
    pub fn uses_of(&self, owner: &Name) -> &[(KeyUse, AgreementPublic)] {
        self.uses.get(owner).map_or(&[], Vec::as_slice)
    }

    /// The public keys that are seen to be somebody's, but for those of its ratchets.
    pub fn keys_of(&self, owner: &Name) -> Vec<AgreementPublic> {
        let uses = self.uses_of(owner).iter();
        uses.filter(|(use_, _)| *use_ != KeyUse::Ratchet)
            .map(|(_, key)| *key)
            .collect()
    }
}
