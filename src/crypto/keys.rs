//! One type for each secret and purpose, and the road from one to the next.
//!
//! ```text
//! HandshakeSecret ─┬─ ratchet ── RootKey ── RootKey ── …
//!                  │               └─ SessionKey ── ChainKey ── ChainKey ── …
//!                  │                                  └─ MessageKey  └─ MessageKey
//!                  └─ static ─── SessionKey ── MessageKey(0), MessageKey(1), …
//! ```
//!
//! A [`SessionKey`] is the hinge of the whole experiment: it starts a run of
//! messages in one direction, every message key of the run follows from it, and
//! it is the one thing that the escrow mode gives away.
//!
//! A [`ChainKey`] is consumed by the step that gives the next one, so that what
//! has been used cannot be used again: within a run, that is forward secrecy.

use super::kdf::{self, Label};
use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce, Tag,
    aead::{AeadInOut, KeyInit},
};
use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes that the cipher adds to a text: its authentication tag.
pub const TAG_BYTES: usize = 16;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// # Security
        /// 32 secret bytes: erased on drop, printed as the type's name only.
        #[derive(Clone, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
        pub struct $name(#[serde(with = "hex")] [u8; 32]);

        impl $name {
            /// Takes 32 bytes that are already uniformly random.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The secret itself.
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self(_) = self;
                f.write_str(stringify!($name))
            }
        }
    };
}

secret! {
    /// What the handshake leaves both sides with (spec §5.2).
    HandshakeSecret
}
secret! {
    /// What a turn of the ratchet mixes a new agreement into (spec §6.1).
    RootKey
}
secret! {
    /// Starts a run of messages in one direction (spec §6). What escrow gives away.
    SessionKey
}
secret! {
    /// The moving part of a run under the ratchet (spec §6.2).
    ChainKey
}
secret! {
    /// Seals exactly one message (spec §7).
    MessageKey
}

impl SessionKey {
    /// `chain_0 = HKDF-Expand(session_key, "doormat v1 chain", 32)` (spec §6.2)
    pub fn chain(&self) -> ChainKey {
        ChainKey(*kdf::expand(&self.0, Label::Chain, &[]))
    }

    /// `message_key_n = HKDF-Expand(session_key, "doormat v1 message" || n, 32)`,
    /// `n` as four bytes, big-endian (spec §6.3)
    pub fn message_key(&self, number: u32) -> MessageKey {
        MessageKey(*kdf::expand(&self.0, Label::Message, &number.to_be_bytes()))
    }
}

impl ChainKey {
    /// ```text
    /// message_key_n = HMAC-SHA256(chain_n, 0x01)
    /// chain_{n+1}   = HMAC-SHA256(chain_n, 0x02)
    /// ```
    /// (spec §6.2; the constants are the Double Ratchet's)
    pub fn step(self) -> (MessageKey, Self) {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        (
            MessageKey(kdf::hmac_sha256(&key, &[0x01])),
            Self(kdf::hmac_sha256(&key, &[0x02])),
        )
    }
}

/// The tag does not match: these bytes were not sealed under this key with this header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message does not authenticate under its key")]
pub struct NotAuthentic;

impl MessageKey {
    /// Seals `text` with ChaCha20-Poly1305 (RFC 8439 §2.8) and authenticates
    /// `header` with it; `text.len() + 16` bytes. The key seals once, so the
    /// nonce is twelve zero bytes (spec §7.2).
    ///
    /// # Panics
    /// Beyond 256 GiB of text.
    pub fn seal(self, header: &[u8], text: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(text.len() + TAG_BYTES);
        self.seal_onto(&mut sealed, header, text);
        sealed
    }

    /// [`Self::seal`], at the end of what is there already.
    ///
    /// # Panics
    /// Beyond 256 GiB of text.
    #[expect(
        clippy::expect_used,
        reason = "the cipher refuses texts beyond 256 GiB only"
    )]
    pub fn seal_onto(self, bytes: &mut Vec<u8>, header: &[u8], text: &[u8]) {
        let begin = bytes.len();
        bytes.extend_from_slice(text);
        let place = bytes.get_mut(begin..).unwrap_or_default();
        let tag = self
            .cipher()
            .encrypt_inout_detached(&Nonce::default(), header, place.into())
            .expect("a text that fits the cipher");
        bytes.extend_from_slice(&tag);
    }

    /// Opens what [`Self::seal`] sealed.
    ///
    /// # Errors
    /// [`NotAuthentic`] if header, ciphertext or key is not the sender's.
    pub fn open(
        &self,
        header: &[u8],
        ciphertext: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
        let (sealed, tag) = ciphertext
            .split_last_chunk::<TAG_BYTES>()
            .ok_or(NotAuthentic)?;
        let mut text = Zeroizing::new(sealed.to_vec());
        self.cipher()
            .decrypt_inout_detached(
                &Nonce::default(),
                header,
                text.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| NotAuthentic)?;
        Ok(text)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.0))
    }
}
