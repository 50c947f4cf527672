//! One text that waits to be sent, as it is saved.

use serde::{Deserialize, Serialize};

use crate::transport::control::Digest;
use doormat::protocol::{Envelope, ModeId, Name, SessionId};

/// A text that the relay has not accepted yet.
#[derive(Serialize, Deserialize)]
pub(super) struct OutboxEntry {
    pub(super) to: Name,
    /// The mode it was typed in: it is sent in no other.
    pub(super) mode: ModeId,
    /// Empty if it only begins a new session.
    pub(super) text: String,
    /// The envelope, in hexadecimal, once there was a session to seal it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<String>,
    /// The number of the state's generation when it was sealed.
    #[serde(default)]
    pub(super) generation: u64,
    /// How often it has been sealed again.
    #[serde(default)]
    pub(super) resealed: u8,
    /// Its envelope's digest, once it was sent on the present connection.
    #[serde(skip)]
    pub(super) sent: Option<Digest>,
    /// Grows with each entry.
    #[serde(default)]
    pub(super) place: u64,
    /// It is kept aside from the state.
    #[serde(skip)]
    pub(super) aside: bool,
}

impl OutboxEntry {
    /// The session that it was sealed in.
    pub(super) fn session(&self) -> Option<SessionId> {
        let envelope = hex::decode(self.sealed.as_ref()?).ok()?;
        Some(Envelope::decode(&envelope).ok()?.header.session)
    }

    pub(super) fn unseal(&mut self) {
        (self.sealed, self.sent) = (None, None);
    }
}
