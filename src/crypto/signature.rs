//! Ed25519 (RFC 8032): a device vouches for its own prekeys.

use super::random_bytes;
use rand::CryptoRng;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::kdf::first;

/// An Ed25519 public key, 32 bytes.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    TlsSerialize,
    TlsDeserializeBytes,
    TlsSize,
)]
pub struct VerifyingKey(#[serde(with = "hex")] [u8; 32]);

impl VerifyingKey {
    /// Takes a key as it stood on the wire.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

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

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({})", hex::encode(self.0))
    }
}

/// An Ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, TlsSerialize, TlsDeserializeBytes, TlsSize)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes a signature as it stood on the wire.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The signature's 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signature({})", hex::encode(self.0))
    }
}

/// An Ed25519 private key: its seed, 32 bytes. `ring` expands it anew for each
/// signature, so that only the seed is kept.
///
/// # Security
/// Erased on drop; printed as its name only.
#[derive(Clone, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
pub struct SigningKey(#[serde(with = "hex")] [u8; 32]);

impl SigningKey {
    /// Draws a new key: 32 bytes of `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(random_bytes(rng))
    }

    /// Takes a seed that was written down.
    pub const fn from_bytes(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The seed's 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
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

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("SigningKey")
    }
}

/// The signature is not this key's over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not this key's over this message")]
pub struct BadSignature;
