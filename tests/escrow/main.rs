//! The far end of an access field: keys in custody, shares, epochs, the desk.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)]

mod clipper;
#[path = "../common/mod.rs"]
mod common;
mod custody;
mod desk;
mod epochs;
