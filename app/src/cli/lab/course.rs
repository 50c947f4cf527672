//! `lab course`: creates an instructor's secret, and the folders of a class.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rand::rngs::SysRng;
use rayon::prelude::*;

use super::{
    common::{self, chosen, roster, shown},
    folder,
};
use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::lab::{Exercise, Student, variant};
use crate::text::{count, printable_path};

/// Make a course of your own: variants and answers that nobody can look up
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CourseCommand {
    New(NewArgs),
    HandOut(HandOutArgs),
}

/// Draw a course's secret from the system's randomness
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat lab course new --out autumn.course
    writes autumn.course (mode 0600). Every variant and every answer derives from it")]
pub(in crate::cli) struct NewArgs {
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
pub(in crate::cli) struct HandOutArgs {
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

pub(super) fn run(all: &[Exercise], command: &CourseCommand) -> Result<(), Failure> {
    match command {
        CourseCommand::New(args) => new(args),
        CourseCommand::HandOut(args) => hand_out(all, args),
    }
}

fn new(args: &NewArgs) -> Result<(), Failure> {
    files::must_be_free(&args.out)?;
    let secret = variant::new_secret(&mut SysRng).map_err(|error| {
        Failure::new(
            format!("the system gives no randomness: {error}"),
            "Try again later.",
        )
    })?;
    files::write_secret(&args.out, secret.write().as_bytes())?;
    let file = printable_path(&args.out);
    terminal::print([
        format!("course {}", secret.id()),
        format!("  {file}  secret: whoever has it can compute every answer"),
        String::new(),
        format!(
            "Next: doormat lab course hand-out --course {file} --roster class.csv --out folders"
        ),
    ])
}

fn hand_out(all: &[Exercise], args: &HandOutArgs) -> Result<(), Failure> {
    let course = common::course(Some(&args.course))?;
    let roster = roster(&args.roster)?;
    let exercises = chosen(all, &args.names)?;
    let folders: Vec<_> = roster
        .students()
        .iter()
        .flat_map(|(student, _)| exercises.iter().map(move |exercise| (student, *exercise)))
        .collect();
    let place = |student: &Student, exercise: &Exercise| {
        args.out.join(student.as_str()).join(&exercise.name)
    };
    let (existing, missing): (Vec<_>, Vec<_>) = folders
        .into_iter()
        .partition(|(student, exercise)| place(student, exercise).exists());
    let length = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    let progress = Progress::new(length, "writing");
    missing.par_iter().try_for_each(|(student, exercise)| {
        let path = place(student, exercise);
        let written = folder::create(exercise, student, &course, &path, args.self_check);
        progress.advance(1);
        written.map(|_| ())
    })?;
    drop(progress);
    if !existing.is_empty() {
        let left = match existing.len() {
            1 => "1 folder was there already and is left as it is.".to_owned(),
            many => format!(
                "{} were there already and are left as they are.",
                count(many, "folder")
            ),
        };
        terminal::print([left])?;
    }
    let out = shown(&args.out);
    let check = if args.self_check {
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
            shown(&args.roster),
            shown(&args.course),
        ),
    ])
}
