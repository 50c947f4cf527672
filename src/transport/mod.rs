//! The transport: carries envelopes and published key bundles as opaque bytes between
//! addresses. Both modes share it.
//!
//! Experiments use [`memory`], with a [`tap`] around it: that is where Eve listens, and
//! neither side can detect it. People use the relay of the program, which pushes messages
//! instead of being polled. The bytes of an envelope are the same on both.

pub mod interface;
pub mod memory;
pub mod tap;

pub use interface::{Address, RELAY, Transport, TransportError};
pub use memory::Memory;
pub use tap::Tap;
