//! Why a schedule has no session key.

use crate::crypto::NonContributory;

/// Why a schedule has no session key for a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// A public key of low order.
    #[error(transparent)]
    NonContributory(#[from] NonContributory),
    /// A responder has no key to send under before it has received.
    #[error("nothing has come from the peer yet, so there is no key to answer under")]
    NothingReceived,
    /// A static schedule has one chain in each direction, and this is another.
    #[error("a run under a public key that this session does not have")]
    UnknownChain,
}
