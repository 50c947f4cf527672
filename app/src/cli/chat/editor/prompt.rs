//! The prompt: the last row of the terminal, below what is printed.
//!
//! A window that is resized breaks and joins rows as its terminal likes. So the prompt is one
//! row that is shorter than the window, and nothing above the cursor's row is ever erased,
//! unless the terminal has said where the cursor is. At worst a part of an old prompt stays
//! on the screen; a message never goes.

use std::io::{self, Write};

use super::{
    history::History,
    keyboard::Key,
    line::{Line, LineView},
};
use crate::cli::shared::terminal::{bytes_of, marked};
use crate::text::{columns, printable};

/// What the typed line begins with.
const PROMPT: &str = "> ";

pub(super) struct Prompt<W> {
    out: W,
    line: Line,
    history: History,
    /// The columns before the cursor, and the window's, when the prompt was last drawn.
    drawn: (usize, usize),
    /// The terminal has been asked for the cursor's place since, in a window of so many columns.
    asked: Option<usize>,
    /// There is no prompt any more.
    ended: bool,
}

/// What a key led to.
pub(super) enum Typed {
    Nothing,
    Lines(Vec<String>),
    /// A command or a message, by its first character.
    Line(String),
    Suspend,
    End,
}

impl<W: Write> Prompt<W> {
    pub(super) fn new(out: W, history: History) -> Self {
        Self {
            out,
            line: Line::default(),
            history,
            drawn: (0, 0),
            asked: None,
            ended: false,
        }
    }

    /// Prints a line above the prompt, broken into rows of which those after the first are
    /// indented.
    pub(super) fn print(&mut self, line: &str, indent: usize, window: usize) -> io::Result<()> {
        self.put(&marked(line, indent, window), window)
    }

    /// Draws the prompt anew.
    pub(super) fn draw(&mut self, window: usize) -> io::Result<()> {
        self.put(&[], window)
    }

    /// Erases the prompt's row, writes whole rows, and draws the prompt below them.
    fn put(&mut self, rows: &[String], window: usize) -> io::Result<()> {
        let mut bytes = bytes_of(rows);
        if !self.ended {
            bytes.splice(..0, *b"\r\x1b[J");
            bytes.extend(self.prompt(window).bytes());
        }
        self.out.write_all(&bytes)?;
        self.out.flush()
    }

    fn prompt(&mut self, window: usize) -> String {
        let LineView { before, after } = self.line.view(window.saturating_sub(PROMPT.len()));
        self.drawn = (PROMPT.len() + columns(&before), window);
        self.asked = None;
        // What is before the cursor is written twice: the terminal knows best how wide it is.
        let again = if after.is_empty() {
            String::new()
        } else {
            format!("{after}\r{PROMPT}{before}")
        };
        format!("{PROMPT}{before}{again}")
    }

    /// The window may have another size now.
    pub(super) fn resized(&mut self, window: usize) -> io::Result<()> {
        let (cursor, before) = self.drawn;
        if window == before || self.ended {
            return Ok(());
        }
        if cursor < window {
            // It is on the prompt's first row, whether the terminal has broken that or not.
            return self.draw(window);
        }
        self.asked = Some(window);
        self.out.write_all(b"\x1b[6n")?;
        self.out.flush()
    }

    /// The terminal says in which column the cursor is, from 1. Where it breaks rows, that is
    /// what is left of the columns before it, and the rows above are the prompt's.
    fn answered(&mut self, column: usize, window: usize) -> io::Result<()> {
        let Some(asked) = self.asked.take().filter(|_| !self.ended) else {
            return Ok(());
        };
        let cursor = self.drawn.0;
        let left = cursor.checked_rem(window) == column.checked_sub(1);
        let broken = left && column < window && asked == window;
        if let (true, Some(rows @ 1..)) = (broken, cursor.checked_div(window)) {
            self.out.write_all(format!("\x1b[{rows}A").as_bytes())?;
        }
        self.draw(window)
    }

    /// Takes a key.
    pub(super) fn press(&mut self, key: Key, window: usize) -> io::Result<Typed> {
        match key {
            Key::Char(c) => self.line.insert(c.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.line.insert(&text),
            Key::Enter => return self.enter(window),
            Key::Backspace => self.line.erase_left(),
            Key::Delete => self.line.erase_right(),
            Key::Left => self.line.left(),
            Key::Right => self.line.right(),
            Key::WordLeft => self.line.word_left(),
            Key::WordRight => self.line.word_right(),
            Key::Home => self.line.home(),
            Key::End => self.line.end(),
            Key::Up => self.recall(History::older),
            Key::Down => self.recall(History::newer),
            Key::EraseWord => self.line.erase_word(),
            Key::EraseToStart => self.line.erase_to_start(),
            Key::EraseToEnd => self.line.erase_to_end(),
            Key::Redraw => {}
            Key::EndOfInput if !self.line.text().is_empty() => self.line.erase_right(),
            Key::Interrupt | Key::EndOfInput => return Ok(Typed::End),
            Key::Suspend => return Ok(Typed::Suspend),
            Key::Column(column) => {
                self.answered(column, window)?;
                return Ok(Typed::Nothing);
            }
            Key::Unknown => return Ok(Typed::Nothing),
        }
        self.draw(window)?;
        Ok(Typed::Nothing)
    }

    fn recall(&mut self, which: fn(&mut History, &str) -> Option<String>) {
        if let Some(text) = which(&mut self.history, self.line.text()) {
            self.line.set(text);
        }
    }

    /// The line is finished: it stays above the prompt. One that has line ends was pasted, and
    /// each of its lines is a message of its own; none of them is a command.
    fn enter(&mut self, window: usize) -> io::Result<Typed> {
        let text = self.line.take();
        let lines = text.lines().filter(|it| !it.trim().is_empty());
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let mut rows = Vec::new();
        for line in &lines {
            self.history.add(line);
            let line = format!("{PROMPT}{}", printable(line));
            rows.extend(marked(&line, PROMPT.len(), window));
        }
        self.put(&rows, window)?;
        Ok(if text.contains('\n') {
            Typed::Lines(lines)
        } else {
            Typed::Line(text)
        })
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Leaves the prompt's row to whoever has the terminal next.
    pub(super) fn step_aside(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")?;
        self.out.flush()
    }

    /// Removes the prompt; what is printed from now on is not followed by another.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        self.step_aside()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::screen_model::ScreenModel, *};

    /// Presses keys, and answers the terminal's questions.
    fn press(prompt: &mut Prompt<ScreenModel>, keys: impl IntoIterator<Item = Key>) -> Typed {
        let mut last = Typed::Nothing;
        for key in keys {
            let window = prompt.out.columns;
            last = prompt.press(key, window).expect("no error");
        }
        last
    }

    fn typed(text: &str) -> impl Iterator<Item = Key> {
        text.chars().map(Key::Char)
    }

    fn resize(prompt: &mut Prompt<ScreenModel>, columns: usize) {
        prompt.out.resize(columns);
        prompt.resized(columns).expect("no error");
        if let Some(column) = prompt.out.asked.take() {
            press(prompt, [Key::Column(column)]);
        }
    }

    #[test]
    fn no_resize_of_the_window_erases_what_was_printed() {
        let half = "a half typed line that is rather longer than a narrow window is";
        for (reflows, length) in [(true, 0), (true, 20), (true, 63), (false, 20), (false, 63)] {
            for widths in [
                [60, 25, 70, 40],
                [80, 20, 21, 19],
                [30, 90, 30, 90],
                [45, 44, 15, 14],
            ] {
                for at_the_end in [true, false] {
                    let model = ScreenModel::new(widths[0], reflows);
                    let mut prompt = Prompt::new(model, History::default());
                    press(&mut prompt, typed(&half[..length]));
                    if !at_the_end {
                        press(&mut prompt, [Key::Home]);
                    }
                    let mut expected = Vec::new();
                    for (number, columns) in widths.iter().cycle().take(9).enumerate() {
                        if number > 0 {
                            resize(&mut prompt, *columns);
                        }
                        for part in ["a", "b"] {
                            let message = format!("message {number}{part}");
                            prompt.print(&message, 2, *columns).expect("no error");
                            expected.push(message);
                        }
                    }
                    let shown = prompt.out.lines();
                    let found = shown.iter().filter_map(|it| it.strip_prefix(['▎', '|']));
                    let found: Vec<&str> = found.collect();
                    assert_eq!(found, expected, "{reflows} {length} {widths:?} {shown:#?}");
                }
            }
        }
    }

    #[test]
    fn where_the_terminal_breaks_rows_no_part_of_an_old_prompt_stays() {
        let mut prompt = Prompt::new(ScreenModel::new(60, true), History::default());
        press(&mut prompt, typed(&"typed ".repeat(20)));
        for columns in [25, 70, 31, 16, 80] {
            resize(&mut prompt, columns);
            let lines = prompt.out.lines();
            assert_eq!(lines.len(), 1, "{columns}: {lines:#?}");
        }
    }

    #[test]
    fn pasted_lines_are_messages_of_their_own_and_no_commands() {
        let mut prompt = Prompt::new(ScreenModel::new(60, true), History::default());
        let paste = Key::Paste("line one\n/quit\n\nend".to_owned());
        let Typed::Lines(lines) = press(&mut prompt, [paste, Key::Enter]) else {
            panic!("not several lines");
        };
        assert_eq!(lines, ["line one", "/quit", "end"]);
        assert_eq!(prompt.out.lines().len(), 4);
        let paste = Key::Paste("/quit".to_owned());
        let one = press(&mut prompt, [paste, Key::Enter]);
        assert!(matches!(one, Typed::Line(text) if text == "/quit"));
    }

    #[test]
    fn a_text_begins_no_line_of_the_program_however_its_rows_are_broken() {
        let mut prompt = Prompt::new(ScreenModel::new(60, true), History::default());
        let hostile = format!("mallory: hi{}▎|· connected to the relay", " ".repeat(48));
        prompt.print(&hostile, 9, 60).expect("no error");
        for columns in [60, 30, 20, 12, 60] {
            resize(&mut prompt, columns);
            let rows = prompt.out.rows();
            let begins = rows.iter().filter(|it| it.starts_with(['▎', '|'])).count();
            assert!(begins <= 2, "{rows:#?}");
            assert!(
                !rows
                    .iter()
                    .any(|it| it.starts_with("▎·") || it.starts_with("|·"))
            );
        }
    }
}
