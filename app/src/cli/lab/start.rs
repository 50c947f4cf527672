//! `lab start`: creates the folder that a student works in.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    common::{self, ExerciseArgs, named, shown},
    folder::{self, Folder},
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Exercise, Student, kind::material::BRIEF, progress::PROGRESS};
use crate::text::printable;

/// Write an exercise's folder: brief, tape, loot
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat lab start listen
  doormat lab start leak --student ada@example.org --folder week-2/leak")]
pub(in crate::cli) struct StartArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
    /// Whose variant: each student's tapes, keys and answers are others
    #[arg(long, value_name = "ID", default_value = SELF_STUDY)]
    student: String,
}

const SELF_STUDY: &str = "self-study";

pub(super) fn start(all: &[Exercise], args: &StartArgs) -> Result<(), Failure> {
    let exercise = named(all, &args.exercise.name)?;
    let student = student(&args.student)?;
    let path = args.exercise.folder.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(&exercise.name));
    if path.join(PROGRESS).exists() {
        return resume(all, &args.exercise.name, &path, &student);
    }
    let course = common::course(args.exercise.course.as_deref())?;
    let names = folder::create(exercise, &student, &course, &path, false)?;
    let mut lines = vec![
        format!("{}: {}/", exercise.about.title, shown(&path)),
        format!("  {}", names.join("  ")),
    ];
    if args.exercise.course.is_none() {
        let note = "Self-study: anybody can compute these answers, so nothing here is graded.";
        lines.push(note.to_owned());
    }
    lines.push(String::new());
    lines.push(format!("Next: cd {}, and read {BRIEF}.", shown(&path)));
    terminal::print(lines)
}

/// The folder exists already.
fn resume(all: &[Exercise], name: &str, path: &Path, student: &Student) -> Result<(), Failure> {
    let args = ExerciseArgs {
        name: name.to_owned(),
        folder: Some(path.to_owned()),
        course: None,
    };
    let found = Folder::of(all, &args)?;
    if student.as_str() != SELF_STUDY && found.student != *student {
        return Err(Failure::of_file(
            path,
            format!("it is there already, and is {}'s", found.student),
            "Give another --folder.",
        ));
    }
    terminal::print([
        format!(
            "{}: {}/ is there already; nothing in it was changed.",
            found.exercise.about.title,
            shown(path)
        ),
        format!(
            "Next: go on, and read {BRIEF} in it. `doormat lab reset {}` puts its files back as they were.",
            found.exercise.name
        ),
    ])
}

fn student(id: &str) -> Result<Student, Failure> {
    Student::new(id).map_err(|error| {
        Failure::new(
            format!("--student `{}`: {error}", printable(id)),
            "Give an id such as ada or ada@example.org.",
        )
    })
}
