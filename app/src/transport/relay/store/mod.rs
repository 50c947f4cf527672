//! What a relay keeps on disk: who owns which name, key bundles, and mail. [`sqlite`]
//! keeps it.

pub mod sqlite;

use std::io;

use crate::transport::control::Generation;
use doormat::protocol::Name;

/// Bounds on what is kept.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Envelopes waiting in one mailbox.
    pub mailbox: u32,
    /// One-time key bundles of one owner.
    pub prekeys: u32,
    /// Names in all.
    pub names: u32,
    /// Names of one identity.
    pub names_per_identity: u32,
    /// For how many later envelopes the digest of a received one is kept.
    pub digests: u32,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            mailbox: 10_000,
            prekeys: 100,
            names: 100_000,
            names_per_identity: 8,
            digests: 100_000,
        }
    }
}

/// What a mailbox's owner is told when it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailboxStatus {
    /// Whether its name was not known before.
    pub is_new: bool,
    /// Envelopes waiting.
    pub waiting: u64,
    /// One-time key bundles left.
    pub prekeys: u64,
    /// The generation of the owner's device, if it has told.
    pub generation: Option<Generation>,
}

/// A key bundle to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBundle {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether it is handed out once only.
    pub one_time: bool,
}

/// A key bundle that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedBundle {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// One-time key bundles of its owner's that are left, unless the asker was given one
    /// before.
    pub left: Option<u64>,
}

/// An envelope, and the addresses in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who sent it.
    pub sender: Name,
    /// Whose mailbox it is in.
    pub recipient: Name,
    /// Its bytes.
    pub envelope: Vec<u8>,
}

/// What there is in a mailbox after a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailRead {
    /// Envelopes, each with its position.
    Some(Vec<(i64, Mail)>),
    /// The next one is longer than was asked for: so many bytes.
    TooLong(usize),
}

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another identity has the name.
    #[error("this name belongs to another identity here")]
    NameTaken,
    /// The relay has as many names as it takes.
    #[error("the relay takes no more names")]
    TooManyNames,
    /// The identity has as many names as one may have.
    #[error("this identity has as many names here as one may have")]
    TooManyNamesOfIdentity,
    /// Many new names have come from its address since the relay was started.
    #[error("too many new names have come from this address")]
    TooManyNamesFromAddress,
    /// Nobody of that name has ever been here.
    #[error("nobody of that name has been here yet")]
    NoSuchName,
    /// The recipient has not read for a long time.
    #[error("the recipient's mailbox is full")]
    MailboxFull,
    /// The owner has published as many as are kept.
    #[error("no more key bundles are kept for one name")]
    TooManyPrekeys,
    /// The disk is full.
    #[error("the relay's disk is full")]
    DiskFull,
    /// A row that this program did not write.
    #[error("the database holds something that is not a relay's")]
    Foreign,
    /// Another relay has the folder.
    #[error("another relay is using it")]
    InUse,
    /// The folder cannot be locked.
    #[error("it cannot be locked: {0}")]
    Lock(io::Error),
    /// The database's file cannot be made.
    #[error("its files cannot be opened: {0}")]
    Files(io::Error),
    /// The store's thread has ended.
    #[error("the store has stopped")]
    Stopped,
    /// The thread could not be started.
    #[error("the store's thread could not be started: {0}")]
    Thread(io::Error),
    /// Any other error of the database.
    #[error("the database says: {0}")]
    Database(String),
}

impl StoreError {
    /// Whether the same request may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::DiskFull
            | Self::MailboxFull
            | Self::NoSuchName
            | Self::Stopped
            | Self::Database(_) => true,
            Self::NameTaken
            | Self::TooManyNames
            | Self::TooManyNamesOfIdentity
            | Self::TooManyNamesFromAddress
            | Self::TooManyPrekeys
            | Self::Foreign
            | Self::InUse
            | Self::Lock(_)
            | Self::Files(_)
            | Self::Thread(_) => false,
        }
    }
}
