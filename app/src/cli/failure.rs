//! Errors as the user meets them: what, where, and what to do. Only this room
//! adds advice; the library says what it expected and what came.

use std::{io, path::Path};

use miette::Diagnostic;

use super::terminal;

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever read our output has gone, as `head` does. Not an error.
    ClosedPipe,
    /// Something to tell.
    Told(Box<Told>),
}

/// A message and what to do about it.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
#[diagnostic(help("{help}"))]
pub(super) struct Told {
    message: String,
    help: String,
}

impl Told {
    pub(super) fn print(self) {
        terminal::complain(&format!("{:?}", miette::Report::new(self)));
    }
}

impl Failure {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Told(Box::new(Told {
            message: message.into(),
            help: help.into(),
        }))
    }

    /// Something is wrong with a file.
    pub(super) fn of_file(
        path: &Path,
        what: impl std::fmt::Display,
        help: impl Into<String>,
    ) -> Self {
        Self::new(format!("{}: {what}", path.display()), help)
    }

    /// Writing to standard output failed.
    pub(super) fn of_stdout(error: &io::Error) -> Self {
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
