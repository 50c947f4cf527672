//! Typed primitives. This room knows nothing of people, modes or wires.
//!
//! | file | idea | source |
//! |---|---|---|
//! | [`bytes`] | a type for each byte string | |
//! | [`keys`] | one type for each secret and purpose | spec §4 |
//! | [`kdf`] | every derivation, every label | RFC 5869, RFC 2104 |
//! | [`agreement`] | two public keys, one shared secret | RFC 7748 |
//! | [`signature`] | a device vouches for its prekeys | RFC 8032 |
//! | [`hpke`] | seal to the holder of a public key | RFC 9180 |
//! | [`passphrase`] | a key from a passphrase | RFC 9106 |
//! | [`generator`] | randomness that somebody else can compute | SP 800-90A |
//!
//! Participants seal and open with the `chacha20poly1305` crate; attackers open
//! with `ring` (see [`crate::attack`]), so that two implementations of the cipher
//! must agree on every byte.
//!
//! # Security
//! Secrets are erased when these types are dropped. Copies that the libraries make
//! while they compute, on the stack and in their own key objects, are not.

pub mod agreement;
pub mod bytes;
pub mod generator;
pub mod hpke;
pub mod kdf;
pub mod keys;
pub mod passphrase;
pub mod secret_json;
pub mod signature;

pub use agreement::{AgreementPublic, AgreementSecret, NonContributory};
pub use bytes::random_bytes;
pub use kdf::Label;
pub use keys::{ChainKey, HandshakeSecret, MessageKey, NotAuthentic, RootKey, SessionKey};
pub use secret_json::secret_json;
pub use signature::{BadSignature, Signature, SigningKey, VerifyingKey};
