//! The few styles of every report and error, and the sequences that they are made of.

use anstyle::{AnsiColor, Style};

/// Headings.
pub const TITLE: Style = Style::new().bold();
/// Secondary text.
pub const FAINT: Style = Style::new().dimmed();
/// A message that the attacker reads.
pub const READ: Style = AnsiColor::BrightRed.on_default().bold();
/// A message that the attacker does not read.
pub const SHUT: Style = AnsiColor::Cyan.on_default();
/// A key.
pub const KEY: Style = AnsiColor::Yellow.on_default().bold();
/// An error's sign.
pub const ERROR: Style = AnsiColor::Red.on_default();
/// What to do about an error.
pub const HELP: Style = AnsiColor::Cyan.on_default();

/// All of them.
pub const EVERY: [Style; 7] = [TITLE, FAINT, READ, SHUT, KEY, ERROR, HELP];

/// The text in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The sequence that a text begins with, if it is one of those that [`paint`] writes, or the
/// parser of the command line.
pub fn leading_sequence(text: &str) -> Option<&str> {
    const OURS: [&str; 9] = ["0", "1", "2", "4", "31", "32", "33", "36", "91"];
    let parameter = text.strip_prefix("\u{1b}[")?.split_once('m')?.0;
    OURS.contains(&parameter).then_some(())?;
    text.get(..parameter.len() + 3)
}
