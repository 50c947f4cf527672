//! Custody, by epoch: a new escrow key for each epoch, and the old one destroyed.
//!
//! Destroying keys is the only custody that protects the past: a thief, a court and the
//! authority itself then find a key that opens nothing sealed before it. The promised
//! access ends with the same key: what is not opened within its epoch cannot be opened
//! later.
//!
//! It has three limits. Nobody outside can verify that no copy of a destroyed key exists.
//! An epoch ends only when every participant has the next public key. And since an access
//! field is sealed once for each session key, the authority cannot open a session key that
//! outlives its epoch, as one of the static schedule does.

use rand::CryptoRng;

use super::authority::{AccessError, EscrowPrivateKey};
use crate::crypto::SessionKey;
use crate::protocol::{AccessContext, AccessField, AuthorityId, AuthorityPublic};

/// An authority with the key of this epoch and none of earlier ones.
#[derive(Debug)]
pub struct Epochs {
    current: EscrowPrivateKey,
    past: Vec<AuthorityId>,
}

impl Epochs {
    /// Epoch 0: draws its key, 32 bytes of `rng`.
    pub fn begin(rng: &mut dyn CryptoRng) -> Self {
        Self {
            current: EscrowPrivateKey::generate(rng),
            past: Vec::new(),
        }
    }

    /// The next epoch: draws its key, 32 bytes of `rng`, and destroys the old one.
    #[must_use]
    pub fn advance(self, rng: &mut dyn CryptoRng) -> Self {
        let Self { current, mut past } = self;
        past.push(current.public().id());
        drop(current);
        Self {
            current: EscrowPrivateKey::generate(rng),
            past,
        }
    }

    /// Which epoch it is, from 0.
    pub fn number(&self) -> usize {
        self.past.len()
    }

    /// What participants seal to in this epoch.
    pub const fn public(&self) -> &AuthorityPublic {
        self.current.public()
    }

    /// The one private key that there is: what a thief finds today.
    pub const fn private(&self) -> &EscrowPrivateKey {
        &self.current
    }

    /// Opens an access field of this epoch.
    ///
    /// # Errors
    /// [`EpochError::Destroyed`] if it was sealed in an earlier one.
    pub fn open(
        &self,
        field: &AccessField,
        context: &AccessContext,
    ) -> Result<SessionKey, EpochError> {
        match self.past.iter().position(|past| *past == field.authority) {
            Some(epoch) => Err(EpochError::Destroyed {
                epoch,
                now: self.number(),
            }),
            None => Ok(self.current.open(field, context)?),
        }
    }
}

/// Why an access field did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// Its key is gone.
    #[error("sealed in epoch {epoch}, whose key was destroyed; this is epoch {now}")]
    Destroyed {
        /// The field's epoch.
        epoch: usize,
        /// This one.
        now: usize,
    },
    /// It is none of ours, or damaged.
    #[error(transparent)]
    Access(#[from] AccessError),
}
