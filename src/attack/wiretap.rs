//! The wiretap alone: Eve has the tape and no key.
//!
//! She tries what she has. Every value of 32 bytes that crossed the wire in the
//! clear is tried as a session key and as a message key; a protocol that ever
//! sent one of its keys would fall here. What she always gets is metadata.

use super::{Attack, Exposure, opener};
use crate::crypto::{MessageKey, SessionKey};
use crate::protocol::Envelope;

/// No loot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wiretap;

impl Attack for Wiretap {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let number = envelope.header.number;
        let schedule = envelope.header.schedule;
        public_values(envelope)
            .into_iter()
            .flat_map(|value| {
                let (first, _) = schedule
                    .message_keys(&SessionKey::from_bytes(value))
                    .next(number);
                [first, MessageKey::from_bytes(value)]
            })
            .find_map(|key| opener::open(envelope, &key))
            .map_or(Exposure::MetadataOnly, Exposure::Read)
    }
}

/// Every 32 bytes of the header that are a field of their own.
fn public_values(envelope: &Envelope<'_>) -> Vec<[u8; 32]> {
    envelope
        .fields()
        .iter()
        .filter_map(|field| field.bytes.as_slice().try_into().ok())
        .collect()
}
