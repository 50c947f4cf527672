//! Why a connection ends, and whether it is worth another try.

use crate::transport::{control::Reply, relay::store::StoreError};

/// Why a connection ends.
#[derive(Debug, thiserror::Error)]
pub(in crate::transport::relay) enum Goodbye {
    #[error("the connection was closed")]
    Closed,
    #[error("nothing was heard for too long")]
    Silent,
    #[error("the client reads too slowly")]
    Slow,
    #[error("this mailbox was opened elsewhere")]
    Replaced,
    #[error("the relay is stopping")]
    Stopping,
    #[error("answer the challenge first, with a hello")]
    NoHello,
    #[error("the signature does not answer the challenge")]
    BadProof,
    #[error("this relay asks for its join token, the one it printed when it was last started")]
    NoToken,
    #[error("not a message of this protocol: {0}")]
    Garbage(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Goodbye {
    pub(super) fn reply(&self) -> Reply {
        let retry = match self {
            Self::Store(error) => error.passes(),
            Self::Closed | Self::Silent | Self::Slow | Self::Stopping => true,
            _ => false,
        };
        let why = self.to_string();
        Reply::Refused { why, retry }
    }
}
