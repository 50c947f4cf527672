//! Errors as the user sees them: what, where, and what to do. Only `cli` adds advice; the
//! library says what it expected and what came.

use std::{io, path::Path};

use anstyle::{AnsiColor, Style};

use crate::text::style::paint;

const MESSAGE: Style = AnsiColor::Red.on_default();
const HELP: Style = AnsiColor::Cyan.on_default();

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The reader of our output closed it, as `head` does. Not an error.
    ClosedPipe,
    /// An error to show.
    User(Box<UserError>),
}

/// A message and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UserError {
    message: String,
    help: String,
}

impl UserError {
    /// Both, wrapped to so many columns.
    pub(super) fn rendered(&self, width: usize, unicode: bool) -> String {
        let (cross, bar) = if unicode { ("×", "│") } else { ("x", "|") };
        let wrap = |text: &str, first: &str, next: &str| {
            let options = textwrap::Options::new(width.saturating_sub(2))
                .initial_indent(first)
                .subsequent_indent(next);
            textwrap::fill(text, options)
        };
        let [cross, bar] = [cross, bar].map(|it| format!("  {} ", paint(MESSAGE, it)));
        let message = wrap(&self.message, &cross, &bar);
        let help = wrap(&self.help, &paint(HELP, "  help: "), "        ");
        format!("{message}\n{help}")
    }
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
