//! Which answers are correct, and the marks of a student's answers.

use std::collections::BTreeMap;

use super::{Answers, Exercise, exercise::ExercisePart, form::AnswerForm};

/// The correct answer of one part.
pub enum CorrectAnswer {
    /// This one, in its form's canonical spelling.
    Exact(String),
    /// Any of these; the first is the one that is shown.
    AnyOf(Vec<String>),
    /// Every answer that passes this test, and one such answer where it is known.
    Tested(AnswerTest, Option<String>),
}

/// A test that marks an answer as it is [compared](AnswerForm::compared).
pub struct AnswerTest(Box<dyn Fn(&str) -> Mark + Send + Sync>);

impl AnswerTest {
    /// A test that passes with a note or without one, or fails with a reason; the reason must
    /// not give the correct answer away.
    pub fn new(
        test: impl Fn(&str) -> Result<Option<String>, String> + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |answer| match test(answer) {
            Ok(note) => Mark::Right(note),
            Err(reason) => Mark::Wrong(Some(reason)),
        }))
    }

    /// Marks an answer.
    pub fn run(&self, answer: &str) -> Mark {
        (self.0)(answer)
    }
}

impl std::fmt::Debug for CorrectAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(_) => f.write_str("Exact"),
            Self::AnyOf(_) => f.write_str("AnyOf"),
            Self::Tested(..) => f.write_str("Tested"),
        }
    }
}

impl CorrectAnswer {
    /// The answers that are correct without a test.
    pub fn listed(&self) -> &[String] {
        match self {
            Self::Exact(answer) => std::slice::from_ref(answer),
            Self::AnyOf(answers) => answers,
            Self::Tested(..) => &[],
        }
    }

    /// Whether an answer, as it is compared, is one of [those](Self::listed).
    pub fn lists(&self, form: AnswerForm, given: &str) -> bool {
        let mut listed = self.listed().iter();
        listed.any(|right| form.compared(right).as_deref() == Ok(given))
    }

    /// A correct answer, where one is known without a test.
    pub fn known(&self) -> Option<&str> {
        match self {
            Self::Exact(answer) => Some(answer),
            Self::AnyOf(answers) => answers.first().map(String::as_str),
            Self::Tested(_, answer) => answer.as_deref(),
        }
    }
}

/// A plausible wrong answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoy {
    /// The part that it answers.
    pub part: String,
    /// The answer.
    pub answer: String,
    /// The note for a student who gives it.
    pub note: Option<String>,
}

/// The mark of one part's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Correct, with a note where there is one.
    Right(Option<String>),
    /// Wrong, with a note where there is one.
    Wrong(Option<String>),
    /// Not in the form of its part; the text says why.
    Malformed(String),
    /// No answer.
    Missing,
}

impl Mark {
    /// Whether the answer is correct.
    pub const fn is_right(&self) -> bool {
        matches!(self, Self::Right(_))
    }
}

/// The marks of all parts, in the order of the questions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks(pub Vec<(String, Mark)>);

impl Marks {
    /// Marks answers.
    pub fn of(
        exercise: &Exercise,
        answers: &Answers,
        right: &BTreeMap<String, CorrectAnswer>,
        decoys: &[Decoy],
    ) -> Self {
        let parts = exercise.about.parts.iter();
        Self(
            parts
                .map(|part| {
                    let answer = answers.0.get(&part.name);
                    let mark = match answer.map(|it| it.trim()) {
                        None | Some("") => Mark::Missing,
                        Some(answer) => mark(part, answer, right.get(&part.name), decoys),
                    };
                    (part.name.clone(), mark)
                })
                .collect(),
        )
    }

    /// Whether every part is correct.
    pub fn all_right(&self) -> bool {
        self.0.iter().all(|(_, mark)| mark.is_right())
    }

    /// How many parts are correct.
    pub fn right(&self) -> usize {
        let right = self.0.iter().filter(|(_, mark)| mark.is_right());
        right.count()
    }

    /// Whether anything was answered.
    pub fn any_answer(&self) -> bool {
        self.0.iter().any(|(_, mark)| *mark != Mark::Missing)
    }
}

fn mark(
    part: &ExercisePart,
    answer: &str,
    right: Option<&CorrectAnswer>,
    decoys: &[Decoy],
) -> Mark {
    let given = match part.form.compared(answer) {
        Ok(given) => given,
        Err(error) => return Mark::Malformed(error.to_string()),
    };
    match right {
        Some(right) if right.lists(part.form, &given) => Mark::Right(None),
        Some(CorrectAnswer::Tested(test, _)) => test.run(&given),
        Some(CorrectAnswer::Exact(right))
            if part.form == AnswerForm::Hex && right.len() != given.len() =>
        {
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
