//! What doormat costs, beside others and beside the bare cryptography: everything
//! that `docs/performance.md` says, measured in one run.
//!
//! | file | idea |
//! |---|---|
//! | [`session`] | sealing and opening, beside another ratchet and beside a bare one |
//! | [`attack`] | one stolen key against recordings of growing size |
//! | [`relay`] | the relay beside servers that keep a message until its recipient has it |
//! | [`load`] | its load: the same for everybody, and what is counted |
//! | [`server`] | a server's process: its folder, its memory, its time |
//! | [`flood`] | the relay under abuse: floods, and an honest couple beside them |
//! | [`couples`] | devices, and envelopes sealed beforehand |
//! | [`doormat`], [`nats`], [`mosquitto`] | how each server is started, and spoken to |
//! | [`table`] | the servers' figures, side by side |
//! | [`rounds`], [`clock`], [`machine`] | rounds, processor time, and on what |
//! | [`binary`] | the program that is measured, built as it stands |
//! | [`plot`], [`page`] | the figures as pictures, and as a page to read |
//!
//! `bin/report.rs` writes the page, `bin/relay.rs` only the relay's table. There is no
//! `main.rs` beside this file: the package above would take it for a bench of its own.

pub mod attack;
pub mod binary;
pub mod clock;
pub mod couples;
pub mod doormat;
pub mod flood;
pub mod load;
pub mod machine;
pub mod mosquitto;
pub mod nats;
pub mod page;
pub mod plot;
pub mod relay;
pub mod rounds;
pub mod server;
pub mod session;
pub mod table;

/// Whatever went wrong; a measurement that fails is not a measurement.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
