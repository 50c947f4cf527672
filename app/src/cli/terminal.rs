//! Standard output and standard error. Colour goes to terminals only, and not
//! where `NO_COLOR` is set.

use std::io::{self, Write};

use anstream::AutoStream;

use super::failure::Failure;

/// Prints lines to standard output.
pub(super) fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let choice = AutoStream::choice(&io::stdout());
    let mut out = AutoStream::new(Vec::new(), choice);
    // One write for all, so that whoever is cut off is not cut off within a line.
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
pub(super) fn width() -> usize {
    let term = console::Term::stdout();
    if term.is_term() {
        usize::from(term.size().1)
    } else {
        usize::MAX
    }
}

/// Prints without ending the line, and at once.
pub(super) fn prompt(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    write!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| Failure::of_stdout(&error))
}

/// Prints a value to standard output as one line of JSON.
pub(super) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string(value)
        .map_err(io::Error::from)
        .map_err(|error| Failure::of_stdout(&error))?;
    print([json])
}

/// Prints to standard error; nobody can be told if that fails.
pub(super) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", text.trim_end());
}
