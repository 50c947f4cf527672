//! `lab explain`: the full explanation of a solved exercise.

use clap::Args;

use super::{common::ExerciseArgs, folder::Folder};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{
    Exercise,
    reflow::{COLUMNS, reflow},
};

/// Tell the full story of an exercise, once it is solved
#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
}

pub(super) fn explain(all: &[Exercise], args: &ExplainArgs) -> Result<(), Failure> {
    let folder = Folder::of(all, &args.exercise)?;
    let name = &folder.exercise.name;
    let handout = folder.required_handout(
        args.exercise.course.as_deref(),
        "whether it is solved cannot be said here",
        "Ask your instructor for the story once it has been graded.",
    )?;
    if !folder.is_solved(&handout)? {
        return Err(Failure::new(
            format!("`{name}` is not solved yet"),
            format!(
                "`doormat lab check {name}` says what is missing; `doormat lab hint {name}` helps."
            ),
        ));
    }
    let story = reflow(handout.explanation.trim(), COLUMNS);
    let head = [
        format!("The story of \"{}\"", folder.exercise.about.title),
        String::new(),
    ];
    let story = story.trim_end().lines().map(str::to_owned);
    terminal::print(head.into_iter().chain(story))
}
