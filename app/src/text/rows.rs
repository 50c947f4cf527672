//! Lines that are wider than the window, broken into rows of ours: where the terminal breaks
//! a line, its rest stands at the left edge and could pass for a line of its own.

use textwrap::core::display_width;

use super::style;

/// The fewest columns that are left to a text beside its indent.
const NARROWEST: usize = 8;

/// The columns that a text takes at most. A variation selector makes its character wide.
pub fn columns(text: &str) -> usize {
    display_width(text) + text.matches('\u{fe0f}').count()
}

/// A line in rows of at most `width` columns, the second and all that follow indented by
/// `indent`, or by less if the window is narrow.
pub fn hanging(line: &str, indent: usize, width: usize) -> Vec<String> {
    if columns(line) <= width {
        return vec![line.to_owned()];
    }
    let indent = indent.min(width.saturating_sub(NARROWEST)).max(1);
    let mut rows = vec![Row::default()];
    for piece in pieces(line) {
        let Some(row) = rows.last_mut() else { break };
        let wide = columns(piece);
        if row.width + wide <= width || wide == 0 {
            row.text += piece;
            row.width += wide;
            if piece == " " && !row.text.trim_start().is_empty() {
                row.space = Some(row.text.len());
            }
            continue;
        }
        // A word that began on this row goes to the next, unless there is no room for it there.
        let room = width.saturating_sub(indent + wide);
        let fits = |at: &usize| row.text.get(*at..).is_some_and(|it| columns(it) <= room);
        let space = row.space.filter(fits);
        let word = space.map(|at| row.text.split_off(at));
        let mut next = Row::indented(indent);
        next.push(word.as_deref().unwrap_or_default());
        if piece != " " || next.width > indent {
            next.push(piece);
        }
        row.text.truncate(row.text.trim_end().len());
        rows.push(next);
    }
    rows.into_iter().map(|row| row.text).collect()
}

#[derive(Default)]
struct Row {
    text: String,
    width: usize,
    /// Where the last word begins, if that is after the row's first.
    space: Option<usize>,
}

impl Row {
    fn indented(by: usize) -> Self {
        Self {
            text: " ".repeat(by),
            width: by,
            space: None,
        }
    }

    fn push(&mut self, text: &str) {
        self.text += text;
        self.width += columns(text);
    }
}

/// Our styles' sequences, and characters with those of no width that follow them.
pub(super) fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let mut chars = rest.chars();
        let first = chars.next()?;
        let length = match style::leading_sequence(rest) {
            Some(sequence) => sequence.len(),
            None => {
                let joined = chars.take_while(|c| *c != '\u{1b}' && char_width(*c) == 0);
                first.len_utf8() + joined.map(char::len_utf8).sum::<usize>()
            }
        };
        let (piece, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(piece)
    })
}

fn char_width(c: char) -> usize {
    display_width(c.encode_utf8(&mut [0; 4]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::style::{TITLE, paint};

    #[test]
    fn rows_after_the_first_are_indented_and_nothing_is_lost() {
        let texts = [
            "mallory: a sentence of several words, and of one that is rather loooooooooooong",
            "mallory: 日本語のメッセージ、長い、長い、長い、もっと長い",
            "mallory: ☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️☎️",
            "    indented, and longer than the row that it has to stand on in this test",
        ];
        for (text, width) in texts
            .iter()
            .flat_map(|it| [3, 20, 40].map(|width| (it, width)))
        {
            let rows = hanging(text, 9, width);
            let without = |text: &str| text.replace(' ', "");
            assert_eq!(without(&rows.concat()), without(text));
            for (number, row) in rows.iter().enumerate() {
                assert!(columns(row) <= width.max(5), "{width}: {row}");
                assert!(number == 0 || row.starts_with(' '), "{width}: {row}");
                assert!(width == 3 || !row.trim().is_empty(), "{width}: {rows:?}");
            }
        }
    }

    #[test]
    fn a_row_that_is_padded_to_the_edge_begins_no_line_of_its_own() {
        let text = format!("mallory: hi{}· connected to the relay", " ".repeat(29));
        let rows = hanging(&text, 9, 40);
        assert_eq!(rows, ["mallory: hi", "         · connected to the relay"]);
    }

    #[test]
    fn a_style_takes_no_column() {
        let line = paint(TITLE, "0123456789");
        assert_eq!(hanging(&line, 2, 10), [line]);
    }
}
