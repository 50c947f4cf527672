//! `doormat lab`: exercises, for trainees, instructors and authors.

mod check;
mod course;
mod export;
mod folder;
mod grade;
mod hint;
mod list;
mod start;
mod verify;

use std::{path::PathBuf, time::SystemTime};

use clap::{Args, Subcommand};

use super::shared::{failure::Failure, setup};
use crate::lab::{Exercise, LabError, library};
use crate::text::printable;

/// Graded exercises on real captures and stolen keys
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  doormat lab list                      what there is, and how far you are
  doormat lab start listen              writes listen/; read brief.md in it
  doormat lab check listen source=ada   says what is right and what is not
  doormat lab hint listen               a nudge; the next one says more")]
pub(super) enum Command {
    List(list::List),
    Start(start::Start),
    Check(check::Check),
    Hint(hint::Hint),
    Watch(check::Watch),
    Explain(check::Explain),
    Status(list::Status),
    Reset(start::Reset),
    #[command(subcommand)]
    Course(course::Command),
    Grade(grade::Grade),
    Export(export::Export),
    Verify(verify::Verify),
}

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    let all = library::all().map_err(|error| defect(&error))?;
    match command {
        Command::List(options) => list::list(&all, options),
        Command::Start(options) => start::start(&all, options),
        Command::Check(options) => check::check(&all, options),
        Command::Hint(options) => hint::hint(&all, options),
        Command::Watch(options) => check::watch(&all, options),
        Command::Explain(options) => check::explain(&all, options),
        Command::Status(options) => list::status(&all, options),
        Command::Reset(options) => start::reset(&all, options),
        Command::Course(command) => course::run(&all, command),
        Command::Grade(options) => grade::grade(&all, options),
        Command::Export(options) => export::export(&all, options),
        Command::Verify(options) => verify::verify(&all, options),
    }
}

/// Which exercise, and where its folder is.
#[derive(Debug, Args)]
struct Which {
    /// The exercise, as `doormat lab list` names it
    name: String,
    /// Its folder; ./NAME, or the current folder if it is that, unless said otherwise
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The course's secret file, for instructors; self-study needs none
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
}

/// The exercise of this name.
fn named<'a>(all: &'a [Exercise], name: &str) -> Result<&'a Exercise, Failure> {
    // A shell completes a folder's name with a slash.
    let name = name.strip_prefix("./").unwrap_or(name);
    let name = name.trim_end_matches('/');
    if name == "all" {
        return Err(Failure::new(
            "exercises are begun one at a time",
            "`doormat lab list` has all of them.",
        ));
    }
    library::named(all, name).map_err(|unknown| {
        let help = match &unknown.nearest {
            Some(nearest) => {
                format!("Did you mean `{nearest}`? `doormat lab list` has all of them.")
            }
            None => "`doormat lab list` has all of them.".to_owned(),
        };
        Failure::new(printable(&unknown.to_string()), help)
    })
}

/// An exercise of this program is not as it should be.
fn defect(error: &LabError) -> Failure {
    match error {
        LabError::Experiment(error) => setup::defect(error),
        error => Failure::new(
            error.to_string(),
            "If you are writing this exercise, docs/instructors/new-exercise.md says what belongs \
             where; otherwise this is a defect of the program: please report it.",
        ),
    }
}

/// Seconds since 1970-01-01 00:00 UTC.
#[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |it| it.as_secs())
}
