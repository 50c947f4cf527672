//! Argon2id (RFC 9106): a key from a passphrase. Each guess costs a thief as much
//! memory and time as it costs the owner.

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::keys::MessageKey;

/// Memory in KiB, passes and lanes: the second of the two settings that RFC 9106 §4
/// recommends, 64 MiB.
const COST: (u32, u32, u32) = (64 * 1024, 3, 4);

/// `Argon2id(passphrase, salt)`, 32 bytes: seals one backup.
///
/// # Errors
/// [`PassphraseError`] if the passphrase is longer than Argon2 takes.
///
/// # Security
/// A salt must be drawn anew for each backup: key and nonce are then used once.
pub fn key(passphrase: &str, salt: &[u8; 16]) -> Result<MessageKey, PassphraseError> {
    let (memory, passes, lanes) = COST;
    let mut key = Zeroizing::new([0; 32]);
    Params::new(memory, passes, lanes, Some(32))
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                passphrase.as_bytes(),
                salt,
                key.as_mut(),
            )
        })
        .map_err(|_| PassphraseError)?;
    Ok(MessageKey::from_bytes(*key))
}

/// Argon2 refused its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key can be made of this passphrase")]
pub struct PassphraseError;
