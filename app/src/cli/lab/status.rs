//! `lab status`: how far a student is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    common::ExerciseArgs,
    folder::Folder,
    list::{ExerciseState, next_step, state},
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Exercise, progress::PROGRESS};
use crate::text::count;

/// Say how far you are: in one exercise, or in all that are here
#[derive(Debug, Args)]
pub(in crate::cli) struct StatusArgs {
    /// The exercise; all that are begun in this folder unless said otherwise
    name: Option<String>,
    /// Its folder; ./NAME unless said otherwise
    #[arg(long, value_name = "DIR", requires = "name")]
    folder: Option<PathBuf>,
    /// The course's secret file, for instructors
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
}

pub(super) fn status(all: &[Exercise], args: &StatusArgs) -> Result<(), Failure> {
    let course = args.course.as_deref();
    if let Some(name) = &args.name {
        let args = ExerciseArgs {
            name: name.clone(),
            folder: args.folder.clone(),
            course: None,
        };
        return terminal::print(progress_lines(&Folder::of(all, &args)?, course)?);
    }
    let mut lines = Vec::new();
    let mut damaged = 0;
    for path in folders_here() {
        match Folder::open(all, &path).and_then(|folder| progress_lines(&folder, course)) {
            Ok(progress) => lines.extend(progress),
            Err(Failure::User(error)) => {
                damaged += 1;
                terminal::print_user_error(&error);
            }
            Err(closed) => return Err(closed),
        }
    }
    if lines.is_empty() && damaged == 0 {
        lines.push("Nothing is begun in this folder.".to_owned());
    }
    lines.push(further(all));
    terminal::print(lines)?;
    if damaged > 0 {
        return Err(Failure::new(
            format!("{} could not be read", count(damaged, "folder")),
            "What is above says which, and what to do.",
        ));
    }
    Ok(())
}

/// Where to continue.
fn further(all: &[Exercise]) -> String {
    if Path::new(PROGRESS).exists() {
        return "Next: doormat lab list, in the folder above".to_owned();
    }
    let mut states = all.iter().map(|it| (it, state(all, it)));
    next_step(states.find(|(_, state)| *state != ExerciseState::Solved))
}

/// The current folder if it is an exercise's, otherwise those in it.
fn folders_here() -> Vec<PathBuf> {
    if Path::new(PROGRESS).exists() {
        return vec![PathBuf::from(".")];
    }
    let found = fs::read_dir(".").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = found
        .map(|it| PathBuf::from(it.file_name()))
        .filter(|it| it.join(PROGRESS).exists())
        .collect();
    found.sort();
    found
}

/// An exercise's title, and its name if that differs.
fn title(exercise: &Exercise) -> String {
    let (title, name) = (&exercise.about.title, &exercise.name);
    if title == name {
        name.clone()
    } else {
        format!("{title} ({name})")
    }
}

fn progress_lines(folder: &Folder<'_>, course: Option<&Path>) -> Result<Vec<String>, Failure> {
    let exercise = folder.exercise;
    let progress = &folder.progress;
    let handout = folder.handout(course)?;
    let solved = handout.map(|it| folder.is_solved(&it)).transpose()?;
    let state = match solved {
        Some(true) => "✓ solved",
        Some(false) if progress.attempts.is_empty() => "begun",
        Some(false) => "not solved yet",
        None => "to be graded by your instructor",
    };
    Ok(vec![
        format!("{}, {}: {state}", title(exercise), folder.student),
        format!(
            "  {}, {}",
            count(progress.attempts.len(), "attempt"),
            count(progress.hints.len(), "hint")
        ),
    ])
}
