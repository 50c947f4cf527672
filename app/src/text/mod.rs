//! Text for a terminal: text from elsewhere made harmless, widths, numbers, styles.
//!
//! A recovered message is untrusted input to the terminal that shows it: an escape
//! sequence in it must not run, and a bidirectional override must not reorder a line.

mod encoding;
pub mod style;

pub use encoding::{NotUtf8, decode};

use std::{fmt::Display, time::Duration};

use textwrap::core::display_width;

/// The widest line of a report, in columns.
pub const COLUMNS: usize = 80;

/// Text in which every character that could control a terminal is shown as an escape.
pub fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let shown = (!controls_terminal(c)).then_some(c);
            let escaped = controls_terminal(c).then(|| c.escape_default());
            shown.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

/// JSON with the same characters escaped: JSON encoders escape only the ASCII controls.
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if controls_terminal(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Control characters, and those that reorder or hide text. The zero-width joiners are
/// not among them: several scripts need them.
fn controls_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Bytes as printable text, or in hexadecimal if they are not UTF-8.
pub fn printable_bytes(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| format!("0x{}", hex::encode(bytes)), printable)
}

/// At most `width` columns; what is cut off is shown by an ellipsis.
pub fn clip(text: &str, width: usize) -> String {
    if display_width(text) <= width {
        return text.to_owned();
    }
    let mut clipped = String::new();
    for c in text.chars() {
        let with = format!("{clipped}{c}");
        if display_width(&with) >= width {
            break;
        }
        clipped = with;
    }
    clipped + "…"
}

/// `text` clipped or padded to exactly `width` columns.
pub fn column(text: &str, width: usize) -> String {
    let clipped = clip(text, width);
    let padding = width.saturating_sub(display_width(&clipped));
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
    fn a_message_cannot_control_the_terminal() {
        let hostile = "a\u{1b}[2Jb\rc\u{202e}d\u{9b}e";
        let shown = printable(hostile);
        assert_eq!(shown, r"a\u{1b}[2Jb\rc\u{202e}d\u{9b}e");
    }

    #[test]
    fn a_column_has_its_width_whatever_the_script() {
        for text in ["", "abc", "日本語のメッセージ", "a longer line than that"] {
            assert_eq!(display_width(&column(text, 10)), 10, "{text}");
        }
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!(grouped(7_usize), "7");
        assert_eq!(grouped(1_000_u64), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
