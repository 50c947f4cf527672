//! Custody, split: `k` of `n` officers together have the escrow key, and fewer have
//! nothing (Shamir, *How to share a secret*, CACM 1979).
//!
//! A polynomial of degree below `k` is fixed by `k` of its points, and `k - 1` points
//! leave its value at 0 entirely open: for every key that there could be, there is one
//! polynomial through them. So the key is put at 0, the other coefficients are drawn
//! at random, and each officer gets a point. A coefficient of 0 may be drawn like any
//! other: leaving it out would rule keys out.
//!
//! It protects the key at rest. To be *used*, the key must be put together in one place,
//! and then it is a whole key again: whoever controls that machine has it. For the people
//! whose messages it opens, the number of officers makes no difference.

use std::num::NonZeroU8;

use rand::CryptoRng;
use zeroize::Zeroizing;

use super::{authority::EscrowPrivateKey, gf256};
use crate::crypto::{
    Label,
    bytes::{bytes, random_bytes, secret},
    kdf,
};
use crate::protocol::AuthorityPublic;

/// One officer's part of an escrow key (spec §8.5).
///
/// # Security
/// Fewer values than the threshold are independent of the key. Public key and check
/// confirm a guess of it, as any public key does.
#[derive(Clone)]
pub struct Share {
    /// Whose private key it is a part of.
    pub of: AuthorityPublic,
    /// By what the key is verified when it is put together.
    pub check: KeyCheck,
    /// How many shares it takes.
    pub threshold: u8,
    /// Which share: the `x` of its point. At 0 there is the key itself.
    pub index: NonZeroU8,
    /// The `y` of its point, for each byte of the key.
    pub value: ShareValue,
}

/// ```text
/// row_0 = escrow private key;  row_1 … row_{k-1} = random
/// share i = row_0 + row_1 i + … + row_{k-1} i^{k-1}        for i = 1 … n, byte by byte in GF(2⁸)
/// ```
/// (spec §8.5). Draws `32 (k - 1)` bytes of `rng`.
///
/// # Errors
/// [`SplitError`] unless `2 <= threshold <= shares`.
pub fn split(
    key: &EscrowPrivateKey,
    threshold: u8,
    shares: u8,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<Share>, SplitError> {
    if threshold < 2 {
        return Err(SplitError::Copies { threshold });
    }
    if shares < threshold {
        return Err(SplitError::OutOfReach { threshold, shares });
    }
    let mut rows = Zeroizing::new(Vec::with_capacity(usize::from(threshold)));
    rows.push(*key.secret().as_bytes());
    rows.extend((1..threshold).map(|_| random_bytes::<32>(rng)));
    let check = KeyCheck::of(key.secret().as_bytes());
    Ok((1..=shares)
        .filter_map(NonZeroU8::new)
        .map(|index| Share {
            of: *key.public(),
            check,
            threshold,
            index,
            value: ShareValue(*gf256::evaluate(&rows, index.get())),
        })
        .collect())
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            of,
            check: _,
            threshold,
            index,
            value: _,
        } = self;
        write!(f, "Share({index} of {}, {threshold} needed)", of.id())
    }
}

secret! {
    /// A share's value.
    #[derive(PartialEq, Eq)]
    ShareValue
}

bytes! {
    /// The first 8 bytes of `SHA-256("doormat v1 share" || private key)`. The public key
    /// alone does not do: X25519 ignores five bits of a private key, so that a share
    /// changed in one of them would go unnoticed.
    #[derive(Debug)]
    KeyCheck[8]
}

impl KeyCheck {
    /// The check of these private bytes.
    pub fn of(private: &[u8; 32]) -> Self {
        Self(kdf::first(&kdf::hash(Label::Share, &[private])))
    }
}

/// Why a key is not split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// One share would be enough.
    #[error(
        "with a threshold of {threshold} every share would be a copy of the key; it is 2 at least"
    )]
    Copies {
        /// The threshold that was asked for.
        threshold: u8,
    },
    /// All shares would not be enough.
    #[error("{shares} shares would never reach a threshold of {threshold}")]
    OutOfReach {
        /// The threshold that was asked for.
        threshold: u8,
        /// The shares that were asked for.
        shares: u8,
    },
}
