//! Why the store says no.

use std::io;

use rusqlite::ErrorCode;

/// Why the store did not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another identity has the name.
    #[error("this name belongs to another identity here")]
    NameTaken,
    /// The relay has as many names as it takes.
    #[error("the relay takes no more names")]
    TooManyNames,
    /// Nobody of that name has ever been here.
    #[error("nobody of that name has been here yet")]
    NoSuchName,
    /// The recipient has not read for a long time.
    #[error("the recipient's mailbox is full")]
    MailboxFull,
    /// The owner has published as many as are kept.
    #[error("no more key bundles are kept for one name")]
    TooManyPrekeys,
    /// No room.
    #[error("the relay's disk is full")]
    Full,
    /// A row that this program did not write.
    #[error("the database holds something that is not a relay's")]
    Foreign,
    /// Another relay has the folder.
    #[error("another relay is using it")]
    InUse,
    /// The folder cannot be locked.
    #[error("it cannot be locked: {0}")]
    Lock(io::Error),
    /// The store's thread has ended, or could not begin.
    #[error("the store has stopped")]
    Stopped,
    /// The thread could not be started.
    #[error("the store's thread could not be started: {0}")]
    Thread(io::Error),
    /// SQLite says no.
    #[error("the database says: {0}")]
    Database(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Database(error.to_string()),
        }
    }
}

impl StoreError {
    /// The same for everybody whose transaction failed.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full => Self::Full,
            Self::Database(what) => Self::Database(what.clone()),
            _ => Self::Stopped,
        }
    }

    /// Whether the same request may succeed later.
    pub const fn passes(&self) -> bool {
        matches!(
            self,
            Self::Full | Self::MailboxFull | Self::NoSuchName | Self::Stopped | Self::Database(_)
        )
    }
}
