//! Several escrow keys in one hand: a message is read if any of them opens it.

use super::{
    escrow_leak::EscrowLeak,
    observation::{Attacker, Exposure},
};
use crate::escrow::{EscrowPrivateKey, Share, combine};
use crate::protocol::Envelope;

/// An attacker, or an authority, with any number of escrow keys.
#[derive(Debug)]
pub struct KeyRing(Vec<EscrowLeak>);

impl KeyRing {
    /// Somebody who has all of these.
    pub fn new(keys: impl IntoIterator<Item = EscrowPrivateKey>) -> Self {
        Self(keys.into_iter().map(EscrowLeak::new).collect())
    }

    /// Somebody who has these shares of one key. As many as the threshold are the key.
    /// Fewer say nothing of it: for every key that there could be there is a polynomial
    /// through them. Each is tried as a key all the same.
    pub fn of_shares(shares: &[Share]) -> Self {
        match combine(shares) {
            Ok(combined) => Self::new([combined.key]),
            Err(_) => Self::new(
                shares
                    .iter()
                    .map(|share| EscrowPrivateKey::from_bytes(*share.value.as_bytes())),
            ),
        }
    }
}

impl Attacker for KeyRing {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        self.0
            .iter_mut()
            .map(|key| key.examine(envelope))
            .find(|exposure| matches!(exposure, Exposure::Read(_)))
            .unwrap_or(Exposure::MetadataOnly)
    }
}
