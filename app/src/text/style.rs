//! The few styles of every report.

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

/// The text in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
