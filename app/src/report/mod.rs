//! Outcomes as text and JSON. Pure: nothing here reads, writes or attacks.
//!
//! Text is written with ANSI styles; the terminal room strips them where they do
//! not belong. No meaning is carried by colour alone.

pub mod annotated;
pub mod cast;
mod document;
pub mod fields;
pub mod json;
pub mod matrix;
pub mod picture;
pub mod reading;
pub mod story;
