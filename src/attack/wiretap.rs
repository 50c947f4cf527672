//! The wiretap alone: Eve has the tape and no key.
//!
//! She tries what she has. Every field of 32 bytes in an envelope is tried as its
//! session key and as its message key; a protocol that sent its key along would
//! fall here. What she always gets is metadata.

use super::{
    candidates,
    observation::{Attacker, Exposure},
};
use crate::protocol::Envelope;

/// No loot.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wiretap;

impl Attacker for Wiretap {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        candidates::try_all(envelope, &candidates::public_values(envelope))
    }
}
