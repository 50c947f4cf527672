//! `lab course`: an instructor's secret, and the folders of a class.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rand::rngs::SysRng;
use rayon::prelude::*;

use super::{folder, named, start};
use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::lab::{Course, Exercise, Roster, Student, variant};
use crate::text::{count, printable};

/// Make a course of your own: variants and answers that nobody can look up
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    New(New),
    HandOut(HandOut),
}

/// Draw a course's secret from the system's randomness
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat lab course new --out autumn.course
    writes autumn.course (mode 0600). Every variant and every answer derives from it")]
pub(in crate::cli) struct New {
    /// The file to write, which may not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Write every student's folders
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat lab course hand-out --course autumn.course --roster class.csv --out folders listen leak
    writes folders/ada/listen, folders/ada/leak and so on, to be given to each student

A roster has one student a line: an id, and perhaps a name behind a comma.")]
pub(in crate::cli) struct HandOut {
    /// The course's secret file
    #[arg(long, value_name = "FILE")]
    course: PathBuf,
    /// The students
    #[arg(long, value_name = "FILE")]
    roster: PathBuf,
    /// Where to: a folder for each student is made in it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Let `doormat lab check` judge on the student's machine: the folder then has the variant, and
    /// whoever can program can compute the answers from it
    #[arg(long)]
    self_check: bool,
    /// The exercises; all unless said otherwise
    names: Vec<String>,
}

pub(super) fn run(all: &[Exercise], command: &Command) -> Result<(), Failure> {
    match command {
        Command::New(options) => new(options),
        Command::HandOut(options) => hand_out(all, options),
    }
}

fn new(options: &New) -> Result<(), Failure> {
    files::must_be_free(&options.out)?;
    let secret = variant::new_secret(&mut SysRng).map_err(|error| {
        Failure::new(
            format!("the system gives no randomness: {error}"),
            "Try again later.",
        )
    })?;
    files::write_secret(&options.out, secret.write().as_bytes())?;
    let file = printable(&options.out.display().to_string());
    terminal::print([
        format!("course {}", secret.id()),
        format!("  {file}  secret: whoever has it can compute every answer"),
        String::new(),
        format!(
            "Next: doormat lab course hand-out --course {file} --roster class.csv --out folders"
        ),
    ])
}

fn hand_out(all: &[Exercise], options: &HandOut) -> Result<(), Failure> {
    let course = Course::Secret(folder::course_secret(&options.course)?);
    let roster = roster(&options.roster)?;
    let exercises = chosen(all, &options.names)?;
    let folders: Vec<_> = roster
        .students()
        .iter()
        .flat_map(|(student, _)| exercises.iter().map(move |exercise| (student, *exercise)))
        .collect();
    let place = |student: &Student, exercise: &Exercise| {
        options.out.join(student.as_str()).join(&exercise.name)
    };
    let (there, missing): (Vec<_>, Vec<_>) = folders
        .into_iter()
        .partition(|(student, exercise)| place(student, exercise).exists());
    let length = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    let progress = Progress::new(length, "writing");
    missing.par_iter().try_for_each(|(student, exercise)| {
        let path = place(student, exercise);
        let written = start::write(exercise, student, &course, &path, options.self_check);
        progress.advance(1);
        written.map(|_| ())
    })?;
    drop(progress);
    if !there.is_empty() {
        let left = match there.len() {
            1 => "1 folder was there already and is left as it is.".to_owned(),
            many => format!(
                "{} were there already and are left as they are.",
                count(many, "folder")
            ),
        };
        terminal::print([left])?;
    }
    let out = start::shown(&options.out);
    let check = if options.self_check {
        "`doormat lab check` judges on their machines. Each folder has its variant in progress.json: \
         whoever can program can compute the answers from it."
    } else {
        "`doormat lab check` notes their answers and says nothing of them: the secret stays with you."
    };
    terminal::print([
        format!(
            "{}/: {} of {} for {}",
            out,
            count(missing.len(), "folder"),
            count(exercises.len(), "exercise"),
            count(roster.students().len(), "student"),
        ),
        check.to_owned(),
        String::new(),
        format!(
            "Next: give each student theirs. Later: doormat lab grade {out} --roster {} --course {} --csv",
            start::shown(&options.roster),
            start::shown(&options.course),
        ),
    ])
}

/// The exercises of these names; all if there are none.
pub(super) fn chosen<'a>(
    all: &'a [Exercise],
    names: &[String],
) -> Result<Vec<&'a Exercise>, Failure> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    names.iter().map(|name| named(all, name)).collect()
}

/// Reads a roster.
pub(super) fn roster(path: &Path) -> Result<Roster, Failure> {
    let help = "A roster has one student a line: an id, and perhaps a name behind a comma.";
    let text =
        folder::read(path)?.ok_or_else(|| Failure::of_file(path, "there is no such file", help))?;
    Roster::read(&text).map_err(|error| Failure::of_file(path, error, help))
}
