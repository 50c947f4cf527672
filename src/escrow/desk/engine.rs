//! The engine: the escrow key, and the one operation that it is for. It does not check
//! warrants: whoever reaches it can open any field, but none without the [`Witness`]
//! counting it.

use super::witness::Witness;
use crate::crypto::SessionKey;
use crate::escrow::authority::{AccessError, EscrowPrivateKey};
use crate::protocol::{AccessContext, AccessField, AuthorityPublic};

/// An escrow key that is used and never shown, as in a hardware security module.
#[derive(Debug)]
pub struct Engine {
    key: EscrowPrivateKey,
    witness: Witness,
}

impl Engine {
    /// Puts a key into an engine that this witness watches.
    pub const fn new(key: EscrowPrivateKey, witness: Witness) -> Self {
        Self { key, witness }
    }

    /// The key's public half.
    pub const fn public(&self) -> &AuthorityPublic {
        self.key.public()
    }

    /// Opens one access field (spec §8.3). The witness counts first, whatever comes of it.
    ///
    /// # Errors
    /// [`AccessError`] if it was sealed to somebody else, elsewhere, or damaged.
    pub fn open(
        &mut self,
        field: &AccessField,
        context: &AccessContext,
    ) -> Result<SessionKey, AccessError> {
        self.witness.count();
        self.key.open(field, context)
    }
}
