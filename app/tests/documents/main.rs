//! The documents, the pages and the rooms of the source, checked against the program.

#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod annotated;
mod book;
mod commands;
#[path = "../common/mod.rs"]
mod common;
mod options;
mod rooms;
mod threat_model;
