//! A device: identity, prekeys and sessions. It is what a seizure takes, whole.

mod serialized;
mod sessions;
mod state;

pub use serialized::ImportError;
pub use sessions::{BeginError, OpenedMessage};
pub use state::{Device, MAX_ONE_TIME_PREKEYS, MAX_SESSIONS};
