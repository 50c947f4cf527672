//! Several escrow keys in one hand: a message is read if any of them opens it.

use super::{Attack, EscrowLeak, Exposure};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::Envelope;

/// An attacker, or an authority, with any number of escrow keys.
#[derive(Debug)]
pub struct KeyRing(Vec<EscrowLeak>);

impl KeyRing {
    /// Somebody who has all of these.
    pub fn new(keys: impl IntoIterator<Item = EscrowPrivateKey>) -> Self {
        Self(keys.into_iter().map(EscrowLeak::new).collect())
    }
}

impl Attack for KeyRing {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        self.0
            .iter_mut()
            .map(|key| key.examine(envelope))
            .find(|exposure| matches!(exposure, Exposure::Read(_)))
            .unwrap_or(Exposure::MetadataOnly)
    }
}
