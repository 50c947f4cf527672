//! The exposure matrix, as a table, JSON, a page, and one cell at a time.

pub mod describe;
pub mod explain;
pub mod facts;
pub mod json;
mod legend;
pub mod markdown;
pub mod page;
pub mod summary;
pub mod table;
pub mod words;
