//! The only place that puts participants and attackers together.
//!
//! | file | idea |
//! |---|---|
//! | [`conversation`] | what is said |
//! | [`talk`] | two people, a tapped transport, one message at a time |
//! | [`scene`] | any number of people on one tapped line |
//! | [`recording`] | the conversation, carried and tapped |
//! | [`evaluation`] | what an attack saw of a tape, compared with what was said |
//! | [`leak`] | the headline: two modes, one leaked key |
//! | [`live`] | the headline, one message at a time, as it is typed |
//! | [`reach`] | which session keys and messages one stolen key opens |
//! | [`trace`] | one message, from the stolen key to its text, every value on the way |
//! | [`crowd`] | many such conversations on one tape |
//! | [`seed`] | one number, every byte |
//!
//! Results are measured, never asserted: each figure comes from really running
//! an attack on recorded bytes and comparing with what was sent.

pub mod conversation;
pub mod crowd;
mod custodian;
pub mod design;
pub mod evaluation;
pub mod leak;
pub mod live;
pub mod matrix;
pub mod reach;
pub mod recording;
pub mod scene;
pub mod seed;
pub mod talk;
pub mod trace;

pub use conversation::{Conversation, Line, NotAConversation};
pub use crowd::Crowd;
pub use evaluation::Evaluation;
pub use leak::LeakOutcome;
pub use live::Live;
pub use reach::Reach;
pub use recording::Recording;
pub use scene::Scene;
pub use talk::ExperimentError;
pub use trace::Trace;
