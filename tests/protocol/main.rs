//! What crosses the wire: every byte as specified, delivered or refused.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod bounds;
mod capture_files;
mod captures;
#[path = "../common/mod.rs"]
mod common;
mod connections;
mod delivery;
mod generators;
mod modes;
mod published_vectors;
mod reading;
mod refusals;
mod spec;
mod tape;
#[path = "../common/traffic.rs"]
mod traffic;
