//! A device: identity, prekeys and sessions. It is what a seizure takes, whole.

mod bounds;
mod closed_sessions;
mod serialized;
mod sessions;
mod state;

pub use bounds::{MAX_DEVICE_SKIPPED_KEYS, MAX_PEER_SESSIONS, MAX_PREKEYS, MAX_SESSIONS};
pub use closed_sessions::MAX_CLOSED_SESSIONS;
pub use serialized::ImportError;
pub use sessions::{BeginError, OpenedMessage};
pub use state::Device;
