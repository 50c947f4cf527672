//! `lab reset`: puts a folder's files back.

use clap::Args;

use super::{
    common::{ExerciseArgs, replace, shown},
    folder::Folder,
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Exercise, handout::ANSWERS, kind::material::BRIEF};

/// Put an exercise's files back as they were; answers, hints and attempts stay
#[derive(Debug, Args)]
pub(in crate::cli) struct ResetArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
}

pub(super) fn reset(all: &[Exercise], args: &ResetArgs) -> Result<(), Failure> {
    let folder = Folder::of(all, &args.exercise)?;
    let handout = folder.required_handout(
        args.exercise.course.as_deref(),
        "its files cannot be made here",
        "Ask your instructor for the folder again, or give --course if you are the instructor.",
    )?;
    for (name, bytes) in &handout.files.0 {
        replace(&folder.path.join(name), bytes)?;
    }
    // The student's answers are kept.
    let (text, kept) = match folder.answers() {
        Ok(answers) if answers.0.is_empty() => (handout.answer_file(), "is empty"),
        Ok(answers) => (
            answers.write(folder.exercise, &handout.asks),
            "keeps your answers",
        ),
        Err(_) => (
            handout.answer_file(),
            "could not be read and is empty again",
        ),
    };
    replace(&folder.path.join(ANSWERS), text.as_bytes())?;
    terminal::print([
        format!(
            "{}: {}/ is as it was at the start.",
            folder.exercise.about.title,
            shown(&folder.path)
        ),
        format!("{ANSWERS} {kept}; hints and attempts stay noted."),
        format!("Next: read {BRIEF} in it."),
    ])
}
