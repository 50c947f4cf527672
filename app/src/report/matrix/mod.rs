//! The exposure matrix. [`view`] says what there is to show of one table, [`sections`] and
//! [`summary`] of several; a terminal, Markdown, a page, JSON and the projector draw it, and
//! [`explain`] tells one cell.

// An axis or an attack that is forgotten somewhere must not compile.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod explain;
mod facts;
pub mod json;
mod legend;
pub mod markdown;
mod overview;
pub mod page;
pub mod printout;
pub mod sections;
pub mod summary;
pub mod table;
pub mod view;
