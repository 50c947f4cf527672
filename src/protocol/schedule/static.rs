//! One session key in each direction, for ever, as with PGP: simple, and without
//! forward secrecy. Every message key follows from the session key and the
//! message's number alone, so the session key is in use as long as the
//! conversation lasts, and whoever gets it, from a phone or from an escrow
//! authority, has the past and the future.
//!
//! ```text
//! initiator's key = HKDF-Expand(secret, "doormat v1 static initiator", 32)
//! responder's key = HKDF-Expand(secret, "doormat v1 static responder", 32)
//! ```
//! (spec §6.3)

use serde::{Deserialize, Serialize};

use super::error::ScheduleError;
use crate::crypto::{AgreementPublic, HandshakeSecret, Label, SessionKey, kdf};

/// One side's two session keys. A chain's public key is the one its sender brought
/// to the handshake: it derives nothing, and keeps the wire format that of the ratchet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Static {
    ours: (SessionKey, AgreementPublic),
    theirs: (SessionKey, AgreementPublic),
}

impl Static {
    pub(super) fn initiator(
        secret: &HandshakeSecret,
        ephemeral: &AgreementPublic,
        prekey: &AgreementPublic,
    ) -> Self {
        Self {
            ours: (expand(secret, Label::StaticInitiator), *ephemeral),
            theirs: (expand(secret, Label::StaticResponder), *prekey),
        }
    }

    pub(super) fn responder(
        secret: &HandshakeSecret,
        prekey: &AgreementPublic,
        ephemeral: &AgreementPublic,
    ) -> Self {
        Self {
            ours: (expand(secret, Label::StaticResponder), *prekey),
            theirs: (expand(secret, Label::StaticInitiator), *ephemeral),
        }
    }

    pub(super) fn sending(&self) -> (SessionKey, AgreementPublic) {
        self.ours.clone()
    }

    pub(super) fn receiving(&self, public: &AgreementPublic) -> Result<SessionKey, ScheduleError> {
        let (key, expected) = &self.theirs;
        if public == expected {
            Ok(key.clone())
        } else {
            Err(ScheduleError::UnknownChain)
        }
    }
}

fn expand(secret: &HandshakeSecret, label: Label) -> SessionKey {
    SessionKey::from_bytes(*kdf::expand(secret.as_bytes(), label, &[]))
}
