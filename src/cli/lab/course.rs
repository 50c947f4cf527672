//! `lab course`: an instructor's secret, and the folders of a class.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rand::rngs::SysRng;

use crate::cli::{failure::Failure, files, terminal};
use crate::lab::{Exercise, variant};
use crate::report::text::printable;

/// Make a course of your own: variants and answers that nobody can look up
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    New(New),
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

pub(super) fn run(_: &[Exercise], command: &Command) -> Result<(), Failure> {
    match command {
        Command::New(options) => new(options),
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
    ])
}
