//! What several test files share.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing
)]

#[cfg(all(unix, feature = "cli"))]
pub mod ask;
#[cfg(all(unix, feature = "cli"))]
pub mod browser;
pub mod docs;
#[cfg(all(unix, feature = "cli"))]
pub mod lab;
#[cfg(all(unix, feature = "cli"))]
pub mod lesson;
#[cfg(all(unix, feature = "cli"))]
pub mod line;
#[cfg(all(unix, feature = "cli"))]
pub mod process;
#[cfg(all(unix, feature = "cli"))]
pub mod relay;
pub mod world;
