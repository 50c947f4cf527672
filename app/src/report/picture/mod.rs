//! Pictures, drawn by the program: SVG in which text is text.
//!
//! Each has a title and a description for screen readers, a background of its own, so that
//! it is legible on a page of any colour, and a dark variant for systems that prefer one.
//! What was opened is filled and drawn with a thick line, what was not is hollow and dashed,
//! so that the difference does not depend on colour.
//!
//! | file | idea |
//! |---|---|
//! | [`schedule`] | the keys of one conversation, and which of them a stolen key opens |
//! | [`flow`] | the path of a message, and where the attacker stands |
//! | [`timeline`] | thirty years of demands for spare keys, and of incidents |

mod draw;
pub mod flow;
pub mod schedule;
pub mod timeline;

pub use draw::{Picture, STYLE};
