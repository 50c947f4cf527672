//! `doormat lab`: exercises, for trainees, instructors and authors. One file for each command;
//! what they share is in `common` and `folder`.

mod check;
mod common;
mod course;
mod explain;
mod export;
mod folder;
mod grade;
mod hint;
mod list;
mod reset;
mod start;
mod status;
mod verify;
mod watch;

use clap::Subcommand;

use super::shared::failure::Failure;
use crate::lab::library;

/// Graded exercises on real captures and stolen keys
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  doormat lab list                      what there is, and how far you are
  doormat lab start listen              writes listen/; read brief.md in it
  doormat lab check listen source=ada   says what is right and what is not
  doormat lab hint listen               a nudge; the next one says more")]
pub(super) enum LabCommand {
    List(list::ListArgs),
    Start(start::StartArgs),
    Check(check::CheckArgs),
    Hint(hint::HintArgs),
    Watch(watch::WatchArgs),
    Explain(explain::ExplainArgs),
    Status(status::StatusArgs),
    Reset(reset::ResetArgs),
    #[command(subcommand)]
    Course(course::CourseCommand),
    Grade(grade::GradeArgs),
    Export(export::ExportArgs),
    Verify(verify::VerifyArgs),
}

pub(super) fn run(command: &LabCommand) -> Result<(), Failure> {
    let all = library::all().map_err(|error| common::defect(&error))?;
    match command {
        LabCommand::List(args) => list::list(&all, args),
        LabCommand::Start(args) => start::start(&all, args),
        LabCommand::Check(args) => check::check(&all, args),
        LabCommand::Hint(args) => hint::hint(&all, args),
        LabCommand::Watch(args) => watch::watch(&all, args),
        LabCommand::Explain(args) => explain::explain(&all, args),
        LabCommand::Status(args) => status::status(&all, args),
        LabCommand::Reset(args) => reset::reset(&all, args),
        LabCommand::Course(command) => course::run(&all, command),
        LabCommand::Grade(args) => grade::grade(&all, args),
        LabCommand::Export(args) => export::export(&all, args),
        LabCommand::Verify(args) => verify::verify(&all, args),
    }
}
