//! Conversations from templates, with other words for each student. A template, one of an
//! exercise's `plots/*.txt`, has one message on each line, `a:` or `b:` before it, and in
//! braces what is drawn from a list of words:
//!
//! ```text
//! a: Can we meet at {where.2}?
//! b: Not there. {where}, at {when}.
//! ```
//!
//! `{where}` and `{where.2}` are two different words of the list `where`; `{number}` is a
//! number of six digits; `{a}` and `{b}` are the names of the two people.

use std::collections::BTreeMap;

use super::{Answers, Exercise, LabError, draw::Draw, library};

/// A template with its words in place.
#[derive(Debug, Clone)]
pub struct Dialogue {
    /// The messages; `false` means that the first of the two people writes.
    pub lines: Vec<(bool, String)>,
    /// What was drawn, by its name in the template.
    pub drawn: BTreeMap<String, String>,
}

impl Dialogue {
    /// Fills in one of the exercise's templates.
    ///
    /// # Errors
    /// [`LabError::Author`] if there is none, or one is not as described above.
    pub fn compose(
        exercise: &Exercise,
        people: [&str; 2],
        draw: &mut Draw,
    ) -> Result<Self, LabError> {
        let all: Vec<(&String, &String)> = templates(exercise).collect();
        let (file, template) = all
            .get(draw.index(all.len()))
            .ok_or_else(|| exercise.wrong("plots/", "there is no plot"))?;
        let mut filler = TemplateFiller {
            exercise,
            draw,
            drawn: [("a", people[0]), ("b", people[1])]
                .map(|(who, name)| (who.to_owned(), capitalize(name)))
                .into(),
        };
        let mut lines = Vec::new();
        for line in template.lines().map(str::trim).filter(|it| !it.is_empty()) {
            let (second, text) = match line.split_once(':') {
                Some(("a", text)) => (false, text),
                Some(("b", text)) => (true, text),
                _ => return Err(exercise.wrong(file, "a line begins with neither `a:` nor `b:`")),
            };
            let text =
                exercise.replace_names(file, text.trim(), ["{", "}"], |it| filler.word(it))?;
            lines.push((second, text));
        }
        let mut drawn = filler.drawn;
        drawn.retain(|name, _| name != "a" && name != "b");
        Ok(Self { lines, drawn })
    }

    /// The first message that contains a word.
    pub fn position(&self, word: &str) -> Option<usize> {
        self.lines.iter().position(|(_, text)| text.contains(word))
    }
}

/// The exercise's templates, by the path of their file.
fn templates(exercise: &Exercise) -> impl Iterator<Item = (&String, &String)> {
    let files = exercise.files.iter();
    files.filter(|(path, _)| path.starts_with("plots/"))
}

struct TemplateFiller<'a> {
    exercise: &'a Exercise,
    draw: &'a mut Draw,
    drawn: BTreeMap<String, String>,
}

impl TemplateFiller<'_> {
    /// The word for this name: drawn once, and different from every other word drawn.
    fn word(&mut self, name: &str) -> Result<String, LabError> {
        if let Some(word) = self.drawn.get(name) {
            return Ok(word.clone());
        }
        let list = name.split_once('.').map_or(name, |(list, _)| list);
        let word = if list == "number" {
            self.draw.number(100_000, 999_999).to_string()
        } else {
            let mut free = library::words(self.exercise, list)?;
            free.retain(|word| self.drawn.values().all(|taken| taken != word));
            let drawn = self.draw.one(&free);
            let few = || {
                self.exercise
                    .wrong(list, "there are too few words in this list")
            };
            drawn.ok_or_else(few)?.clone()
        };
        self.drawn.insert(name.to_owned(), word.clone());
        Ok(word)
    }
}

/// The drawn words of a whole conversation, by part: finds the template whose messages these
/// are.
///
/// # Errors
/// [`LabError::Unsolved`] if they fit no template.
pub fn match_all(exercise: &Exercise, texts: &[String]) -> Result<Answers, LabError> {
    for (_, template) in templates(exercise) {
        let mut lines = template.lines().filter_map(|line| line.split_once(':'));
        let matched: Option<Vec<_>> = texts
            .iter()
            .map(|text| match_line(lines.next()?.1.trim(), text))
            .collect();
        if let Some(drawn) = matched.filter(|it| !it.is_empty()) {
            return Ok(Answers(parts_only(exercise, drawn.concat()).collect()));
        }
    }
    Err(LabError::Unsolved("the texts are those of no plot"))
}

/// The drawn words of some messages in any order, by part: wherever a line of a template
/// fits.
pub fn match_any(exercise: &Exercise, texts: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (_, template) in templates(exercise) {
        for (_, line) in template.lines().filter_map(|line| line.split_once(':')) {
            for text in texts.iter().filter(|_| line.contains('{')) {
                let drawn = match_line(line.trim(), text).unwrap_or_default();
                found.extend(parts_only(exercise, drawn));
            }
        }
    }
    found
}

fn parts_only(
    exercise: &Exercise,
    drawn: Vec<(String, String)>,
) -> impl Iterator<Item = (String, String)> {
    drawn
        .into_iter()
        .filter(|(name, _)| exercise.part(name).is_some())
}

/// What a text has where a line of a template has braces; `None` if it does not fit.
fn match_line(line: &str, text: &str) -> Option<Vec<(String, String)>> {
    let mut drawn = Vec::new();
    let (before, mut line) = line.split_once('{').unwrap_or((line, ""));
    let mut text = text.strip_prefix(before)?;
    while let Some((name, rest)) = line.split_once('}') {
        let (next, more) = rest.split_once('{').unwrap_or((rest, ""));
        let end = if next.is_empty() {
            text.len()
        } else {
            text.find(next)?
        };
        let (word, after) = text.split_at_checked(end)?;
        drawn.push((name.to_owned(), word.to_owned()));
        text = after.strip_prefix(next)?;
        line = more;
    }
    text.is_empty().then_some(drawn)
}

/// A text with a capital as its first letter.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
