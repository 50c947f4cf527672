//! doormat
pub mod attack;
pub mod crypto;
pub mod escrow;
pub mod experiment;
pub mod mode;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod report;
pub mod tape;
pub mod transport;
