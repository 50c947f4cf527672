//! X25519 (RFC 7748): two people who exchange public keys share a secret.

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::bytes::{bytes, random_bytes};

bytes! {
    /// An X25519 public key, 32 bytes. Any 32 bytes are one;
    /// [`AgreementSecret::agree`] refuses those of low order.
    AgreementPublic[32]: Debug
}

/// An X25519 private key, 32 bytes, with its public key at hand.
///
/// # Security
/// Erased on drop; printed as its name only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "SerializedSecret", into = "SerializedSecret")]
pub struct AgreementSecret {
    secret: StaticSecret,
    public: AgreementPublic,
}

impl AgreementSecret {
    /// Draws a new key: 32 bytes of `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_bytes(random_bytes(rng))
    }

    /// Takes a private key's 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let secret = StaticSecret::from(bytes);
        let public = AgreementPublic(PublicKey::from(&secret).to_bytes());
        Self { secret, public }
    }

    /// The private key's 32 bytes, before clamping.
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.secret.as_bytes()
    }

    /// The public half.
    pub const fn public(&self) -> &AgreementPublic {
        &self.public
    }

    /// `DH(self, theirs)`, 32 bytes.
    ///
    /// # Errors
    /// [`NonContributory`] if the result is all zero: then `theirs` is one of
    /// the points of low order, and whoever sent it chose the secret alone
    /// (RFC 7748 §6.1).
    pub fn agree(&self, theirs: &AgreementPublic) -> Result<SharedSecret, NonContributory> {
        let shared = self.secret.diffie_hellman(&PublicKey::from(theirs.0));
        if shared.was_contributory() {
            Ok(shared)
        } else {
            Err(NonContributory)
        }
    }
}

/// A private key as a device serializes it.
#[derive(Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
struct SerializedSecret(#[serde(with = "super::bytes::secret_hex")] [u8; 32]);

impl From<SerializedSecret> for AgreementSecret {
    fn from(serialized: SerializedSecret) -> Self {
        Self::from_bytes(serialized.0)
    }
}

impl From<AgreementSecret> for SerializedSecret {
    fn from(secret: AgreementSecret) -> Self {
        Self(*secret.as_bytes())
    }
}

impl std::fmt::Debug for AgreementSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { secret: _, public } = self;
        write!(f, "AgreementSecret(of {public:?})")
    }
}

/// A public key of low order: the agreement would be known to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a public key of low order would make the shared secret known to everybody")]
pub struct NonContributory;
