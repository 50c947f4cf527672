//! One type for each secret and purpose, and how each follows from another.
//!
//! ```text
//! HandshakeSecret ─┬─ ratchet ── RootKey ── RootKey ── …
//!                  │               └─ SessionKey ── ChainKey ── ChainKey ── …
//!                  │                                  └─ MessageKey  └─ MessageKey
//!                  └─ static ─── SessionKey ── MessageKey(0), MessageKey(1), …
//! ```
//!
//! A [`SessionKey`] is what the two modes treat differently: it starts a chain of
//! messages in one direction (a *run* in the specification), every message key of the
//! chain follows from it, and the escrow mode discloses it.
//!
//! A [`ChainKey`] is consumed by the step that gives the next one, so that a message
//! key cannot be derived a second time: forward secrecy within a chain.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use ring::hmac;
use zeroize::Zeroizing;

use super::{
    bytes::secret,
    kdf::{self, Label},
};

/// Bytes that the cipher adds to a text: its authentication tag.
pub const TAG_BYTES: usize = 16;

secret! {
    /// What the handshake leaves both sides with (spec §5.2).
    HandshakeSecret,
    /// What a step of the DH ratchet mixes a new agreement into (spec §6.1).
    RootKey,
    /// Starts a chain of messages in one direction (spec §6); the escrow mode discloses it.
    SessionKey,
    /// The moving part of a chain under the ratchet (spec §6.2).
    ChainKey,
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
    #[expect(
        clippy::expect_used,
        reason = "the cipher refuses texts beyond 256 GiB only"
    )]
    pub fn seal(self, header: &[u8], text: &[u8]) -> Vec<u8> {
        let (msg, aad) = (text, header);
        self.cipher()
            .encrypt(&Nonce::default(), Payload { msg, aad })
            .expect("a text that fits the cipher")
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
        let (msg, aad) = (ciphertext, header);
        self.cipher()
            .decrypt(&Nonce::default(), Payload { msg, aad })
            .map(Zeroizing::new)
            .map_err(|_| NotAuthentic)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(&Key::from(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_has_a_tag_more_and_no_part_of_the_text_in_clear() {
        let key = MessageKey::from_bytes([7; 32]);
        for text in [[0x55; 8].as_slice(), &[0x55; 64], &[0x55; 4096]] {
            let sealed = key.clone().seal(b"header", text);
            assert_eq!(sealed.len(), text.len() + TAG_BYTES);
            assert!(sealed.windows(8).all(|window| window != [0x55; 8]));
            let opened = key.open(b"header", &sealed).expect("its own");
            assert_eq!(opened.as_slice(), text);
        }
    }

    #[test]
    fn a_ciphertext_shorter_than_its_tag_is_not_authentic() {
        let key = MessageKey::from_bytes([7; 32]);
        for length in 0..TAG_BYTES {
            assert_eq!(key.open(b"", &vec![0; length]), Err(NotAuthentic));
        }
    }
}
