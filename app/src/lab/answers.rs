//! What a student answers, and what is right of it.

use std::collections::BTreeMap;

use super::{Exercise, exercise::Part, form::Form};

/// Answers by the name of their part, as they were typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers(pub BTreeMap<String, String>);

impl Answers {
    /// Reads the file in which a student answers: `part: answer` a line; empty lines and
    /// those that begin with `#` are passed over, and so is a part without an answer.
    ///
    /// # Errors
    /// [`NotAnAnswer`] names the line.
    pub fn read(exercise: &Exercise, text: &str) -> Result<Self, NotAnAnswer> {
        let mut all = BTreeMap::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, answer) = line
                .split_once(':')
                .ok_or(NotAnAnswer::Line { line: number })?;
            let name = known(exercise, name)?;
            if answer.trim().is_empty() {
                continue;
            }
            if all.insert(name.clone(), answer.trim().to_owned()).is_some() {
                return Err(NotAnAnswer::Twice { part: name });
            }
        }
        Ok(Self(all))
    }

    /// These, with others put over them.
    #[must_use]
    pub fn with(&self, others: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(others.0.clone());
        Self(all)
    }

    /// Those that are of their part's form.
    #[must_use]
    pub fn well_formed(&self, exercise: &Exercise) -> Self {
        let fits = |(name, answer): &(&String, &String)| {
            let part = exercise.part(name);
            part.is_some_and(|part| part.form.spell(answer).is_ok())
        };
        let all = self.0.iter().filter(fits);
        Self(all.map(|(name, it)| (name.clone(), it.clone())).collect())
    }

    /// Takes answers from the command line: `part=answer` each; where there is one
    /// question only, or all others are named, the answer alone.
    ///
    /// # Errors
    /// [`NotAnAnswer`] says what is not one.
    pub fn typed(exercise: &Exercise, typed: &[String]) -> Result<Self, NotAnAnswer> {
        let parts = &exercise.about.parts;
        if let [only] = parts.as_slice() {
            let all = typed.join(" ");
            let prefix = format!("{}=", only.name);
            let answer = all.strip_prefix(&prefix).unwrap_or(&all).trim().to_owned();
            let given = (!answer.is_empty()).then(|| (only.name.clone(), answer));
            return Ok(Self(given.into_iter().collect()));
        }
        let mut all = BTreeMap::new();
        for answer in typed {
            let (name, answer) = answer
                .split_once('=')
                .ok_or_else(|| NotAnAnswer::Nameless {
                    answer: answer.clone(),
                })?;
            let name = known(exercise, name)?;
            if all.insert(name.clone(), answer.trim().to_owned()).is_some() {
                return Err(NotAnAnswer::Twice { part: name });
            }
        }
        Ok(Self(all))
    }

    /// The file in which a student answers, with these in it.
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

/// A student's answer file with other answers in it: each line `part: …` is written anew,
/// and what is not there yet comes at the end.
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

fn known(exercise: &Exercise, name: &str) -> Result<String, NotAnAnswer> {
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

/// Not an answer.
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

/// What is right for one part.
pub enum Right {
    /// This, in its form's one spelling.
    Is(String),
    /// Any of these, the first of which is how it is given.
    Either(Vec<String>),
    /// Whatever passes this test, and perhaps one answer that does; a failure says why,
    /// without giving anything away.
    Passes(Test, Option<String>),
}

/// A test that an answer, as it is [compared](super::form::Form::compared), passes or not.
/// Of what passes there is perhaps something to be said too.
pub type Test = Box<dyn Fn(&str) -> Result<Option<String>, String> + Send + Sync>;

impl std::fmt::Debug for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(_) => f.write_str("Is"),
            Self::Either(_) => f.write_str("Either"),
            Self::Passes(..) => f.write_str("Passes"),
        }
    }
}

impl Right {
    /// What is right, where no test tells.
    pub fn listed(&self) -> &[String] {
        match self {
            Self::Is(answer) => std::slice::from_ref(answer),
            Self::Either(answers) => answers,
            Self::Passes(..) => &[],
        }
    }

    /// Whether an answer, as it is compared, is one of those.
    pub fn lists(&self, form: Form, given: &str) -> bool {
        let mut listed = self.listed().iter();
        listed.any(|right| form.compared(right).as_deref() == Ok(given))
    }

    /// An answer that is right, where one is known before it is tried.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Is(answer) => Some(answer),
            Self::Either(answers) => answers.first().map(String::as_str),
            Self::Passes(_, answer) => answer.as_deref(),
        }
    }
}

/// A wrong answer that somebody might well give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoy {
    /// The part that it answers.
    pub part: String,
    /// The answer.
    pub answer: String,
    /// What to say to whoever gives it.
    pub note: Option<String>,
}

/// What is to be said of one part's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// It is right, and perhaps something is to be said of that.
    Right(Option<String>),
    /// It is not, and perhaps something is to be said of that.
    Wrong(Option<String>),
    /// It is in no form in which it could be right.
    Malformed(String),
    /// There is none.
    Missing,
}

impl Mark {
    /// Whether it is right.
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Right(_))
    }
}

/// What is to be said of each part's answer, in the order of the questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(pub Vec<(String, Mark)>);

impl Marks {
    /// Judges answers.
    pub fn of(
        exercise: &Exercise,
        answers: &Answers,
        right: &BTreeMap<String, Right>,
        decoys: &[Decoy],
    ) -> Self {
        let parts = exercise.about.parts.iter();
        Self(
            parts
                .map(|part| {
                    let answer = answers.0.get(&part.name);
                    let mark = match answer.map(|it| it.trim()) {
                        None | Some("") => Mark::Missing,
                        Some(answer) => judge(part, answer, right.get(&part.name), decoys),
                    };
                    (part.name.clone(), mark)
                })
                .collect(),
        )
    }

    /// Whether every part is right.
    pub fn all_right(&self) -> bool {
        self.0.iter().all(|(_, mark)| mark.is_right())
    }

    /// How many parts are right.
    pub fn right(&self) -> usize {
        let right = self.0.iter().filter(|(_, mark)| mark.is_right());
        right.count()
    }

    /// Whether anything was answered.
    pub fn any_answer(&self) -> bool {
        self.0.iter().any(|(_, mark)| *mark != Mark::Missing)
    }
}

fn judge(part: &Part, answer: &str, right: Option<&Right>, decoys: &[Decoy]) -> Mark {
    let given = match part.form.compared(answer) {
        Ok(given) => given,
        Err(error) => return Mark::Malformed(error.to_string()),
    };
    match right {
        Some(right) if right.lists(part.form, &given) => Mark::Right(None),
        Some(Right::Passes(test, _)) => match test(&given) {
            Ok(note) => Mark::Right(note),
            Err(note) => Mark::Wrong(Some(note)),
        },
        Some(Right::Is(right)) if part.form == Form::Hex && right.len() != given.len() => {
            let digits = right.len();
            Mark::Wrong(Some(format!("{} bytes: {digits} digits.", digits / 2)))
        }
        _ => Mark::Wrong(
            decoys
                .iter()
                .filter(|decoy| decoy.part == part.name)
                .find(|decoy| part.form.compared(&decoy.answer).as_ref() == Ok(&given))
                .and_then(|decoy| decoy.note.clone()),
        ),
    }
}
