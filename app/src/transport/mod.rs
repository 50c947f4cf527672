//! The transport over a network: a [`relay`] and its [`client`], which push rather than
//! wait to be asked, and speak the messages of [`control`] besides. The bytes of an
//! envelope are those of [`doormat::transport`].

pub mod client;
pub mod control;
pub mod relay;
