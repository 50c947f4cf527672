//! The folder that a student gets: the brief, and what was recorded and stolen.

use std::collections::BTreeMap;

use super::{
    Answers, Exercise, LabError, Marks, Student, Variant,
    answers::{Decoy, Right},
    kind,
    reflow::{COLUMNS, reflow},
};

/// What a kind makes of a variant.
#[derive(Debug, Default)]
pub struct Made {
    /// Files to hand out, by name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What the texts name in double braces.
    pub facts: BTreeMap<String, String>,
    /// What is right for each part.
    pub right: BTreeMap<String, Right>,
    /// Wrong answers that somebody might well give.
    pub decoys: Vec<Decoy>,
}

impl Made {
    /// Adds a file.
    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.insert(name.to_owned(), bytes.into());
    }

    /// Adds a fact.
    pub fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// Adds an answer, in any spelling.
    pub fn answer(&mut self, part: &str, answer: impl Into<String>) {
        self.right.insert(part.to_owned(), Right::Is(answer.into()));
    }

    /// Adds an answer, and other ways to give it.
    pub fn either<const N: usize>(&mut self, part: &str, answers: [String; N]) {
        let answers = Right::Either(answers.into());
        self.right.insert(part.to_owned(), answers);
    }

    /// Adds a wrong answer and what to say of it.
    pub fn decoy(&mut self, part: &str, answer: impl Into<String>, note: &str) {
        self.decoys.push(Decoy {
            part: part.to_owned(),
            answer: answer.into(),
            note: (!note.is_empty()).then(|| note.to_owned()),
        });
    }
}

/// One student's variant, made.
#[derive(Debug)]
pub struct Handout<'a> {
    /// Of this exercise.
    pub exercise: &'a Exercise,
    /// The files handed out, by name: the brief too.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The brief's own text, the facts put in.
    pub body: String,
    /// What is asked, in order, the facts put in.
    pub asks: Vec<String>,
    /// The full story.
    pub explanation: String,
    right: BTreeMap<String, Right>,
    /// What is right for each part, in order, as answers are compared.
    compared: Vec<Vec<String>>,
    decoys: Vec<Decoy>,
}

/// The brief's file.
pub const BRIEF: &str = "brief.md";

/// The file in which a student answers.
pub const ANSWERS: &str = "answer.txt";

impl<'a> Handout<'a> {
    /// Makes a student's variant.
    ///
    /// # Errors
    /// [`LabError`] if the exercise is not as its author meant it.
    pub fn make(
        exercise: &'a Exercise,
        student: &Student,
        variant: &Variant,
    ) -> Result<Self, LabError> {
        let kind = kind::named(&exercise.about.kind).ok_or_else(|| {
            let what = format!("there is no kind `{}`", exercise.about.kind);
            exercise.wrong("exercise.json", what)
        })?;
        let Made {
            mut files,
            mut facts,
            mut right,
            mut decoys,
        } = kind.make(exercise, variant)?;
        facts.insert("exercise".into(), exercise.name.clone());
        facts.insert("student".into(), student.to_string());
        for part in &exercise.about.parts {
            let missing = || exercise.wrong("exercise.json", "the kind answers no such part");
            let spell = |answer: &mut String| {
                let spelled = part.form.spell(answer);
                *answer = spelled.map_err(|error| exercise.wrong(&part.name, error))?;
                Ok::<_, LabError>(())
            };
            match right.get_mut(&part.name).ok_or_else(missing)? {
                Right::Is(answer) => spell(answer)?,
                Right::Either(answers) => answers.iter_mut().try_for_each(spell)?,
                Right::Passes(..) => {}
            }
        }
        let written = exercise.about.decoys.iter().flatten();
        decoys.extend(written.map(|(part, answer)| Decoy {
            part: part.clone(),
            answer: answer.clone(),
            note: None,
        }));
        let asks = exercise
            .about
            .parts
            .iter()
            .map(|part| exercise.fill("exercise.json", &part.ask, &facts))
            .collect::<Result<Vec<_>, _>>()?;
        let body = exercise.fill(BRIEF, &exercise.brief, &facts)?;
        files.insert(BRIEF.into(), brief(exercise, &body, &asks).into_bytes());
        let compared = exercise.about.parts.iter().map(|part| {
            let listed = right.get(&part.name).map_or(&[][..], Right::listed);
            let listed = listed.iter().filter_map(|it| part.form.compared(it).ok());
            listed.collect()
        });
        Ok(Self {
            compared: compared.collect(),
            exercise,
            files,
            body,
            asks,
            explanation: exercise.fill("explanation.md", &exercise.explanation, &facts)?,
            right,
            decoys,
        })
    }

    /// Judges answers.
    pub fn judge(&self, answers: &Answers) -> Marks {
        Marks::of(self.exercise, answers, &self.right, &self.decoys)
    }

    /// The empty file in which a student answers.
    pub fn answer_file(&self) -> String {
        Answers::default().write(self.exercise, &self.asks)
    }

    /// What is right, in the order of the questions; nothing where a test alone knows.
    pub fn right(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.exercise.about.parts.iter().map(|part| {
            let right = self.right.get(&part.name).and_then(Right::known);
            (part.name.as_str(), right)
        })
    }

    /// Whether all of these answers are right here; tests are run last, and only if
    /// everything else is.
    pub fn is_solved_by(&self, answers: &Answers) -> bool {
        self.exercise
            .spell(answers)
            .is_some_and(|spelled| self.is_solved_by_spelled(&spelled))
    }

    /// The same of answers in their one spelling, in the order of the questions.
    pub fn is_solved_by_spelled(&self, spelled: &[String]) -> bool {
        let parts = &self.exercise.about.parts;
        let right = || parts.iter().map(|part| self.right.get(&part.name));
        let mut listed = right().zip(&self.compared).zip(spelled);
        let plain = listed.all(|((right, listed), given)| match right {
            Some(Right::Passes(..)) => true,
            _ => listed.contains(given),
        });
        plain
            && parts.len() == spelled.len()
            && right().zip(spelled).all(|(right, given)| match right {
                Some(Right::Passes(test, _)) => test(given).is_ok(),
                _ => true,
            })
    }

    /// Wrong answers that somebody might well give.
    pub fn decoys(&self) -> &[Decoy] {
        &self.decoys
    }
}

/// The brief as it is handed out: what every exercise has in common, around its text.
fn brief(exercise: &Exercise, body: &str, asks: &[String]) -> String {
    let about = &exercise.about;
    let mut out = format!(
        "# {}\n\n*{} minutes, {}, {} points.*\n\n{}\n\n## What is asked\n\n",
        about.title,
        about.minutes,
        about.level.as_str(),
        about.points,
        body.trim()
    );
    for (part, ask) in about.parts.iter().zip(asks) {
        out += &format!("- `{}`: {ask} Give {}.\n", part.name, part.form.advice());
    }
    let typed: Vec<String> = about
        .parts
        .iter()
        .map(|part| format!("{}={}", part.name, quoted(&part.example)))
        .collect();
    out += &format!(
        "\nWrite your answers into `{ANSWERS}` and run `doormat lab check {0}`, here or in the folder \
         above; or give them on the command line, some or all:\n\n\
         ```sh\ndoormat lab check {0} {1}\n```\n\n\
         Stuck? `doormat lab hint {0}`, up to three times. Solved? `doormat lab explain {0}`.\n",
        exercise.name,
        typed.join(" "),
    );
    reflow(&out, COLUMNS)
}

fn quoted(text: &str) -> String {
    if text.contains(' ') {
        format!("'{text}'")
    } else {
        text.to_owned()
    }
}

/// Whether an answer can be looked up in a file: as it is spelled, in hexadecimal, in base64.
pub fn shows(file: &[u8], answer: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let digits = hex::encode(answer);
    if stands(&lower, answer.as_bytes()) || contains(&lower, digits.as_bytes()) {
        return true;
    }
    // In base64 a text looks in three ways, by where it begins; the first and last letters
    // of each depend on what is beside it.
    (0..3).any(|shift| {
        let padded = [vec![0; shift], answer.as_bytes().to_vec()].concat();
        let text = base64(&padded);
        let skip = [0, 2, 3].get(shift).copied().unwrap_or(0);
        let inner = text.get(skip..text.len().saturating_sub(2)).unwrap_or("");
        inner.len() >= 4 && contains(file, inner.as_bytes())
    })
}

/// By itself: not as some digits among others.
fn stands(file: &[u8], answer: &[u8]) -> bool {
    let numeric = answer.iter().all(u8::is_ascii_digit);
    let ends = |byte: Option<&u8>| !numeric || byte.is_none_or(|it| !it.is_ascii_hexdigit());
    let mut places = file.windows(answer.len().max(1)).enumerate();
    places.any(|(at, found)| {
        let before = at.checked_sub(1).and_then(|it| file.get(it));
        found == answer && ends(before) && ends(file.get(at + answer.len()))
    })
}

fn contains(file: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && file.windows(part.len()).any(|it| it == part)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648 §4, without padding.
fn base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, place| {
            bits << 8 | usize::from(chunk.get(place).copied().unwrap_or(0))
        });
        for place in 0..=chunk.len() {
            let six = bits >> (18 - 6 * place) & 63;
            out.extend(BASE64.get(six).map(|it| char::from(*it)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_can_be_looked_up_is_found() {
        for file in [
            "it is the Old Mill, say",
            "6f6c64206d696c6c",
            "eyJhIjoib2xkIG1pbGwifQ==",
        ] {
            assert!(shows(file.as_bytes(), "old mill"), "{file}");
        }
        assert!(!shows(b"it is the old windmill", "old mill"));
    }
}
