//! Standard output and standard error. Colour goes to terminals only, and not
//! where `NO_COLOR` is set.
//!
//! Everything that is printed passes [`rows`] or [`printable_json`]: no text, whoever wrote
//! it, steers the terminal, and none begins a line that it was not given.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anstream::{AutoStream, stream::RawStream};
use clap::error::{ContextKind, ContextValue};
use console::Term;

use super::failure::{Failure, UserError};
use crate::text::{hanging, printable, printable_json, terminal_line};

/// Prints lines to standard output. An item is one line, whatever is in it; on a terminal
/// one that is wider than the window is broken into rows.
pub(crate) fn print(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let width = width();
    let rows = lines.into_iter().flat_map(|line| rows(&line, width));
    write(io::stdout(), rows).map_err(|error| Failure::of_stdout(&error))
}

/// Prints lines that are to be copied, and are not broken.
pub(crate) fn print_unbroken(lines: impl IntoIterator<Item = String>) -> Result<(), Failure> {
    let lines = lines.into_iter().map(|line| terminal_line(&line));
    write(io::stdout(), lines).map_err(|error| Failure::of_stdout(&error))
}

/// Prints a line to standard error. If that fails, nothing is left to report it to.
pub(crate) fn print_error(line: &str) {
    let _ = write(io::stderr(), rows(line, width_of(&Term::stderr())));
}

/// A line as rows for the terminal on standard output, of which those after the first are
/// indented. It begins with a mark, which is an escape wherever else it is: a window that
/// becomes narrower breaks rows anew, and then only a row with the mark begins a line.
pub(crate) fn marked(line: &str, indent: usize, width: usize) -> Vec<String> {
    let unicode = supports_unicode::on(supports_unicode::Stream::Stdout);
    let mark = if unicode { '▎' } else { '|' };
    let line = terminal_line(line).replace(mark, &mark.escape_unicode().to_string());
    hanging(&format!("{mark}{line}"), indent + 1, width)
}

/// The same where the stream is a terminal; elsewhere the line as it is.
fn marked_for(term: &Term, line: &str, indent: usize) -> Vec<String> {
    if term.is_term() {
        marked(line, indent, width_of(term))
    } else {
        vec![terminal_line(line)]
    }
}

/// Prints one line of a chat to standard output.
pub(crate) fn print_marked(line: &str, indent: usize) -> Result<(), Failure> {
    let rows = marked_for(&Term::stdout(), line, indent);
    write(io::stdout(), rows).map_err(|error| Failure::of_stdout(&error))
}

/// Prints one to standard error.
pub(crate) fn print_marked_error(line: &str, indent: usize) {
    let _ = write(io::stderr(), marked_for(&Term::stderr(), line, indent));
}

/// Rows as bytes for the terminal on standard output, without styles where it has none.
#[cfg(unix)]
pub(crate) fn bytes_of(rows: &[String]) -> Vec<u8> {
    let mut out = AutoStream::new(Vec::new(), AutoStream::choice(&io::stdout()));
    for row in rows {
        let _ = writeln!(out, "{row}");
    }
    out.into_inner()
}

/// Whether somebody types at a terminal and reads there.
#[cfg(unix)]
pub(crate) fn is_interactive() -> bool {
    Term::stdout().is_term() && io::IsTerminal::is_terminal(&io::stdin())
}

/// A line made harmless, in rows that a window of this width has room for.
fn rows(line: &str, width: usize) -> Vec<String> {
    let line = terminal_line(line);
    let begins = line.len() - line.trim_start_matches(' ').len();
    hanging(&line, begins + INDENT, width)
}

/// By how much the rows of a line after its first are indented.
const INDENT: usize = 2;

/// Writes all lines at once, so that a process that is killed leaves no part of a line.
fn write<S: RawStream>(stream: S, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
    let mut out = AutoStream::new(Vec::new(), AutoStream::choice(&stream));
    for line in lines {
        writeln!(out, "{line}")?;
    }
    let mut stream = stream;
    stream.write_all(&out.into_inner())?;
    stream.flush()
}

/// The columns of the terminal on standard output; no limit where there is none.
pub(crate) fn width() -> usize {
    width_of(&Term::stdout())
}

fn width_of(term: &Term) -> usize {
    if term.is_term() {
        usize::from(term.size().1)
    } else {
        usize::MAX
    }
}

/// Prints without ending the line, and at once.
pub(crate) fn prompt(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    write!(out, "{}", terminal_line(text))
        .and_then(|()| out.flush())
        .map_err(|error| Failure::of_stdout(&error))
}

/// Prints a value to standard output as one line of JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print_unbroken([json(value)?])
}

/// A value as one line of JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map(|json| printable_json(&json))
        .map_err(|error| Failure::of_stdout(&error.into()))
}

/// Prints an error, and what to do about it, to standard error.
pub(crate) fn print_user_error(error: &UserError) {
    let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    let unicode = supports_unicode::on(supports_unicode::Stream::Stderr);
    for line in error.rendered(width, unicode) {
        print_error(&line);
    }
}

/// Prints what the parser of the command line says: help, or what is wrong.
pub(crate) fn print_usage(mut error: clap::Error) -> ExitCode {
    let context = error.context().map(|(kind, value)| (kind, value.clone()));
    for (kind, value) in context.collect::<Vec<_>>() {
        let value = match value {
            ContextValue::String(text) => ContextValue::String(printable(&text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|it| printable(it)).collect())
            }
            other => other,
        };
        error.insert(kind, value);
    }
    // A suggestion repeats what was given, in styles that cannot be told from those given.
    if std::env::args_os().any(|it| it.to_str().is_none_or(|it| printable(it) != it)) {
        error.remove(ContextKind::Suggested);
    }
    let text = error.render().ansi().to_string();
    let lines = text.lines().map(terminal_line);
    let _ = if error.use_stderr() {
        write(io::stderr(), lines)
    } else {
        write(io::stdout(), lines)
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}
