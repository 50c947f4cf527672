//! Two rogues encrypt end-to-end inside the escrow mode: what they seal is already
//! sealed. Every access field is honest, every check passes, and the authority opens
//! each message and finds an envelope in it. Escrow reads those who let it.

use super::{Attack, Exposure};
use crate::protocol::Envelope;

/// An attacker who tries to open what she finds inside of what she opened.
#[derive(Debug)]
pub struct NestedDecryptor<A> {
    attack: A,
    peeled: usize,
}

impl<A: Attack> NestedDecryptor<A> {
    /// An attacker who goes on.
    pub const fn new(attack: A) -> Self {
        Self { attack, peeled: 0 }
    }

    /// In how many messages she found another envelope.
    pub const fn peeled(&self) -> usize {
        self.peeled
    }
}

impl<A: Attack> Attack for NestedDecryptor<A> {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        match self.attack.examine(envelope) {
            Exposure::Read(text) => match Envelope::decode(&text) {
                Ok(inner) => {
                    self.peeled = self.peeled.saturating_add(1);
                    self.attack.examine(&inner)
                }
                Err(_) => Exposure::Read(text),
            },
            Exposure::MetadataOnly => Exposure::MetadataOnly,
        }
    }
}
