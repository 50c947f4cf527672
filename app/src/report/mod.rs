//! Outcomes as text and JSON. Pure: nothing here reads, writes or attacks.
//!
//! Text has ANSI styles, which `cli` strips where the output is no terminal. No meaning is
//! carried by colour alone.

pub mod annotated;
pub mod cast;
pub mod coverage;
mod document;
pub mod fields;
pub mod json;
pub mod matrix;
pub mod picture;
pub mod reading;
pub mod story;
