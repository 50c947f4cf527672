//! `doormat present`: its pages in a real browser, and its server byte for byte.

#![cfg(unix)]
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

mod access;
mod attacks;
mod ballot;
mod class;
mod gallery;
mod guard;
mod interrupted;
mod lesson;
mod speed;
mod state;
