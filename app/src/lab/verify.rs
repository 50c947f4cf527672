//! The author's check: an exercise as it is shipped is not solved, its reference solution
//! solves it, no decoy does, and no student's answer is another's.

use rayon::prelude::*;

use super::{
    Answers, Course, Exercise, Handout, LabError, Student, Variant, exercise::TIERS, handout, kind,
};

/// What was found.
#[derive(Debug)]
pub struct Verified {
    /// Of which exercise.
    pub exercise: String,
    /// For how many students.
    pub students: usize,
    /// Wrong answers that were tried and failed.
    pub decoys: usize,
    /// What is not as it should be.
    pub faults: Vec<String>,
}

/// One student's variant, checked.
struct Checked<'a> {
    made: Handout<'a>,
    answers: Answers,
    decoys: usize,
    faults: Vec<String>,
}

/// Checks an exercise for so many students of the public course.
pub fn verify(exercise: &Exercise, students: usize) -> Verified {
    let checked: Vec<(String, Result<Checked<'_>, LabError>)> = (1..=students)
        .into_par_iter()
        .map(|number| {
            let name = format!("verify-{number}");
            let checked = one(exercise, &name);
            (name, checked)
        })
        .collect();
    let mut faults = texts(exercise);
    let mut decoys = 0;
    let mut sound = Vec::new();
    for (student, checked) in checked {
        match checked {
            Ok(checked) => {
                decoys += checked.decoys;
                faults.extend(checked.faults.iter().cloned());
                sound.push((student, checked));
            }
            Err(error) => faults.push(format!("{student}: {error}")),
        }
    }
    for (one, theirs) in &sound {
        for (other, checked) in sound.iter().filter(|(other, _)| other != one) {
            if checked.made.is_solved_by(&theirs.answers) {
                faults.push(format!(
                    "the answer of {one} solves the exercise of {other}"
                ));
            }
        }
    }
    Verified {
        exercise: exercise.name.clone(),
        students,
        decoys,
        faults,
    }
}

/// What can be said without a student.
fn texts(exercise: &Exercise) -> Vec<String> {
    let mut faults = Vec::new();
    for (tier, hint) in TIERS.iter().zip(&exercise.hints) {
        if hint.len() < 20 {
            faults.push(format!("the hint `{tier}` says next to nothing"));
        }
    }
    if exercise.explanation.trim().len() < 100 {
        faults.push("the explanation says next to nothing".to_owned());
    }
    for part in &exercise.about.parts {
        if part.form.spell(&part.example).is_err() {
            faults.push(format!("the example of `{}` is not of its form", part.name));
        }
    }
    faults
}

fn one<'a>(exercise: &'a Exercise, name: &str) -> Result<Checked<'a>, LabError> {
    let student = Student::new(name).map_err(|error| exercise.wrong(name, error))?;
    let variant = Variant::of(&Course::Public, &student, &exercise.name);
    let made = Handout::make(exercise, &student, &variant)?;
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{name}: {what}"));

    let empty = Answers::read(exercise, &made.answer_file());
    if made.judge(&empty.unwrap_or_default()).any_answer() {
        fault("the answer file as shipped answers something".into());
    }
    let examples = exercise.about.parts.iter();
    let examples = Answers(
        examples
            .map(|it| (it.name.clone(), it.example.clone()))
            .collect(),
    );
    if made.judge(&examples).right() > 0 {
        fault("an example is the right answer".into());
    }
    let kind = kind::named(&exercise.about.kind)
        .ok_or_else(|| exercise.wrong("exercise.json", "no such kind"))?;
    let answers = kind.solve(exercise, &made.files)?;
    let marks = made.judge(&answers);
    if !marks.all_right() {
        fault(format!("the reference solution fails: {:?}", marks.0));
    }
    for decoy in made.decoys() {
        if exercise.part(&decoy.part).is_none() {
            fault(format!(
                "a decoy answers `{}`, which is not asked",
                decoy.part
            ));
        }
        let mut wrong = answers.clone();
        wrong.0.insert(decoy.part.clone(), decoy.answer.clone());
        if made.judge(&wrong).all_right() {
            fault(format!("the decoy {}={} passes", decoy.part, decoy.answer));
        }
    }
    for (part, right) in made.right() {
        let visible = exercise.part(part).is_some_and(|it| it.visible);
        if let Some(right) = right.filter(|it| !visible && it.len() >= 4) {
            for (file, bytes) in &made.files {
                if handout::shows(bytes, right) {
                    fault(format!("the answer to `{part}` can be read in {file}"));
                }
            }
        }
    }
    let decoys = made.decoys().len();
    if decoys == 0 {
        fault("there is no decoy".into());
    }
    Ok(Checked {
        made,
        answers,
        decoys,
        faults,
    })
}
