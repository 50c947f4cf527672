//! Ed25519 (RFC 8032): a device vouches for its own prekeys.

use rand::CryptoRng;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::{
    bytes::{bytes, random_bytes, secret},
    kdf::first,
};

bytes! {
    /// An Ed25519 public key, 32 bytes.
    VerifyingKey[32]: Debug,
    /// An Ed25519 signature, 64 bytes.
    Signature[64]: Debug
}
secret! {
    /// An Ed25519 private key: its seed. `ring` expands it anew for each signature, so
    /// that only the seed is kept.
    SigningKey
}

impl VerifyingKey {
    /// Checks a signature (RFC 8032 §5.1.7).
    ///
    /// # Errors
    /// [`BadSignature`] if it is not this key's over this message.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(message, &signature.0)
            .map_err(|_| BadSignature)
    }
}

impl SigningKey {
    /// Draws a new key: 32 bytes of `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(random_bytes(rng))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(first(self.pair().public_key().as_ref()))
    }

    /// Signs a message (RFC 8032 §5.1.6; deterministic).
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(first(self.pair().sign(message).as_ref()))
    }

    #[expect(
        clippy::expect_used,
        reason = "ring refuses a seed for its length only"
    )]
    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&self.0).expect("a seed of 32 bytes")
    }
}

/// The signature is not this key's over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not this key's over this message")]
pub struct BadSignature;
