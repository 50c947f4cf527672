//! The line that is being typed, and as much of it as a row has room for. It may hold line
//! ends: those of a paste.

use crate::text::{columns, printable};

#[derive(Default)]
pub(super) struct Line {
    text: String,
    /// The place of the next character, in bytes.
    at: usize,
}

/// What is seen of a line: before the cursor, and from it on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LineView {
    pub(super) before: String,
    pub(super) after: String,
}

impl Line {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn set(&mut self, text: String) {
        self.at = text.len();
        self.text = text;
    }

    /// Empties it, and gives what it was.
    pub(super) fn take(&mut self) -> String {
        self.at = 0;
        std::mem::take(&mut self.text)
    }

    pub(super) fn insert(&mut self, text: &str) {
        self.text.insert_str(self.at, text);
        self.at += text.len();
    }

    pub(super) fn left(&mut self) {
        self.at = self.before_previous();
    }

    pub(super) fn right(&mut self) {
        self.at = self.after_next();
    }

    pub(super) const fn home(&mut self) {
        self.at = 0;
    }

    pub(super) const fn end(&mut self) {
        self.at = self.text.len();
    }

    pub(super) fn word_left(&mut self) {
        let before = self.split().0.trim_end();
        self.at = before.rfind(char::is_whitespace).map_or(0, |space| {
            space
                + before
                    .get(space..)
                    .and_then(|it| it.chars().next())
                    .map_or(0, char::len_utf8)
        });
    }

    pub(super) fn word_right(&mut self) {
        let after = self.split().1;
        let blanks = after.len() - after.trim_start().len();
        let word = after.trim_start().find(char::is_whitespace);
        self.at += word.map_or(after.len(), |end| blanks + end);
    }

    pub(super) fn erase_left(&mut self) {
        self.erase(self.before_previous(), self.at);
    }

    pub(super) fn erase_right(&mut self) {
        self.erase(self.at, self.after_next());
    }

    pub(super) fn erase_word(&mut self) {
        let end = self.at;
        self.word_left();
        self.erase(self.at, end);
    }

    pub(super) fn erase_to_start(&mut self) {
        self.erase(0, self.at);
    }

    pub(super) fn erase_to_end(&mut self) {
        self.text.truncate(self.at);
    }

    /// What a row of this many columns shows of it: the cursor and what is around it.
    pub(super) fn view(&self, room: usize) -> LineView {
        let (before, after) = self.split();
        // A quarter of the row is for what follows, if as much does. One column is the cursor's.
        let follows = columns_up_to(after, room / 4);
        let room_before = room.saturating_sub(follows + 1);
        let before_shown = if columns_up_to(before, room_before + 1) > room_before {
            format!("…{}", shown(tail(before, room_before.saturating_sub(1))))
        } else {
            shown(before)
        };
        let room_after = room.saturating_sub(columns(&before_shown) + 1);
        let mut after_shown = head(after, room_after);
        if after_shown.len() < after.len() {
            after_shown = head(after, room_after.saturating_sub(1));
        }
        let cut = if after_shown.len() < after.len() && room_after > 0 {
            "…"
        } else {
            ""
        };
        LineView {
            before: before_shown,
            after: shown(after_shown) + cut,
        }
    }

    fn split(&self) -> (&str, &str) {
        self.text
            .split_at_checked(self.at)
            .unwrap_or((&self.text, ""))
    }

    fn erase(&mut self, from: usize, to: usize) {
        if self.text.get(from..to).is_some() {
            self.text.replace_range(from..to, "");
            self.at = from;
        }
    }

    /// The place before the character to the left, with the marks upon it.
    fn before_previous(&self) -> usize {
        let mut chars = self.split().0.char_indices().rev();
        chars
            .find(|(_, c)| width_of(*c) > 0)
            .map_or(0, |(at, _)| at)
    }

    fn after_next(&self) -> usize {
        let mut chars = self.split().1.chars();
        let first = chars.next().map_or(0, char::len_utf8);
        let marks = chars.take_while(|c| width_of(*c) == 0);
        self.at + first + marks.map(char::len_utf8).sum::<usize>()
    }
}

/// A part of a line as it is shown: its line ends as a sign, all else that does not show as an
/// escape.
fn shown(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("↵")
}

/// The columns of a character as it is shown, at most.
fn width_of(c: char) -> usize {
    match c {
        '\n' => 1,
        _ => columns(&printable(c.encode_utf8(&mut [0; 4]))),
    }
}

fn columns_up_to(text: &str, limit: usize) -> usize {
    let mut wide = 0;
    for c in text.chars() {
        if wide >= limit {
            break;
        }
        wide += width_of(c);
    }
    wide.min(limit)
}

/// The longest beginning of a text that has room.
fn head(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        match left.checked_sub(width_of(c)) {
            Some(rest) => left = rest,
            None => break,
        }
        end = at + c.len_utf8();
    }
    text.get(..end).unwrap_or_default()
}

/// The longest end of a text that has room.
fn tail(text: &str, room: usize) -> &str {
    let mut left = room;
    let mut begin = text.len();
    for (at, c) in text.char_indices().rev() {
        match left.checked_sub(width_of(c)) {
            Some(rest) => left = rest,
            None => break,
        }
        begin = at;
    }
    text.get(begin..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(before: &str, after: &str) -> Line {
        let mut line = Line::default();
        line.set(before.to_owned());
        line.text += after;
        line
    }

    fn parts(line: &Line) -> (&str, &str) {
        line.split()
    }

    #[test]
    fn a_line_is_edited_by_characters_and_words() {
        let mut it = line("one two  ", "three");
        it.word_left();
        assert_eq!(parts(&it), ("one ", "two  three"));
        it.word_right();
        assert_eq!(parts(&it), ("one two", "  three"));
        it.erase_word();
        assert_eq!(parts(&it), ("one ", "  three"));
        it.left();
        it.erase_right();
        it.insert("日本");
        it.left();
        it.erase_left();
        assert_eq!(parts(&it), ("one", "本  three"));
        it.erase_to_start();
        it.right();
        it.erase_to_end();
        assert_eq!(it.take(), "本");
        for edit in [
            Line::left,
            Line::right,
            Line::erase_left,
            Line::erase_right,
            Line::erase_word,
        ] {
            edit(&mut it);
            assert_eq!(parts(&it), ("", ""));
        }
    }

    #[test]
    fn a_mark_goes_with_its_letter() {
        let mut it = line("ae\u{301}", "");
        it.left();
        assert_eq!(parts(&it), ("a", "e\u{301}"));
        it.right();
        it.erase_left();
        assert_eq!(it.text(), "a");
    }

    #[test]
    fn a_view_has_the_cursor_in_it_and_never_more_columns_than_its_row() {
        let text =
            "日本語 and \u{1b}[2J, e\u{301}\n👩\u{200d}👩 ☎\u{fe0f} and more of it".repeat(3);
        for room in 1..90 {
            let mut it = line(&text, "");
            it.home();
            for _ in 0..text.chars().count() {
                let view = it.view(room);
                let wide = columns(&view.before) + columns(&view.after);
                assert!(wide < room.max(2), "{room}: {view:?}");
                assert_eq!(printable(&view.before), view.before);
                it.right();
            }
        }
        let view = line("short, ", "and whole\n").view(40);
        assert_eq!(
            (view.before.as_str(), view.after.as_str()),
            ("short, ", "and whole↵")
        );
    }
}
