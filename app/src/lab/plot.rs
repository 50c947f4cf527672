//! Something to say, another for each student. A plot is a text with one message a line,
//! `a:` or `b:` before it, and in braces what is drawn from a list of words:
//!
//! ```text
//! a: Can we meet at {where.2}?
//! b: Not there. {where}, at {when}.
//! ```
//!
//! `{where}` and `{where.2}` are two different words of the list `where`; `{number}` is a
//! number of six digits; `{a}` and `{b}` are the two people.

use std::collections::BTreeMap;

use super::{Exercise, LabError, draw::Draw, library};

/// A plot with its words in place.
#[derive(Debug, Clone)]
pub struct Told {
    /// Who says what: `false` is the first of the two.
    pub lines: Vec<(bool, String)>,
    /// What was drawn, by its name in the plot.
    pub drawn: BTreeMap<String, String>,
}

/// Tells one of the exercise's plots, which are its files `plots/*.txt`.
///
/// # Errors
/// [`LabError::Author`] if there is none, or something in it is wrong.
pub fn tell(exercise: &Exercise, people: [&str; 2], draw: &mut Draw) -> Result<Told, LabError> {
    let plots: Vec<(&String, &String)> = exercise
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("plots/"))
        .collect();
    let (file, plot) = plots
        .get(draw.index(plots.len()))
        .ok_or_else(|| exercise.wrong("plots/", "there is no plot"))?;
    let mut words = Words {
        exercise,
        draw,
        drawn: [("a", people[0]), ("b", people[1])]
            .map(|(who, name)| (who.to_owned(), capital(name)))
            .into(),
    };
    let mut lines = Vec::new();
    for line in plot.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let (second, text) = match line.split_once(':') {
            Some(("a", text)) => (false, text),
            Some(("b", text)) => (true, text),
            _ => return Err(exercise.wrong(file, "a line begins with neither `a:` nor `b:`")),
        };
        lines.push((second, words.put_into(file, text.trim())?));
    }
    let mut drawn = words.drawn;
    drawn.retain(|name, _| name != "a" && name != "b");
    Ok(Told { lines, drawn })
}

struct Words<'a> {
    exercise: &'a Exercise,
    draw: &'a mut Draw,
    drawn: BTreeMap<String, String>,
}

impl Words<'_> {
    fn put_into(&mut self, file: &str, text: &str) -> Result<String, LabError> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| self.exercise.wrong(file, "`{` without `}`"))?;
            out.push_str(before);
            out.push_str(&self.word(name)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What stands for this name: drawn once, and never what another of its list has.
    fn word(&mut self, name: &str) -> Result<String, LabError> {
        if let Some(word) = self.drawn.get(name) {
            return Ok(word.clone());
        }
        let list = name.split_once('.').map_or(name, |(list, _)| list);
        let word = if list == "number" {
            self.draw.number(100_000, 999_999).to_string()
        } else {
            let all = library::words(self.exercise, list)?;
            let taken: Vec<&String> = self.drawn.values().collect();
            let free: Vec<&str> = all
                .iter()
                .filter(|word| !taken.contains(word))
                .map(String::as_str)
                .collect();
            let empty = || {
                self.exercise
                    .wrong(list, "there are too few words in this list")
            };
            self.draw.one(&free).ok_or_else(empty)?.to_owned()
        };
        self.drawn.insert(name.to_owned(), word.clone());
        Ok(word)
    }
}

/// A name as one writes it.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
