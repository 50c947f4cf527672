//! Text for a terminal: text from elsewhere made harmless, widths, numbers, styles.

mod encoding;
mod rows;
pub mod style;
mod visible;

pub use encoding::{NotUtf8, decode};
pub use rows::{columns, hanging};
pub use visible::{printable, printable_bytes, printable_json, printable_path, terminal_line};

use std::{fmt::Display, time::Duration};

/// The widest line of a report, in columns.
pub const COLUMNS: usize = 80;

/// At most `width` columns; what is cut off is shown by an ellipsis.
pub fn clip(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut room = width;
    let shown = rows::pieces(text).take_while(|piece| {
        room = room.saturating_sub(columns(piece));
        room > 0
    });
    shown.collect::<String>() + "…"
}

/// `text` clipped or padded to exactly `width` columns.
pub fn column(text: &str, width: usize) -> String {
    let clipped = clip(text, width);
    let padding = width.saturating_sub(columns(&clipped));
    clipped + &" ".repeat(padding)
}

/// A paragraph of at most [`COLUMNS`] columns, indented by two.
pub fn paragraph(text: &str) -> Vec<String> {
    let options = textwrap::Options::new(COLUMNS - 1)
        .initial_indent("  ")
        .subsequent_indent("  ");
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.into_owned())
        .collect()
}

/// `12 messages`, `1 message`.
pub fn count(number: impl Display + From<u8>, one: &str) -> String {
    let number = grouped(number);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {one}{plural}")
}

/// A whole number, not negative, with its thousands separated by commas.
pub fn grouped(number: impl Display + From<u8>) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The time of day, UTC, as `09:00:11`.
pub fn time_of_day(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs() % 86_400;
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_its_width_whatever_the_script() {
        for text in ["", "abc", "日本語のメッセージ", "a longer line than that"] {
            assert_eq!(columns(&column(text, 10)), 10, "{text}");
        }
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(grouped(7_usize), "7");
        assert_eq!(grouped(1_000_u64), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
