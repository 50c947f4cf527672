//! Opens a message with `ring`, given its key.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

use crate::crypto::MessageKey;
use crate::protocol::Envelope;

/// The text, if this is the key of this envelope (spec §7.3).
pub(super) fn open(envelope: &Envelope<'_>, key: &MessageKey) -> Option<Vec<u8>> {
    open_with(
        key.as_bytes(),
        [0; 12],
        envelope.authenticated,
        envelope.ciphertext,
    )
}

/// ChaCha20-Poly1305 (RFC 8439 §2.8), by `ring`.
pub(super) fn open_with(
    key: &[u8; 32],
    nonce: [u8; 12],
    associated_data: &[u8],
    ciphertext: &[u8],
) -> Option<Vec<u8>> {
    let mut buffer = ciphertext.to_vec();
    let length = open_in_place(key, nonce, associated_data, &mut buffer)?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// The same where the ciphertext stands: the text takes the place of its beginning.
/// If it does not open, what stands there means nothing.
pub(super) fn open_in_place<'a>(
    key: &[u8; 32],
    nonce: [u8; 12],
    associated_data: &[u8],
    ciphertext: &'a mut [u8],
) -> Option<&'a mut [u8]> {
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).ok()?);
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.open_in_place(nonce, Aad::from(associated_data), ciphertext)
        .ok()
}
