//! Errors as the user sees them: what, where, and what to do. Only `cli` adds advice; the
//! library says what it expected and what came.

use std::{borrow::Cow, io, path::Path};

use crate::text::{
    printable, printable_path,
    style::{ERROR, HELP, paint},
};

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
    /// Both, wrapped to so many columns. Neither has a style or a line's end of its own: what
    /// looks like one came with a path or with another's words.
    pub(super) fn rendered(&self, width: usize, unicode: bool) -> Vec<String> {
        let (cross, bar) = if unicode { ("×", "│") } else { ("x", "|") };
        let wrap = |text: &str, first: &str, next: &str| {
            let options = textwrap::Options::new(width.saturating_sub(2))
                .initial_indent(first)
                .subsequent_indent(next);
            textwrap::wrap(&printable(text), options)
                .into_iter()
                .map(Cow::into_owned)
                .collect::<Vec<_>>()
        };
        let [cross, bar] = [cross, bar].map(|it| format!("  {} ", paint(ERROR, it)));
        let mut lines = wrap(&self.message, &cross, &bar);
        lines.extend(wrap(&self.help, &paint(HELP, "  help: "), "        "));
        lines
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
        Self::new(format!("{}: {what}", printable_path(path)), help)
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
