//! How session keys come and go.
//!
//! [`Ratchet`] agrees on a new session key whenever the conversation changes direction
//! and forgets the old one. [`Static`] keeps one for each direction for ever. Both
//! answer the same two questions, so that a session need not know which it has.

mod error;
mod ratchet;
#[path = "static.rs"]
mod static_;

pub use error::ScheduleError;
pub use ratchet::Ratchet;
pub use static_::Static;

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::{chain::MessageKeys, wire::leaf};
use crate::crypto::{AgreementPublic, AgreementSecret, HandshakeSecret, SessionKey};

/// A schedule's byte on the wire (spec §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TlsSerialize, TlsDeserializeBytes, TlsSize)]
#[repr(u8)]
pub enum ScheduleId {
    /// A new session key every turn.
    Ratchet = 1,
    /// One session key in each direction, for ever.
    Static = 2,
}

impl ScheduleId {
    /// The schedule's name on the command line and in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ratchet => "ratchet",
            Self::Static => "static",
        }
    }

    /// How message keys follow from a session key under this schedule.
    pub fn message_keys(self, session_key: &SessionKey) -> MessageKeys {
        match self {
            Self::Ratchet => MessageKeys::Chain(session_key.chain()),
            Self::Static => MessageKeys::Fixed(session_key.clone()),
        }
    }
}

impl std::fmt::Display for ScheduleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

leaf!(|it| Some(it.to_string()) => ScheduleId);

/// One side's state of a key schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum KeySchedule {
    /// See [`Ratchet`].
    Ratchet(Ratchet),
    /// See [`Static`].
    Static(Static),
}

impl KeySchedule {
    /// The initiator's side, after the handshake. `ephemeral` is the key of its
    /// opening, `prekey` the signed prekey of the bundle.
    pub fn initiator(
        id: ScheduleId,
        secret: &HandshakeSecret,
        ephemeral: &AgreementSecret,
        prekey: &AgreementPublic,
    ) -> Self {
        match id {
            ScheduleId::Ratchet => Self::Ratchet(Ratchet::initiator(secret, ephemeral, prekey)),
            ScheduleId::Static => {
                Self::Static(Static::initiator(secret, ephemeral.public(), prekey))
            }
        }
    }

    /// The responder's side: `prekey` is its own signed prekey, `ephemeral` the
    /// initiator's key.
    pub fn responder(
        id: ScheduleId,
        secret: &HandshakeSecret,
        prekey: &AgreementSecret,
        ephemeral: &AgreementPublic,
    ) -> Self {
        match id {
            ScheduleId::Ratchet => Self::Ratchet(Ratchet::responder(secret, prekey)),
            ScheduleId::Static => {
                Self::Static(Static::responder(secret, prekey.public(), ephemeral))
            }
        }
    }

    /// Which schedule this is.
    pub const fn id(&self) -> ScheduleId {
        match self {
            Self::Ratchet(_) => ScheduleId::Ratchet,
            Self::Static(_) => ScheduleId::Static,
        }
    }

    /// The session key of the next chain that this side sends, and the chain's public key.
    ///
    /// # Errors
    /// [`ScheduleError`] if the peer's public key is of low order or has not come yet.
    pub fn next_sending(
        &mut self,
        rng: &mut dyn CryptoRng,
    ) -> Result<(SessionKey, AgreementPublic), ScheduleError> {
        match self {
            Self::Ratchet(ratchet) => ratchet.next_sending(rng),
            Self::Static(keys) => Ok(keys.sending()),
        }
    }

    /// The session key of a chain that the peer begins under `public`, and this
    /// schedule as it will be once a message of the chain has authenticated.
    ///
    /// # Errors
    /// [`ScheduleError`] if the schedule has no such chain.
    pub fn next_receiving(
        &self,
        public: &AgreementPublic,
    ) -> Result<(Self, SessionKey), ScheduleError> {
        match self {
            Self::Ratchet(ratchet) => {
                let (next, key) = ratchet.next_receiving(public)?;
                Ok((Self::Ratchet(next), key))
            }
            Self::Static(keys) => Ok((self.clone(), keys.receiving(public)?)),
        }
    }

    /// Whether a chain of the peer's closes the chain that this side was sending.
    pub const fn peer_chain_closes_ours(&self) -> bool {
        matches!(self, Self::Ratchet(_))
    }
}
