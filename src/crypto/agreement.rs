//! X25519 (RFC 7748): two people who exchange public keys share a secret.

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};
use x25519_dalek::{PublicKey, SharedSecret, StaticSecret};

use super::random_bytes;

/// An X25519 public key, 32 bytes. Compared by its bytes.
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
pub struct AgreementPublic(#[serde(with = "hex")] [u8; 32]);

impl AgreementPublic {
    /// Any 32 bytes are a public key; [`AgreementSecret::agree`] refuses the harmful ones.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's 32 bytes, as on the wire.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for AgreementPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AgreementPublic({})", hex::encode(self.0))
    }
}

/// An X25519 private key, 32 bytes, with its public key at hand.
///
/// # Security
/// Erased on drop; printed as its name only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct AgreementSecret {
    secret: StaticSecret,
    public: AgreementPublic,
}

impl AgreementSecret {
    /// Draws a new key: 32 bytes of `rng`.
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self::from_bytes(random_bytes(rng))
    }

    /// Takes a key that was written down.
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

/// A private key as a device writes it down.
#[derive(Serialize, Deserialize)]
struct Written(#[serde(with = "hex")] [u8; 32]);

impl From<Written> for AgreementSecret {
    fn from(Written(bytes): Written) -> Self {
        Self::from_bytes(bytes)
    }
}

impl From<AgreementSecret> for Written {
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
