//! Pictures, drawn by the program: SVG in which text is text.
//!
//! Each has a title and a description for those who do not see it, a ground of its own,
//! so that it is legible on a page of any colour, and a dark dress for those who asked
//! their system for one. What is open is filled and drawn with a thick line, what stays
//! shut is hollow and dashed: it holds without colour too.
//!
//! | file | idea |
//! |---|---|
//! | [`schedule`] | the keys of one conversation, and which of them a stolen one opens |
//! | [`flow`] | the way of a message, and where the attacker stands |
//! | [`timeline`] | what was asked for, and what became of it |

mod draw;
pub mod flow;
pub mod schedule;
pub mod timeline;

pub use draw::{Picture, STYLE};
