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
mod driver;

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

/// Keys as WebDriver writes them.
mod keys {
    pub const PAGE_UP: char = '\u{e00e}';
    pub const PAGE_DOWN: char = '\u{e00f}';
    pub const END: char = '\u{e010}';
    pub const HOME: char = '\u{e011}';
    pub const LEFT: char = '\u{e012}';
    pub const RIGHT: char = '\u{e014}';
    pub const ESCAPE: char = '\u{e00c}';
    pub const ENTER: char = '\u{e007}';
}
