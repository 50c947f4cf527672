//! The relay and the chat: real processes, over loopback. What was accepted arrives
//! once, whatever is killed; and no client can stop the relay from serving others.

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
mod chat;
mod crash;
mod delivery;
mod digests;
mod disk;
mod door;
mod identity;
mod killed;
mod stolen;
mod stop;
mod strangers;
