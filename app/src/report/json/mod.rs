//! Outcomes as JSON. The names are a promise: see `docs/commands.md`.

mod attack;
mod demo;
mod generated;
mod inspection;
mod message;

pub use attack::Attack;
pub use demo::Demo;
pub use generated::Generated;
pub use inspection::{Field, Inspection};
pub use message::{Line, Message};
