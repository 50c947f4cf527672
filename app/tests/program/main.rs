//! The commands on files: other readers of them, large recordings, bad input.

#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod bad_input;
mod captures;
#[path = "../common/mod.rs"]
mod common;
mod decryptor;
mod encodings;
mod hostile_text;
mod maker;
mod matrix_families;
mod matrix_page;
mod officers;
mod scale;
#[path = "../../../tests/common/traffic.rs"]
mod traffic;
mod wireshark;
