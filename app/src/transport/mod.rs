//! The transport over a network. Unlike the library's, it pushes envelopes to whoever is
//! connected. The bytes of an envelope are those of [`doormat::transport`].
//!
//! | file | idea |
//! |---|---|
//! | [`control`] | what client and relay say to each other besides envelopes |
//! | [`client`] | a device's side of a connection |
//! | [`admission`] | the bounds on connections that have not authenticated |
//! | [`relay`] | mailboxes and a directory of key bundles |

pub mod admission;
pub mod client;
pub mod control;
pub mod relay;
