//! A good generator from a seed of 15 bits.
//!
//! From 2006 to 2008 a change in Debian's OpenSSL left the process number as all that a
//! generator was seeded with (CVE-2008-0166). Its bytes are as even as any,
//! and there are 32,768 possible streams of them.

use std::convert::Infallible;

use rand::{CryptoRng, SeedableRng, TryCryptoRng, TryRng, rngs::ChaCha20Rng};

use crate::crypto::{
    bytes::random_bytes,
    kdf::{self, Label},
};

/// How many seeds there are: 2^15, as there were process numbers.
pub const SEEDS: u16 = 1 << 15;

/// `ChaCha20Rng` from `SHA-256("doormat v1 low entropy" || seed)`, the seed as two
/// bytes, big-endian.
#[derive(Debug)]
pub struct LowEntropy(ChaCha20Rng);

impl LowEntropy {
    /// The stream of one of the [`SEEDS`]; only the seed's lower 15 bits count.
    pub fn from_seed(seed: u16) -> Self {
        let seed = (seed % SEEDS).to_be_bytes();
        let seed = kdf::hash(Label::LowEntropy, &[&seed]);
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// The stream of whatever process number this process was given.
    pub fn seeded(rng: &mut dyn CryptoRng) -> Self {
        Self::from_seed(u16::from_be_bytes(random_bytes(rng)))
    }
}

impl TryRng for LowEntropy {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(output)
    }
}

impl TryCryptoRng for LowEntropy {}
