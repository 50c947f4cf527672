//! Two people encrypt end-to-end inside the escrow mode: what they seal is already
//! sealed. Every access field is honest, every check passes, and the authority opens
//! each message and finds an envelope in it.

use super::observation::{Attacker, Exposure};
use crate::protocol::Envelope;

/// An attacker who tries to open what she finds inside of what she opened.
#[derive(Debug)]
pub struct NestedDecryptor<A> {
    attack: A,
    nested: usize,
}

impl<A: Attacker> NestedDecryptor<A> {
    /// An attacker who goes on.
    pub const fn new(attack: A) -> Self {
        Self { attack, nested: 0 }
    }

    /// In how many messages she found another envelope.
    pub const fn nested(&self) -> usize {
        self.nested
    }
}

impl<A: Attacker> Attacker for NestedDecryptor<A> {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        match self.attack.examine(envelope) {
            Exposure::Read(text) => match Envelope::decode(&text) {
                Ok(inner) => {
                    self.nested += 1;
                    self.attack.examine(&inner)
                }
                Err(_) => Exposure::Read(text),
            },
            Exposure::MetadataOnly => Exposure::MetadataOnly,
        }
    }
}
