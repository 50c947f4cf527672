//! `lab list` and `lab status`: what there is, and how far you are.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;

use super::{Which, folder::Folder};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Exercise, exercise::Level, progress::PROGRESS};
use crate::text::{column, count};

/// List the exercises, and which of them you have begun or solved here
#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Say how far you are: in one exercise, or in all that are here
#[derive(Debug, Args)]
pub(in crate::cli) struct Status {
    /// The exercise; all that are begun in this folder unless said otherwise
    name: Option<String>,
    /// Its folder; ./NAME unless said otherwise
    #[arg(long, value_name = "DIR", requires = "name")]
    folder: Option<PathBuf>,
    /// The course's secret file, for instructors
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
}

#[derive(Serialize)]
struct Listed<'a> {
    exercises: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    title: &'a str,
    minutes: u32,
    level: Level,
}

pub(super) fn list(all: &[Exercise], options: &List) -> Result<(), Failure> {
    if options.json {
        let exercises = all.iter().map(|it| Entry {
            name: &it.name,
            title: &it.about.title,
            minutes: it.about.minutes,
            level: it.about.level,
        });
        return terminal::print_json(&Listed {
            exercises: exercises.collect(),
        });
    }
    let mut lines = vec![format!("   {}", row("name", "minutes", "level", "what"))];
    let mut begin = None;
    for exercise in all {
        let sign = match state(all, exercise) {
            State::New => " ",
            State::Begun => "…",
            State::Solved => "✓",
        };
        if sign != "✓" && begin.is_none() {
            begin = Some((exercise, sign));
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
    lines.push(match begin {
        Some((next, " ")) => format!("Next: doormat lab start {}", next.name),
        Some((next, _)) => format!("Next: go on in {0}/; doormat lab check {0}", next.name),
        None => "All of them solved.".to_owned(),
    });
    terminal::print(lines)
}

fn row(name: &str, minutes: &str, level: &str, title: &str) -> String {
    format!(
        "{} {minutes}  {} {title}",
        column(name, 18),
        column(level, 13)
    )
}

enum State {
    New,
    Begun,
    Solved,
}

/// How far an exercise is whose folder is here: computed, not believed.
fn state(all: &[Exercise], exercise: &Exercise) -> State {
    let path = PathBuf::from(&exercise.name);
    if !path.join(PROGRESS).exists() {
        return State::New;
    }
    let solved = Folder::open(all, &path).and_then(|folder| solved(&folder, None));
    if solved.is_ok_and(|solved| solved == Some(true)) {
        State::Solved
    } else {
        State::Begun
    }
}

/// Whether an attempt noted here was right, or what is in the answer file is; nothing if
/// that cannot be said here.
fn solved(folder: &Folder<'_>, course: Option<&Path>) -> Result<Option<bool>, Failure> {
    let Some(handout) = folder.handout(course)? else {
        return Ok(None);
    };
    if folder.solved_at(&handout).is_some() {
        return Ok(Some(true));
    }
    let answers = folder.answers()?;
    Ok(Some(
        !answers.0.is_empty() && handout.judge(&answers).all_right(),
    ))
}

pub(super) fn status(all: &[Exercise], options: &Status) -> Result<(), Failure> {
    let course = options.course.as_deref();
    if let Some(name) = &options.name {
        let which = Which {
            name: name.clone(),
            folder: options.folder.clone(),
            course: None,
        };
        return terminal::print(one(&Folder::of(all, &which)?, course)?);
    }
    let mut lines = Vec::new();
    let mut damaged = 0;
    for path in folders_here() {
        match Folder::open(all, &path).and_then(|folder| one(&folder, course)) {
            Ok(told) => lines.extend(told),
            Err(Failure::User(error)) => {
                damaged += 1;
                terminal::print_user_error(*error);
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

/// Where to go on: the first exercise that is not solved here.
fn further(all: &[Exercise]) -> String {
    if Path::new(PROGRESS).exists() {
        return "Next: doormat lab list, in the folder above".to_owned();
    }
    let open = all.iter().map(|it| (it, state(all, it)));
    let next = open
        .filter(|(_, state)| !matches!(state, State::Solved))
        .map(|(exercise, state)| match state {
            State::New => format!("Next: doormat lab start {}", exercise.name),
            _ => format!("Next: go on in {0}/; doormat lab check {0}", exercise.name),
        });
    let mut next = next;
    next.next()
        .unwrap_or_else(|| "All of them solved.".to_owned())
}

/// Folders of the lab's in this one, or this one.
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

/// Its title, and its name if that is another.
fn called(exercise: &Exercise) -> String {
    let (title, name) = (&exercise.about.title, &exercise.name);
    if title == name {
        name.clone()
    } else {
        format!("{title} ({name})")
    }
}

fn one(folder: &Folder<'_>, course: Option<&Path>) -> Result<Vec<String>, Failure> {
    let exercise = folder.exercise;
    let progress = &folder.progress;
    let state = match solved(folder, course)? {
        Some(true) => "✓ solved",
        Some(false) if progress.attempts.is_empty() => "begun",
        Some(false) => "not solved yet",
        None => "to be graded by your instructor",
    };
    Ok(vec![
        format!("{}, {}: {state}", called(exercise), folder.student),
        format!(
            "  {}, {}",
            count(progress.attempts.len(), "attempt"),
            count(progress.hints.len(), "hint")
        ),
    ])
}
