//! The only place that puts participants and attackers together.
//!
//! | file | idea |
//! |---|---|
//! | [`conversation`] | what is said |
//! | [`network`] | people with a device each, on one line |
//! | [`recording`] | the conversation, carried and tapped |
//! | [`evaluation`] | what an attack saw of a tape, compared with what was said |
//! | [`leak`] | the headline: two modes, one leaked key |
//! | [`live`] | the headline, one message at a time, as it is typed |
//! | [`reach`] | which session keys and messages one stolen key opens |
//! | [`trace`] | one message, from the stolen key to its text, every value on the way |
//! | [`design`] | the columns of the matrix: data on independent axes |
//! | [`family`] | which of them stand in one table, and the question it answers |
//! | [`attacks`] | its rows: a file each, everything of an attack in it |
//! | `lying_relay` | a relay that hands out its own keys |
//! | `evidence`, `key_custody` | one conversation under a design, and what there was to steal |
//! | [`supply`] | what devices run and draw from, where that is not as published |
//! | [`outcome`], [`detection`] | what came of an attack, what can notice one |
//! | [`randomness`], [`build`] | what a laboratory tests, what a rebuild shows |
//! | [`matrix`] | every attack on every design |
//! | [`tables`] | every family's, each cell computed once |
//! | [`sweep`] | the same thefts at every moment |
//! | [`recovery`], [`cost`] | what escrow is wished for, and what it costs |
//! | [`crowd`] | many conversations on one tape |
//! | [`seed`] | one number, every byte |
//!
//! Results are measured, never asserted: each figure comes from really running
//! an attack on recorded bytes and comparing with what was sent.

// An axis or an attack that is forgotten somewhere must not compile.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod attacks;
pub mod build;
pub mod conversation;
pub mod cost;
pub mod crowd;
pub mod design;
pub mod detection;
mod error;
pub mod evaluation;
mod evidence;
pub mod family;
mod key_custody;
pub mod leak;
pub mod live;
mod lying_relay;
pub mod matrix;
pub mod network;
pub mod outcome;
pub mod randomness;
pub mod reach;
pub mod recording;
pub mod recovery;
pub mod seed;
mod setting;
pub mod supply;
pub mod sweep;
pub mod tables;
pub mod trace;

pub use conversation::{Conversation, Line, NotAConversation};
pub use crowd::Crowd;
pub use error::ExperimentError;
pub use evaluation::Evaluation;
pub use family::Family;
pub use leak::LeakOutcome;
pub use live::Live;
pub use lying_relay::LyingRelay;
pub use network::Network;
pub use reach::Reach;
pub use recording::Recording;
pub use setting::Setting;
pub use trace::Trace;
