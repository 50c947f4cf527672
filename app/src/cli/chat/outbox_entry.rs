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

/// Of the entries to somebody in a mode that were set aside, the last that was sealed: those
/// before it were too.
#[derive(Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) to: Name,
    pub(super) mode: ModeId,
    pub(super) place: u64,
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

    pub(super) const fn waits_with_state(&self) -> bool {
        !self.aside && self.sealed.is_none()
    }
}

impl Taken {
    pub(super) fn is_for(&self, entry: &OutboxEntry) -> bool {
        self.to == entry.to && self.mode == entry.mode
    }
}
