//! A device's identity: two public keys. Whoever can put other keys in their place reads
//! everything, in either mode; two people notice it by comparing safety numbers.

use ring::digest;

use super::{name::Name, wire, wire::wire};
use crate::crypto::{AgreementPublic, Label, VerifyingKey};

wire! {
    /// A device's public identity, 64 bytes (spec §3.1).
    #[derive(Copy, Hash, serde::Serialize, serde::Deserialize)]
    pub struct Identity {
        #[doc = "Long-term X25519 key that the handshake authenticates; anyone on the wire can read it."]
        pub agreement: AgreementPublic,
        #[doc = "Long-term Ed25519 key that signs prekeys; anyone on the wire can read it."]
        pub signing: VerifyingKey,
    }
}

/// Sixty decimal digits that are the same on both devices when, and only when,
/// each holds the other's true identity (spec §3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafetyNumber(String);

/// Rounds of SHA-512 for each half: 5200, the number that Signal chose. It makes
/// a search for an identity with a similar number 5200 times dearer.
const ROUNDS: usize = 5200;

impl SafetyNumber {
    /// ```text
    /// half(name, identity):
    ///   h = label || name || identity
    ///   repeat 5200 times: h = SHA-512(h || name || identity)
    ///   digits = six times: next 5 bytes of h, big-endian, mod 100000, as 5 digits
    /// safety number = the smaller half, then the larger
    /// ```
    /// (spec §3.2)
    pub fn between(a: (&Name, &Identity), b: (&Name, &Identity)) -> Self {
        Self::of(&Fingerprint::of(a.0, a.1), &Fingerprint::of(b.0, b.1))
    }

    /// The same, of fingerprints that are known already.
    pub fn of(a: &Fingerprint, b: &Fingerprint) -> Self {
        let mut halves = [a.0.as_str(), b.0.as_str()];
        halves.sort_unstable();
        Self(halves.concat())
    }

    /// The sixty digits, without spaces.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SafetyNumber {
    /// Twelve groups of five digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, digit) in self.0.chars().enumerate() {
            if i > 0 && i % 5 == 0 {
                f.write_str(" ")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// One side's half of its safety numbers, thirty digits (spec §3.2): the same for every
/// contact, and some milliseconds of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of whoever has this name and identity.
    pub fn of(name: &Name, identity: &Identity) -> Self {
        let owner = [wire::encode(name), wire::encode(identity)].concat();
        let mut hash = [Label::Safety.as_bytes(), &owner].concat();
        for _ in 0..ROUNDS {
            hash.extend_from_slice(&owner);
            hash = digest::digest(&digest::SHA512, &hash).as_ref().to_vec();
        }
        let digits = hash
            .chunks_exact(5)
            .take(6)
            .map(|five| {
                let number = five.iter().fold(0_u64, |n, &byte| n << 8 | u64::from(byte));
                format!("{:05}", number % 100_000)
            })
            .collect();
        Self(digits)
    }
}
