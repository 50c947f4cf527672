//! What a tape shows of devices, besides their messages: everybody on the wire can read it.

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
}

impl Published {
    /// Looks through a tape.
    ///
    /// # Errors
    /// [`TapeError`] if it does not read back.
    pub fn on(tape: &[u8]) -> Result<Self, TapeError> {
        let mut published = Self::default();
        for packet in Reader::new(tape)? {
            let payload = packet?.payload;
            if let Ok(bundle) = KeyBundle::decode(&payload) {
                published.bundles.push(bundle);
            } else if let Ok(registration) = Registration::decode(&payload) {
                published.registrations.push(registration);
            } else if let Ok(envelope) = Envelope::decode(&payload)
                && let Some(opening) = &envelope.header.opening
            {
                let header = &envelope.header;
                let mut known = published.openings.iter();
                if known.all(|(_, session, _)| *session != header.session) {
                    let opening = (header.sender.clone(), header.session, opening.clone());
                    published.openings.push(opening);
                }
            }
        }
        Ok(published)
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
        let bundles = self.bundles.iter().filter(|it| it.owner == *owner);
        let mut keys: Vec<_> = bundles
            .flat_map(|it| {
                let one_time = it.one_time_prekey.as_ref().map(|it| it.public);
                let lasting = [it.identity.agreement, it.signed_prekey.public];
                lasting.into_iter().chain(one_time)
            })
            .collect();
        for (initiator, _, opening) in &self.openings {
            if initiator == owner {
                keys.extend([opening.initiator.agreement, opening.ephemeral]);
            }
        }
        keys
    }
}
