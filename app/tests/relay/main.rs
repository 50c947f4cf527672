//! The relay and the chat as real processes, over loopback. What was accepted arrives
//! once, whichever process is killed; no client can stop the relay from serving others.

#![cfg(unix)]
#![allow(
    clippy::as_conversions,
    clippy::cloned_ref_to_slice_refs,
    clippy::print_stdout,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "../common/mod.rs"]
mod common;

mod abuse;
mod admission;
mod chat;
mod dead_line;
mod delivery;
mod disk;
mod flood;
mod identity;
mod killed;
mod lying_relay;
mod memory;
mod prekeys;
mod publishing;
mod rolled_back;
mod screen;
mod stolen;
mod stop;
mod store;
mod strangers;
