//! What several test files share.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used
)]

pub mod docs;
