//! Trying values that might be keys.

use super::{chain_cursor::ChainCursor, observation::Exposure, opener};
use crate::crypto::{MessageKey, SessionKey};
use crate::protocol::{Envelope, wire::Field};

/// A guessed session key is followed this many steps along its chain.
const MAX_STEPS: u32 = 4096;

/// Each candidate as the envelope's session key, and as its message key.
pub(super) fn try_all(envelope: &Envelope<'_>, candidates: &[[u8; 32]]) -> Exposure {
    let header = &envelope.header;
    candidates
        .iter()
        .flat_map(|candidate| {
            let session_key = SessionKey::from_bytes(*candidate);
            let mut cursor = ChainCursor::new(header.schedule.message_keys(&session_key));
            let reached = (header.number < MAX_STEPS).then(|| cursor.key(header.number));
            [reached.flatten(), Some(MessageKey::from_bytes(*candidate))]
        })
        .flatten()
        .find_map(|key| opener::open(envelope, &key))
        .map_or(Exposure::MetadataOnly, Exposure::Read)
}

/// Every field of the envelope that is 32 bytes long: its public keys, its
/// session id.
pub(super) fn public_values(envelope: &Envelope<'_>) -> Vec<[u8; 32]> {
    values_of(&envelope.fields())
}

/// Every field that is 32 bytes long.
pub(super) fn values_of(fields: &[Field]) -> Vec<[u8; 32]> {
    fields
        .iter()
        .filter_map(|field| field.bytes.as_slice().try_into().ok())
        .collect()
}
