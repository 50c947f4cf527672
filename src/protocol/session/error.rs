//! Why a session refuses to seal or to open; each layer has an error of its own.

use crate::crypto::{NotAuthentic, hpke::HpkeRefused};
use crate::protocol::{
    chain::ChainError,
    disclosure::{ModeId, NotAdmitted},
    envelope::MAX_ACCESS_FIELDS,
    name::{Name, SessionId},
    schedule::{ScheduleError, ScheduleId},
    wire::{MAX_TEXT_BYTES, WireError},
};

/// Why a text was not sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Beyond the protocol's limit.
    #[error("a text of {length} bytes; the limit is {MAX_TEXT_BYTES}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// No session with this recipient yet.
    #[error("no session with {recipient} yet: fetch a key bundle first")]
    NoSession {
        /// To whom the text was.
        recipient: Name,
    },
    /// The schedule has no session key to send under.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The chain has no message key left.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The session key could not be sealed to an authority.
    #[error("the session key could not be sealed to an authority: {0}")]
    Disclosure(#[from] HpkeRefused),
    /// The session was begun in another mode.
    #[error("the session is in mode {expected}; begin another for {found}")]
    WrongMode {
        /// The session's mode.
        expected: ModeId,
        /// The mode that was asked for.
        found: ModeId,
    },
    /// More authorities than an envelope has room for.
    #[error("{count} access fields; an envelope carries at most {MAX_ACCESS_FIELDS}")]
    TooManyAccessFields {
        /// How many the mode disclosed.
        count: usize,
    },
    /// The envelope could not be put together.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// Why an envelope was not opened. The session is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Bytes that are no envelope.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// For somebody else.
    #[error("the envelope is for {found}, this device is {expected}'s")]
    WrongRecipient {
        /// This device's owner.
        expected: Name,
        /// Whom the envelope names.
        found: Name,
    },
    /// A session that this device does not have, without an opening to begin it.
    #[error("session {session} is not known and the envelope does not open it")]
    UnknownSession {
        /// The session that the envelope names.
        session: SessionId,
    },
    /// The opening names a prekey that this device does not have, or no longer.
    #[error("prekey {id} is not here: used up, or never this device's")]
    UnknownPrekey {
        /// The prekey's number.
        id: u32,
    },
    /// A name that has been somebody else until now.
    #[error("{name} comes with another identity than before: compare safety numbers")]
    IdentityChanged {
        /// Whose identity it is said to be.
        name: Name,
    },
    /// A session that this device has closed. Its opening may come again, and opens
    /// nothing a second time.
    #[error("session {session} was closed here")]
    SessionClosed {
        /// The session that the envelope names.
        session: SessionId,
    },
    /// The envelope says another mode than this device's.
    #[error("the envelope says mode {found}, this device speaks {expected}")]
    WrongMode {
        /// The device's mode.
        expected: ModeId,
        /// What the envelope says.
        found: ModeId,
    },
    /// The envelope says another schedule than the session's.
    #[error("the envelope says schedule {found}, the session has {expected}")]
    WrongSchedule {
        /// The session's schedule.
        expected: ScheduleId,
        /// What the envelope says.
        found: ScheduleId,
    },
    /// The schedule has no session key for this chain.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The chain has no key for this message.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The tag does not match.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    /// Authentic, but what it gives away is not what the mode asks for.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
}

impl OpenError {
    /// Whether the session that the envelope names cannot be expected to go on: one side
    /// has lost the state that the other relies on. Only a new session helps.
    pub const fn is_session_lost(&self) -> bool {
        match self {
            Self::UnknownSession { .. }
            | Self::UnknownPrekey { .. }
            | Self::SessionClosed { .. }
            | Self::Schedule(_)
            | Self::Chain(_)
            | Self::NotAuthentic(_) => true,
            Self::Wire(_)
            | Self::WrongRecipient { .. }
            | Self::IdentityChanged { .. }
            | Self::WrongMode { .. }
            | Self::WrongSchedule { .. }
            | Self::NotAdmitted(_) => false,
        }
    }
}
