//! The folder that a student gets: the brief, and what was recorded and stolen.

use std::collections::BTreeMap;

use super::{
    Answers, Course, Exercise, LabError, Marks, Student, Variant,
    kind::{
        self,
        material::{BRIEF, HandoutFiles, Material},
    },
    marking::{CorrectAnswer, Decoy},
    reflow::{COLUMNS, reflow},
};

/// What one student gets of an exercise, and the correct answers.
#[derive(Debug)]
pub struct Handout<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The handed-out files, including the brief.
    pub files: HandoutFiles,
    /// The exercise's own text of the brief, with facts.
    pub body: String,
    /// The questions in order, with facts.
    pub asks: Vec<String>,
    /// The full story.
    pub explanation: String,
    correct: BTreeMap<String, CorrectAnswer>,
    /// The correct answers of each part, in order, as answers are compared.
    compared: Vec<Vec<String>>,
    decoys: Vec<Decoy>,
}

/// The file in which a student answers.
pub const ANSWERS: &str = "answer.txt";

impl<'a> Handout<'a> {
    /// Generates a student's variant in a course.
    ///
    /// # Errors
    /// As [`make`](Self::make).
    pub fn of(
        exercise: &'a Exercise,
        course: &Course,
        student: &Student,
    ) -> Result<Self, LabError> {
        let variant = Variant::of(course, student, &exercise.name);
        Self::make(exercise, student, &variant)
    }

    /// Generates a variant.
    ///
    /// # Errors
    /// [`LabError`] if the exercise does not meet what its kind requires.
    pub fn make(
        exercise: &'a Exercise,
        student: &Student,
        variant: &Variant,
    ) -> Result<Self, LabError> {
        let Material {
            mut files,
            mut facts,
            mut correct,
            mut decoys,
        } = kind::of(exercise)?.make(exercise, variant)?;
        facts.insert("exercise".into(), exercise.name.clone());
        facts.insert("student".into(), student.to_string());
        for part in &exercise.about.parts {
            let missing = || exercise.wrong("exercise.json", "the kind answers no such part");
            let spell = |answer: &mut String| {
                let spelled = part.form.spell(answer);
                *answer = spelled.map_err(|error| exercise.wrong(&part.name, error))?;
                Ok::<_, LabError>(())
            };
            match correct.get_mut(&part.name).ok_or_else(missing)? {
                CorrectAnswer::Exact(answer) => spell(answer)?,
                CorrectAnswer::AnyOf(answers) => answers.iter_mut().try_for_each(spell)?,
                CorrectAnswer::Tested(..) => {}
            }
        }
        let listed = exercise.about.decoys.iter().flatten();
        decoys.extend(listed.map(|(part, answer)| Decoy {
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
        let text = brief(exercise, &body, &asks);
        files.0.insert(BRIEF.into(), text.into_bytes());
        let compared = exercise.about.parts.iter().map(|part| {
            let listed = correct
                .get(&part.name)
                .map_or(&[][..], CorrectAnswer::listed);
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
            correct,
            decoys,
        })
    }

    /// Marks answers.
    pub fn mark(&self, answers: &Answers) -> Marks {
        Marks::of(self.exercise, answers, &self.correct, &self.decoys)
    }

    /// The empty file in which a student answers.
    pub fn answer_file(&self) -> String {
        Answers::default().write(self.exercise, &self.asks)
    }

    /// The correct answers in the order of the questions; `None` where only a test decides.
    pub fn correct(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.exercise.about.parts.iter().map(|part| {
            let known = self.correct.get(&part.name).and_then(CorrectAnswer::known);
            (part.name.as_str(), known)
        })
    }

    /// Whether all of these answers are correct here.
    pub fn is_solved_by(&self, answers: &Answers) -> bool {
        answers
            .compared(self.exercise)
            .is_some_and(|compared| self.is_solved_by_compared(&compared))
    }

    /// The same for answers as they are compared, in the order of the questions. Tests are run
    /// last, and only if everything else is correct.
    pub fn is_solved_by_compared(&self, given: &[String]) -> bool {
        let parts = &self.exercise.about.parts;
        let correct = || parts.iter().map(|part| self.correct.get(&part.name));
        let mut listed = correct().zip(&self.compared).zip(given);
        let without_tests = listed.all(|((correct, listed), given)| match correct {
            Some(CorrectAnswer::Tested(..)) => true,
            Some(CorrectAnswer::Exact(_) | CorrectAnswer::AnyOf(_)) | None => {
                listed.contains(given)
            }
        });
        without_tests
            && parts.len() == given.len()
            && correct().zip(given).all(|(correct, given)| match correct {
                Some(CorrectAnswer::Tested(test, _)) => test.run(given).is_right(),
                Some(CorrectAnswer::Exact(_) | CorrectAnswer::AnyOf(_)) | None => true,
            })
    }

    /// Plausible wrong answers.
    pub fn decoys(&self) -> &[Decoy] {
        &self.decoys
    }
}

/// The brief as it is handed out: the exercise's text within what all briefs have in common.
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
