//! `lab start` and `lab reset`: the folder that a student works in.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    Which, defect,
    folder::{self, Folder},
    named, now,
};
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::lab::{
    Course, Exercise, Handout, Progress, Student, Variant,
    handout::{ANSWERS, BRIEF},
    progress::PROGRESS,
};
use crate::text::printable;

/// Write an exercise's folder: brief, tape, loot
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat lab start listen
  doormat lab start leak --student ada@example.org --folder week-2/leak")]
pub(in crate::cli) struct Start {
    #[command(flatten)]
    which: Which,
    /// Whose variant: each student's tapes, keys and answers are others
    #[arg(long, value_name = "ID", default_value = SELF_STUDY)]
    student: String,
}

const SELF_STUDY: &str = "self-study";

/// Put an exercise's files back as they were; answers, hints and attempts stay
#[derive(Debug, Args)]
pub(in crate::cli) struct Reset {
    #[command(flatten)]
    which: Which,
}

pub(super) fn start(all: &[Exercise], options: &Start) -> Result<(), Failure> {
    let Start { which, student } = options;
    let exercise = named(all, &which.name)?;
    let student = self::student(student)?;
    let path = which.folder.clone();
    let path = path.unwrap_or_else(|| PathBuf::from(&exercise.name));
    if path.join(PROGRESS).exists() {
        return go_on(all, which, &path, &student);
    }
    let course = match &which.course {
        Some(file) => Course::Secret(folder::course_secret(file)?),
        None => Course::Public,
    };
    let names = write(exercise, &student, &course, &path, false)?;
    let mut lines = vec![
        format!("{}: {}/", exercise.about.title, shown(&path)),
        format!("  {}", names.join("  ")),
    ];
    if which.course.is_none() {
        let said = "Self-study: anybody can compute these answers, so nothing here is graded.";
        lines.push(said.to_owned());
    }
    lines.push(String::new());
    lines.push(format!("Next: cd {}, and read {BRIEF}.", shown(&path)));
    terminal::print(lines)
}

/// The folder is there already.
fn go_on(all: &[Exercise], which: &Which, path: &Path, student: &Student) -> Result<(), Failure> {
    let again = Which {
        name: which.name.clone(),
        folder: Some(path.to_owned()),
        course: None,
    };
    let found = Folder::of(all, &again)?;
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

pub(super) fn reset(all: &[Exercise], options: &Reset) -> Result<(), Failure> {
    let folder = Folder::of(all, &options.which)?;
    let Some(handout) = folder.handout(options.which.course.as_deref())? else {
        return Err(Failure::of_file(
            &folder.path,
            "this folder is of a course whose secret your instructor keeps: its files cannot be made here",
            "Ask your instructor for the folder again, or give --course if you are the instructor.",
        ));
    };
    for (name, bytes) in &handout.files {
        folder::replace(&folder.path.join(name), bytes)?;
    }
    // What somebody has answered is theirs.
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
    folder::replace(&folder.path.join(ANSWERS), text.as_bytes())?;
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

/// Writes a folder anew: the names of its files.
pub(super) fn write(
    exercise: &Exercise,
    student: &Student,
    course: &Course,
    path: &Path,
    with_variant: bool,
) -> Result<Vec<String>, Failure> {
    let variant = Variant::of(course, student, &exercise.name);
    let handout = Handout::make(exercise, student, &variant).map_err(|error| defect(&error))?;
    let occupied = fs::read_dir(path).is_ok_and(|mut found| found.next().is_some());
    if occupied {
        return Err(Failure::of_file(
            path,
            "there is something else in this folder already",
            "Choose another --folder, or move away what is there.",
        ));
    }
    fs::create_dir_all(path).map_err(|error| files::cannot_write(path, &error))?;
    for (name, bytes) in &handout.files {
        files::write_new(&path.join(name), bytes)?;
    }
    files::write_new(&path.join(ANSWERS), handout.answer_file().as_bytes())?;
    let mut progress = Progress::begin(&exercise.name, student, course, now());
    if with_variant {
        progress = progress.with_variant(&variant);
    }
    // The last file: a folder that has it is whole.
    folder::save(path, &progress)?;
    let mut names: Vec<String> = handout.files.into_keys().collect();
    names.push(ANSWERS.to_owned());
    names.push(format!("{PROGRESS} (the program's own)"));
    Ok(names)
}

fn student(id: &str) -> Result<Student, Failure> {
    Student::new(id).map_err(|error| {
        Failure::new(
            format!("--student `{}`: {error}", printable(id)),
            "Give an id such as ada or ada@example.org.",
        )
    })
}

pub(super) fn shown(path: &Path) -> String {
    let shown = printable(&path.display().to_string());
    shown.trim_end_matches('/').to_owned()
}
