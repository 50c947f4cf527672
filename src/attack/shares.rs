//! Some of the shares are stolen that an escrow key was split into.
//!
//! As many as the threshold are the key, wherever the others are. Fewer say nothing of
//! it: for every key that there could be there is a polynomial through them. The thief
//! of one tries it as a key all the same.

use super::KeyRing;
use crate::escrow::{EscrowPrivateKey, Share, combine};

impl KeyRing {
    /// Puts shares together, or makes of each what can be made of it.
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
