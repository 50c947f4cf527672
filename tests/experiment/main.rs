//! What is measured: the leak, the matrix, every theft at every moment.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

#[path = "../common/mod.rs"]
mod common;
mod controls;
mod family;
mod hostile_tapes;
mod leak;
mod maker;
mod matrix;
mod recovery;
mod seizure;
mod sweep;
