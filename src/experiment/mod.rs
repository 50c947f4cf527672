//! The only place that puts participants and attackers together.
//!
//! | file | idea |
//! |---|---|
//! | [`conversation`] | what is said |
//! | [`recording`] | the conversation, carried and tapped |
//! | [`leak`] | the headline: two modes, one leaked key |
//! | [`seed`] | one number, every byte |
//!
//! Results are measured, never asserted: each figure comes from really running
//! an attack on recorded bytes and comparing with what was sent.

pub mod conversation;
pub mod leak;
pub mod recording;
pub mod seed;

pub use conversation::{Conversation, Line, NotAConversation};
pub use leak::{LeakOutcome, Sight};
pub use recording::{ExperimentError, Recording};
