//! What can go wrong in an experiment.

use crate::crypto::passphrase::PassphraseError;
use crate::escrow::SplitError;
use crate::protocol::{
    OpenError, SealError,
    device::{BeginError, ImportError},
    name::NotAName,
};
use crate::tape::TapeError;
use crate::transport::TransportError;

/// Something in the experiment refused. With the parts of this crate that is a
/// defect: it is reported rather than passed over.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ExperimentError {
    #[error(transparent)]
    Name(#[from] NotAName),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Begin(#[from] BeginError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Tape(#[from] TapeError),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("a device could not be written down: {0}")]
    Written(#[from] serde_json::Error),
    #[error("this passphrase does not open the backup")]
    WrongPassphrase,
    #[error("there is nothing of the kind to steal")]
    NoLoot,
    #[error("nobody on this line has that name")]
    NoSuchPerson,
    #[error("a session id does not follow from the keys of its opening")]
    SessionId,
    #[error("a message did not arrive as it was sent")]
    Undelivered,
    #[error("an attack read something else than what was sent")]
    Misread,
    #[error("a thread of the experiment did not finish")]
    Thread,
}
