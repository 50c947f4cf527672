//! Errors as the user sees them: what, where, and what to do. Only `cli` adds advice; the
//! library says what it expected and what came.

use std::{io, path::Path};

use miette::Diagnostic;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of our output closed it, as `head` does. Not an error.
    ClosedPipe,
    /// An error to show.
    User(Box<UserError>),
}

/// A message and what to do about it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(help("{help}"))]
pub(crate) struct UserError {
    message: String,
    help: String,
}

impl Failure {
    pub(crate) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::User(Box::new(UserError {
            message: message.into(),
            help: help.into(),
        }))
    }

    /// Something is wrong with a file.
    pub(crate) fn of_file(
        path: &Path,
        what: impl std::fmt::Display,
        help: impl Into<String>,
    ) -> Self {
        Self::new(format!("{}: {what}", path.display()), help)
    }

    /// Writing to standard output failed.
    pub(crate) fn of_stdout(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::new(
                format!("standard output: {error}"),
                "Check where the output goes; a full disk is the usual reason.",
            )
        }
    }
}
