//! What a student answers, in a file or on the command line.

use std::collections::BTreeMap;

use super::Exercise;

/// Answers by the name of their part, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(pub BTreeMap<String, String>);

impl Answers {
    /// Reads the file in which a student answers: `part: answer` on each line. Empty lines,
    /// comments (`#`) and parts without an answer are skipped.
    ///
    /// # Errors
    /// [`NotAnAnswer`] names the line.
    pub fn read(exercise: &Exercise, text: &str) -> Result<Self, NotAnAnswer> {
        let mut all = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, answer) = line
                .split_once(':')
                .ok_or(NotAnAnswer::Line { line: number })?;
            let name = part_name(exercise, name)?;
            if answer.trim().is_empty() {
                continue;
            }
            if all.insert(name.clone(), answer.trim().to_owned()).is_some() {
                return Err(NotAnAnswer::Twice { part: name });
            }
        }
        Ok(Self(all))
    }

    /// These answers, replaced by others where the others have an answer for the part.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(others.0.clone());
        Self(all)
    }

    /// Those that are in the form of their part.
    #[must_use]
    pub fn well_formed(&self, exercise: &Exercise) -> Self {
        let fits = |(name, answer): &(&String, &String)| {
            let part = exercise.part(name);
            part.is_some_and(|part| part.form.spell(answer).is_ok())
        };
        let all = self.0.iter().filter(fits);
        Self(all.map(|(name, it)| (name.clone(), it.clone())).collect())
    }

    /// In the form in which answers are compared, in the order of the questions; `None`
    /// unless every part has an answer in its form.
    pub fn compared(&self, exercise: &Exercise) -> Option<Vec<String>> {
        let parts = exercise.about.parts.iter();
        parts
            .map(|part| part.form.compared(self.0.get(&part.name)?).ok())
            .collect()
    }

    /// Parses answers from the command line: `part=answer` each, or the answer alone where
    /// the exercise has one part only.
    ///
    /// # Errors
    /// [`NotAnAnswer`] says which argument is none.
    pub fn parse_args(exercise: &Exercise, args: &[String]) -> Result<Self, NotAnAnswer> {
        let parts = &exercise.about.parts;
        if let [only] = parts.as_slice() {
            let all = args.join(" ");
            let prefix = format!("{}=", only.name);
            let answer = all.strip_prefix(&prefix).unwrap_or(&all).trim().to_owned();
            let given = (!answer.is_empty()).then(|| (only.name.clone(), answer));
            return Ok(Self(given.into_iter().collect()));
        }
        let mut all = BTreeMap::new();
        for answer in args {
            let (name, answer) = answer
                .split_once('=')
                .ok_or_else(|| NotAnAnswer::Nameless {
                    answer: answer.clone(),
                })?;
            let name = part_name(exercise, name)?;
            if all.insert(name.clone(), answer.trim().to_owned()).is_some() {
                return Err(NotAnAnswer::Twice { part: name });
            }
        }
        Ok(Self(all))
    }

    /// The text of the answer file, with these answers in it.
    pub fn write(&self, exercise: &Exercise, asks: &[String]) -> String {
        let mut out = format!(
            "# {}: your answers. Write each behind its colon, then run\n\
             #   doormat lab check {}\n",
            exercise.about.title, exercise.name
        );
        for (part, ask) in exercise.about.parts.iter().zip(asks) {
            let answer = self.0.get(&part.name).map_or("", String::as_str);
            out += &format!("\n# {ask}\n# Give {}.\n", part.form.advice());
            out += format!("{}: {answer}", part.name).trim_end();
            out += "\n";
        }
        out
    }
}

/// A student's answer file with other answers in it: each line `part: …` is replaced, and
/// parts that the file does not have yet are appended.
pub fn put_into(file: &str, answers: &Answers) -> String {
    let mut left = answers.0.clone();
    let mut out = String::new();
    for line in file.lines() {
        let name = line
            .split_once(':')
            .map(|(name, _)| name.trim().to_lowercase());
        match name.and_then(|name| left.remove_entry(&name)) {
            Some((name, answer)) => out += &format!("{name}: {answer}\n"),
            None => out += &format!("{line}\n"),
        }
    }
    for (name, answer) in left {
        out += &format!("{name}: {answer}\n");
    }
    out
}

fn part_name(exercise: &Exercise, name: &str) -> Result<String, NotAnAnswer> {
    let name = name.trim().to_lowercase();
    match exercise.part(&name) {
        Some(part) => Ok(part.name.clone()),
        None => Err(NotAnAnswer::NoSuchPart {
            part: name,
            parts: exercise
                .about
                .parts
                .iter()
                .map(|part| part.name.clone())
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

/// Why a text holds no answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum NotAnAnswer {
    #[error("line {line} is not of the form `part: answer`")]
    Line { line: usize },
    #[error("it answers `{part}` twice")]
    Twice { part: String },
    #[error("nothing called `{part}` is asked here; what is asked: {parts}")]
    NoSuchPart { part: String, parts: String },
    #[error("`{answer}` does not say what it answers")]
    Nameless { answer: String },
}
