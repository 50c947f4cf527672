//! The author's check: an exercise is not solved as shipped, its reference solution solves it,
//! no decoy does, and no student's answers solve another's variant.

use rayon::prelude::*;

use super::{
    Answers, Course, Exercise, Handout, LabError, Student, answer_search::contains_answer,
    exercise::TIERS, kind,
};

/// The result of a check.
#[derive(Debug)]
pub struct Verified {
    /// The exercise's name.
    pub exercise: String,
    /// How many students' variants were checked.
    pub students: usize,
    /// Wrong answers that were tried and failed.
    pub decoys: usize,
    /// Everything that is wrong.
    pub faults: Vec<String>,
}

/// One student's variant after its check.
struct CheckedVariant<'a> {
    handout: Handout<'a>,
    answers: Answers,
    decoys: usize,
    faults: Vec<String>,
}

/// Checks an exercise for this many students of the public course.
pub fn verify(exercise: &Exercise, students: usize) -> Verified {
    let checked: Vec<(String, Result<CheckedVariant<'_>, LabError>)> = (1..=students)
        .into_par_iter()
        .map(|number| {
            let name = format!("verify-{number}");
            let checked = check_variant(exercise, &name);
            (name, checked)
        })
        .collect();
    let mut faults = check_texts(exercise);
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
            if checked.handout.is_solved_by(&theirs.answers) {
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

/// Checks what does not depend on a student.
fn check_texts(exercise: &Exercise) -> Vec<String> {
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

fn check_variant<'a>(exercise: &'a Exercise, name: &str) -> Result<CheckedVariant<'a>, LabError> {
    let student = Student::new(name).map_err(|error| exercise.wrong(name, error))?;
    let handout = Handout::of(exercise, &Course::Public, &student)?;
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{name}: {what}"));

    match Answers::read(exercise, &handout.answer_file()) {
        Ok(answers) if !handout.mark(&answers).any_answer() => {}
        Ok(_) => fault("the answer file as shipped answers something".into()),
        Err(error) => fault(format!("the answer file as shipped is refused: {error}")),
    }
    let examples = exercise.about.parts.iter();
    let examples = Answers(
        examples
            .map(|it| (it.name.clone(), it.example.clone()))
            .collect(),
    );
    if handout.mark(&examples).right() > 0 {
        fault("an example is the right answer".into());
    }
    let answers = kind::of(exercise)?.solve(exercise, &handout.files)?;
    let marks = handout.mark(&answers);
    if !marks.all_right() {
        fault(format!("the reference solution fails: {:?}", marks.0));
    }
    for decoy in handout.decoys() {
        if exercise.part(&decoy.part).is_none() {
            fault(format!(
                "a decoy answers `{}`, which is not asked",
                decoy.part
            ));
        }
        let mut wrong = answers.clone();
        wrong.0.insert(decoy.part.clone(), decoy.answer.clone());
        if handout.mark(&wrong).all_right() {
            fault(format!("the decoy {}={} passes", decoy.part, decoy.answer));
        }
    }
    for (part, correct) in handout.correct() {
        let visible = exercise.part(part).is_some_and(|it| it.visible);
        if let Some(correct) = correct.filter(|it| !visible && it.len() >= 4) {
            for (file, bytes) in &handout.files.0 {
                if contains_answer(bytes, correct) {
                    fault(format!("the answer to `{part}` can be read in {file}"));
                }
            }
        }
    }
    let decoys = handout.decoys().len();
    if decoys == 0 {
        fault("there is no decoy".into());
    }
    Ok(CheckedVariant {
        handout,
        answers,
        decoys,
        faults,
    })
}
