//! What several test files share.

#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing
)]

#[cfg(unix)]
pub mod ask;
#[cfg(unix)]
pub mod browser;
#[cfg(unix)]
pub mod client;
#[path = "../../../tests/common/docs.rs"]
pub mod docs;
#[cfg(unix)]
pub mod folder;
#[cfg(unix)]
pub mod lab;
#[cfg(unix)]
pub mod lesson;
#[cfg(unix)]
pub mod process;
#[cfg(unix)]
pub mod relay;
#[path = "../../../tests/common/world.rs"]
pub mod world;
