//! A terminal as far as a prompt needs one, for tests: characters of one column, and windows
//! that break their rows anew when they are resized, or cut them.

use std::io::{self, Write};

pub(super) struct ScreenModel {
    pub(super) columns: usize,
    /// The cursor's column, from 1, where the terminal was asked for it.
    pub(super) asked: Option<usize>,
    reflows: bool,
    rows: Vec<Row>,
    /// Its row and column.
    cursor: (usize, usize),
}

#[derive(Default, Clone)]
struct Row {
    text: Vec<char>,
    /// The next row goes on with it.
    goes_on: bool,
}

impl ScreenModel {
    pub(super) fn new(columns: usize, reflows: bool) -> Self {
        Self {
            columns,
            asked: None,
            reflows,
            rows: vec![Row::default()],
            cursor: (0, 0),
        }
    }

    /// What is shown, row by row.
    pub(super) fn rows(&self) -> Vec<String> {
        let rows = self
            .rows
            .iter()
            .map(|it| it.text.iter().collect::<String>());
        rows.map(|it| it.trim_end().to_owned())
            .filter(|it| !it.is_empty())
            .collect()
    }

    /// The same, with rows that the terminal has broken put together.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![String::new()];
        for row in &self.rows {
            lines.last_mut().expect("a line").extend(&row.text);
            if !row.goes_on {
                lines.push(String::new());
            }
        }
        lines.retain(|it| !it.trim().is_empty());
        lines.iter().map(|it| it.trim_end().to_owned()).collect()
    }

    pub(super) fn resize(&mut self, columns: usize) {
        self.columns = columns;
        if !self.reflows {
            self.rows
                .iter_mut()
                .for_each(|row| row.text.truncate(columns));
            self.cursor.1 = self.cursor.1.min(columns - 1);
            return;
        }
        let mut rows = Vec::new();
        let mut line = Row::default();
        let mut cursor = None;
        for (number, row) in self.rows.iter().enumerate() {
            if number == self.cursor.0 {
                cursor = Some(line.text.len() + self.cursor.1);
            }
            line.text.extend(&row.text);
            if row.goes_on {
                continue;
            }
            if let Some(at) = cursor.take() {
                self.cursor = (rows.len() + at / columns, at % columns);
                let filled = line.text.len().max(at);
                line.text.resize(filled, ' ');
            }
            let pieces = line.text.chunks(columns).map(<[char]>::to_vec);
            let mut pieces: Vec<_> = pieces.collect();
            pieces.resize(pieces.len().max(1), Vec::new());
            let last = pieces.len() - 1;
            let broken = pieces.into_iter().enumerate();
            rows.extend(broken.map(|(at, text)| Row {
                text,
                goes_on: at < last,
            }));
            line = Row::default();
        }
        self.rows = rows;
        self.row();
    }

    fn row(&mut self) -> &mut Row {
        let wanted = self.rows.len().max(self.cursor.0 + 1);
        self.rows.resize(wanted, Row::default());
        &mut self.rows[self.cursor.0]
    }

    fn show(&mut self, c: char) {
        if self.cursor.1 == self.columns {
            self.row().goes_on = true;
            self.cursor = (self.cursor.0 + 1, 0);
        }
        let column = self.cursor.1;
        let row = self.row();
        row.text.resize(row.text.len().max(column + 1), ' ');
        row.text[column] = c;
        self.cursor.1 += 1;
    }

    fn sequence(&mut self, parameter: &str, last: char) {
        match (parameter, last) {
            ("", 'J') => {
                let (row, column) = self.cursor;
                self.rows.truncate(row + 1);
                let row = self.row();
                row.text.truncate(column);
                row.goes_on = false;
            }
            ("6", 'n') => self.asked = Some(self.cursor.1 + 1),
            (rows, 'A') => self.cursor.0 -= rows.parse::<usize>().expect("a number"),
            (_, 'm') => {}
            other => panic!("an unknown sequence: {other:?}"),
        }
    }
}

impl Write for ScreenModel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = std::str::from_utf8(bytes).expect("text");
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\r' => self.cursor.1 = 0,
                '\n' => {
                    self.cursor = (self.cursor.0 + 1, 0);
                    self.row();
                }
                '\u{1b}' => {
                    let end = rest.find(char::is_alphabetic).expect("a whole sequence");
                    let last = rest[end..].chars().next().expect("a letter");
                    self.sequence(&rest[1..end], last);
                    rest = &rest[end + 1..];
                }
                c => self.show(c),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
