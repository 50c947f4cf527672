//! A device, serialized and read again.

use zeroize::Zeroizing;

use super::state::Device;
use crate::crypto::secret_json;

impl Device {
    /// The device as JSON, with every secret in it.
    ///
    /// # Errors
    /// What the encoder says.
    ///
    /// # Security
    /// Save it before an envelope that it sealed leaves, and never go back to an
    /// older copy: a device rolled back seals two texts under one key.
    pub fn export(&self) -> Result<Zeroizing<Vec<u8>>, serde_json::Error> {
        secret_json(self)
    }

    /// A device that was serialized.
    ///
    /// # Errors
    /// [`ImportError`] if it is not one, or its public keys are not its own.
    pub fn import(json: &[u8]) -> Result<Self, ImportError> {
        let mut device: Self = serde_json::from_slice(json)?;
        let (agreement, signing) = (device.agreement.public(), device.signing.verifying_key());
        if *agreement != device.identity.agreement || signing != device.identity.signing {
            return Err(ImportError::Inconsistent);
        }
        device.active.retain(|peer, id| {
            let sessions = device.sessions.get(peer);
            sessions.is_some_and(|sessions| sessions.contains_key(id))
        });
        device.keep_bounds();
        Ok(device)
    }
}

/// Why bytes are not a serialized device.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It has another form.
    #[error("it is not a device: {0}")]
    Form(#[from] serde_json::Error),
    /// Its public keys do not belong to its private keys.
    #[error("it is damaged: its identity is not its keys'")]
    Inconsistent,
}
