//! Errors as the user meets them: what, where, and what to do. Only this room
//! adds advice; the library says what it expected and what came.

use std::{io, path::Path};

use anstyle::{AnsiColor, Style};

use super::terminal;
use crate::text::style::paint;

const MESSAGE: Style = AnsiColor::Red.on_default();
const HELP: Style = AnsiColor::Cyan.on_default();

/// Why a command ended early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever read our output has gone, as `head` does. Not an error.
    ClosedPipe,
    /// Something to tell.
    Told(Box<Told>),
}

/// A message and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Told {
    message: String,
    help: String,
}

impl Told {
    /// Prints both, wrapped to the terminal's width.
    pub(super) fn print(self) {
        let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
        let (cross, bar) = if supports_unicode::on(supports_unicode::Stream::Stderr) {
            ("×", "│")
        } else {
            ("x", "|")
        };
        let wrap = |text: &str, first: &str, next: &str| {
            let options = textwrap::Options::new(width.saturating_sub(2))
                .initial_indent(first)
                .subsequent_indent(next);
            textwrap::fill(text, options)
        };
        let [cross, bar] = [cross, bar].map(|it| format!("  {} ", paint(MESSAGE, it)));
        let message = wrap(&self.message, &cross, &bar);
        let help = wrap(&self.help, &paint(HELP, "  help: "), "        ");
        terminal::complain(&format!("{message}\n{help}"));
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
