//! `lab list`: all exercises, and which of them are begun or solved in this folder.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::folder::Folder;
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Exercise, exercise::Level, progress::PROGRESS};
use crate::text::column;

/// List the exercises, and which of them you have begun or solved here
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArgs {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ExerciseList<'a> {
    exercises: Vec<ListedExercise<'a>>,
}

#[derive(Serialize)]
struct ListedExercise<'a> {
    name: &'a str,
    title: &'a str,
    minutes: u32,
    level: Level,
}

pub(super) fn list(all: &[Exercise], args: &ListArgs) -> Result<(), Failure> {
    if args.json {
        let exercises = all.iter().map(|it| ListedExercise {
            name: &it.name,
            title: &it.about.title,
            minutes: it.about.minutes,
            level: it.about.level,
        });
        return terminal::print_json(&ExerciseList {
            exercises: exercises.collect(),
        });
    }
    let mut lines = vec![format!("   {}", row("name", "minutes", "level", "what"))];
    let mut open = None;
    for exercise in all {
        let state = state(all, exercise);
        let sign = match state {
            ExerciseState::New => " ",
            ExerciseState::Begun => "…",
            ExerciseState::Solved => "✓",
        };
        if state != ExerciseState::Solved {
            open = open.or(Some((exercise, state)));
        }
        let about = &exercise.about;
        let minutes = format!("{:>7}", about.minutes);
        let what = match about.what.as_str() {
            "" => &about.title,
            what => what,
        };
        let listed = row(&exercise.name, &minutes, about.level.as_str(), what);
        lines.push(format!(" {sign} {}", listed.trim_end()));
    }
    lines.push(String::new());
    lines.push(next_step(open));
    terminal::print(lines)
}

fn row(name: &str, minutes: &str, level: &str, title: &str) -> String {
    format!(
        "{} {minutes}  {} {title}",
        column(name, 18),
        column(level, 13)
    )
}

/// How far an exercise is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ExerciseState {
    New,
    Begun,
    Solved,
}

/// How far an exercise is whose folder is here: its answers are marked again.
pub(super) fn state(all: &[Exercise], exercise: &Exercise) -> ExerciseState {
    let path = PathBuf::from(&exercise.name);
    if !path.join(PROGRESS).exists() {
        return ExerciseState::New;
    }
    let solved = || {
        let folder = Folder::open(all, &path)?;
        match folder.handout(None)? {
            Some(handout) => folder.is_solved(&handout),
            None => Ok(false),
        }
    };
    match solved() {
        Ok(true) => ExerciseState::Solved,
        Ok(false) | Err(_) => ExerciseState::Begun,
    }
}

/// Where to continue: with the first exercise that is not solved.
pub(super) fn next_step(open: Option<(&Exercise, ExerciseState)>) -> String {
    match open {
        Some((next, ExerciseState::New)) => format!("Next: doormat lab start {}", next.name),
        Some((next, ExerciseState::Begun | ExerciseState::Solved)) => {
            format!("Next: go on in {0}/; doormat lab check {0}", next.name)
        }
        None => "All of them solved.".to_owned(),
    }
}
