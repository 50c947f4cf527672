//! Standard output and standard error. Colour goes to terminals only, and not
//! where `NO_COLOR` is set.

use std::io::{self, Write};

use anstream::AutoStream;

use super::failure::{Failure, UserError};

/// Prints lines to standard output.
pub(crate) fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let choice = AutoStream::choice(&io::stdout());
    let mut out = AutoStream::new(Vec::new(), choice);
    // One write for all lines, so that a process that is killed leaves no part of a line.
    lines
        .into_iter()
        .try_for_each(|line| writeln!(out, "{line}"))
        .and_then(|()| {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&out.into_inner())?;
            stdout.flush()
        })
        .map_err(|error| Failure::of_stdout(&error))
}

/// The columns of the terminal on standard output; no limit where there is none.
pub(crate) fn width() -> usize {
    let term = console::Term::stdout();
    if term.is_term() {
        usize::from(term.size().1)
    } else {
        usize::MAX
    }
}

/// Prints without ending the line, and at once.
pub(crate) fn prompt(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::of_stdout(&error))
}

/// Prints a value to standard output as one line of JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print([json(value)?])
}

/// A value as one line of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::of_stdout(&error.into()))
}

/// Prints an error, and what to do about it, to standard error.
pub(crate) fn print_user_error(error: &UserError) {
    let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    let unicode = supports_unicode::on(supports_unicode::Stream::Stderr);
    print_error(&error.rendered(width, unicode));
}

/// Prints to standard error. If that fails, nothing is left to report it to.
pub(crate) fn print_error(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", text.trim_end());
}
