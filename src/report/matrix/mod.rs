//! The exposure matrix, as a table, JSON, a page, and one cell at a time.

pub mod json;
pub mod summary;
pub mod table;
pub mod words;
