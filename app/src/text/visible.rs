//! Text from elsewhere, made harmless: what could control a terminal, reorder a line or hide
//! in it is shown as an escape.
//!
//! A message, a file's name, another program's error: whoever wrote it may have written an
//! escape sequence, a line that looks like another's, or characters that nobody sees.

use super::style;

/// Text in which every character that could control a terminal or hides is shown as an escape.
pub fn printable(text: &str) -> String {
    escaped(text, |c, out| out.extend(c.escape_default()))
}

/// JSON with the same characters escaped: JSON encoders escape only the ASCII controls.
pub fn printable_json(json: &str) -> String {
    escaped(json, |c, out| {
        let mut units = [0; 2];
        for unit in c.encode_utf16(&mut units) {
            *out += &format!("\\u{unit:04x}");
        }
    })
}

/// Bytes as printable text, or in hexadecimal if they are not UTF-8.
pub fn printable_bytes(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| format!("0x{}", hex::encode(bytes)), printable)
}

/// A path as printable text.
pub fn printable_path(path: &std::path::Path) -> String {
    printable(&path.to_string_lossy())
}

/// A line as it may go to a terminal: the sequences of [`style`] are left, and all else is
/// [`printable`]. Everything that is printed passes here, so that a text that was forgotten
/// elsewhere does no harm. It is one line whatever is in it.
pub fn terminal_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, from)) = rest.find('\u{1b}').and_then(|at| rest.split_at_checked(at)) {
        out += &printable(before);
        let sequence = style::leading_sequence(from).unwrap_or_default();
        rest = from.get(sequence.len()..).unwrap_or_default();
        out += sequence;
        if sequence.is_empty() {
            out.extend('\u{1b}'.escape_default());
            rest = from.get(1..).unwrap_or_default();
        }
    }
    out + &printable(rest)
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut shown_before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let shown = !hides(c) || is_needed(shown_before, c, chars.peek().copied());
        if shown {
            out.push(c);
        } else {
            escape(c, &mut out);
        }
        shown_before = shown.then_some(c);
    }
    out
}

/// Characters that control, reorder or hide: the general categories Cc, Cf, Zl, Zp and Co
/// of Unicode, its property Default_Ignorable_Code_Point, noncharacters, and two letters that
/// are drawn as nothing. Spaces, of which U+2800 is in effect one, take a column and are shown.
fn hides(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}'
            | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..)
}

/// Whether a character that hides has work to do where it stands: a joiner between two
/// letters of a script that needs it or between two emoji, one variation selector after an
/// emoji. Nothing but such a character can be hidden there, and one at a time.
fn is_needed(before: Option<char>, c: char, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or_default()) else {
        return false;
    };
    match c {
        '\u{200c}' => needs_joiners(before) && needs_joiners(after),
        '\u{200d}' => {
            needs_joiners(before) && needs_joiners(after)
                || (is_emoji(before) || before == '\u{fe0f}') && is_emoji(after)
        }
        '\u{fe0e}' => is_emoji(before),
        '\u{fe0f}' => {
            is_emoji(before) || after == '\u{20e3}' && matches!(before, '0'..='9' | '#' | '*')
        }
        _ => false,
    }
}

/// Letters and marks of Arabic, Syriac, the scripts of South and South-East Asia, and Mongolian.
fn needs_joiners(c: char) -> bool {
    !hides(c)
        && matches!(c, '\u{620}'..='\u{77f}' | '\u{8a0}'..='\u{dff}' | '\u{1000}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The blocks that emoji stand in; most of their other characters are pictures too.
fn is_emoji(c: char) -> bool {
    matches!(c, '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙'
        | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}'
        | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::style::{EVERY, paint};

    #[test]
    fn a_message_cannot_control_the_terminal() {
        let hostile = "a\u{1b}[2Jb\rc\u{202e}d\u{9b}e\u{7f}";
        let shown = printable(hostile);
        assert_eq!(shown, r"a\u{1b}[2Jb\rc\u{202e}d\u{9b}e\u{7f}");
    }

    #[test]
    fn what_shows_nothing_is_shown_as_an_escape() {
        let ranges = [
            0xad..=0xad,
            0x115f..=0x1160,
            0x180b..=0x180f,
            0x200b..=0x200f,
            0x2028..=0x202e,
            0x2060..=0x206f,
            0x3164..=0x3164,
            0xe000..=0xf8ff,
            0xfe00..=0xfe0f,
            0xffa0..=0xffa0,
            0xfff9..=0xfffb,
            0xfffe..=0xffff,
            0xe0000..=0xe01ef,
            0xf0000..=0x10_ffff,
        ];
        for c in ranges.into_iter().flatten().filter_map(char::from_u32) {
            assert!(printable(&format!("a{c}b")).is_ascii(), "{c:?}");
            let json = printable_json(&format!("\"{c}\""));
            let read: String = serde_json::from_str(&json).expect("JSON");
            assert!(json.is_ascii() && read == c.to_string(), "{json}");
        }
    }

    #[test]
    fn scripts_and_emoji_that_need_a_joiner_keep_it() {
        for text in [
            "👩‍👩‍👧‍👦",
            "❤️‍🔥",
            "☎️",
            "1️⃣",
            "می‌خواهم",
            "क्‍ष",
            "日本語",
            "é שלום",
            "⠀",
        ] {
            assert_eq!(printable(text), text);
        }
        for (hidden, shown) in [
            ("a\u{200d}b", r"a\u{200d}b"),
            ("👩\u{200d}\u{200d}👩", r"👩\u{200d}\u{200d}👩"),
            ("☎\u{fe0f}\u{fe0f}", "☎\u{fe0f}\\u{fe0f}"),
            ("a\u{fe0f}", r"a\u{fe0f}"),
            ("1\u{fe0f}", r"1\u{fe0f}"),
            ("👩\u{200d}", r"👩\u{200d}"),
        ] {
            assert_eq!(printable(hidden), shown);
        }
    }

    #[test]
    fn a_line_for_the_terminal_keeps_our_styles_and_nothing_else() {
        for style in EVERY {
            let line = paint(style, "text");
            assert_eq!(terminal_line(&line), line);
        }
        for (hostile, shown) in [
            ("\u{1b}[2J", r"\u{1b}[2J"),
            ("\u{1b}[8m", r"\u{1b}[8m"),
            ("\u{1b}]52;c;eA==\u{7}", r"\u{1b}]52;c;eA==\u{7}"),
            ("\u{1b}", r"\u{1b}"),
            ("one\ntwo\r", r"one\ntwo\r"),
            ("\u{1b}é\u{1b}[1m", "\\u{1b}é\u{1b}[1m"),
        ] {
            assert_eq!(terminal_line(hostile), shown);
        }
    }
}
