//! doormat's relay beside other servers that keep a message until its recipient
//! has it: one machine, loopback, one load.
//!
//! | file | idea |
//! |---|---|
//! | [`load`] | the load: the same for everybody, and what is counted |
//! | [`server`] | a server's process: its folder, its memory, its time |
//! | [`couples`] | devices, and envelopes sealed beforehand |
//! | [`doormat`], [`nats`], [`mosquitto`] | how each is started, and spoken to |
//! | [`table`] | the figures, side by side |
//! | `bin/relay.rs` | the rounds |
//!
//! There is no `main.rs` beside this file: the package above would take it for a
//! bench of its own.

pub mod couples;
pub mod doormat;
pub mod load;
pub mod mosquitto;
pub mod nats;
pub mod server;
pub mod table;

/// Whatever went wrong; a measurement that fails is not a measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
