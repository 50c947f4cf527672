//! Custody, split: `k` of `n` officers together have the escrow key, and fewer have
//! nothing (Shamir, *How to share a secret*, CACM 1979).
//!
//! A polynomial of degree below `k` is fixed by `k` of its points, and `k - 1` points
//! leave its value at 0 entirely open: for every key that there could be, there is one
//! polynomial through them. So the key is put at 0, the other coefficients are drawn
//! at random, and each officer gets a point. A coefficient of 0 may be drawn like any
//! other: leaving it out would rule keys out.
//!
//! What it protects is the key at rest. To be *used*, the key must be put together in
//! one place, and from that moment it is a whole key again: whoever is in that room, or
//! in that machine, has it. To those who wrote, it does not matter how many officers it took.

use std::num::NonZeroU8;

use rand::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{authority::EscrowPrivateKey, gf256};
use crate::crypto::{Label, kdf, random_bytes};
use crate::protocol::AuthorityPublic;

/// One officer's part of an escrow key (spec §8.5).
///
/// # Security
/// Below the threshold, values say nothing of the key, whatever is computed with them.
/// Public key and check say what they say of any key: no use without a guess.
#[derive(Clone)]
pub struct Share {
    /// Whose private key it is a part of.
    pub of: AuthorityPublic,
    /// How the key is known again when it is put together.
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

/// A share's 32 secret bytes.
///
/// # Security
/// Erased on drop; printed as its name only.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct ShareValue([u8; 32]);

impl ShareValue {
    /// Takes a value that was written down.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The value itself.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for ShareValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("ShareValue")
    }
}

/// The first 8 bytes of `SHA-256("doormat v1 share" || private key)`. The public key
/// would not do alone: X25519 passes over five bits of a private key, and a share
/// changed in one of them would go unnoticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCheck([u8; 8]);

impl KeyCheck {
    /// The check of these private bytes.
    pub fn of(private: &[u8; 32]) -> Self {
        Self(kdf::first(&kdf::hash(Label::Share, &[private])))
    }

    /// Takes a check that was written down.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Its 8 bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// A key is not split so.
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
