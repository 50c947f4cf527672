//! Typed primitives. This room knows nothing of people, modes or wires.
//!
//! | file | idea | source |
//! |---|---|---|
//! | [`keys`] | one type for each secret and purpose | spec §4 |
//! | [`kdf`] | every derivation, every label | RFC 5869, RFC 2104 |
//! | [`agreement`] | two people, one secret | RFC 7748 |
//! | [`signature`] | this key is mine | RFC 8032 |
//! | [`hpke`] | seal to somebody who is not here | RFC 9180 |
//!
//! Participants seal and open with the `chacha20poly1305` crate; attackers open
//! with `ring` (see [`crate::attack`]), so that two implementations of the cipher
//! must agree on every byte.
//!
//! # Security
//! Secrets are erased when these types are dropped. Copies that the libraries make
//! while they compute, on the stack and in their own key objects, are not.

pub mod agreement;
pub mod hpke;
pub mod kdf;
pub mod keys;
pub mod passphrase;
pub mod signature;

pub use agreement::{AgreementPublic, AgreementSecret, NonContributory};
pub use kdf::Label;
pub use keys::{ChainKey, HandshakeSecret, MessageKey, NotAuthentic, RootKey, SessionKey};
pub use signature::{BadSignature, Signature, SigningKey, VerifyingKey};

use rand::CryptoRng;

/// Draws `N` bytes from a generator that the caller chose.
pub fn random_bytes<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}
