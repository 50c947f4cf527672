//! `lab export`: exercises for CTFd.

use std::{fs, path::PathBuf};

use clap::Args;

use super::common::{self, chosen, defect, shown};
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::lab::{Exercise, Student, export::export as export_all};
use crate::text::{count, printable};

/// Write exercises for CTFd, as its tool ctfcli takes them
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat lab export --ctfd monday --course autumn.course --cohort monday
    writes monday/README.md, monday/.ctf/config and a folder for each challenge")]
pub(in crate::cli) struct ExportArgs {
    /// The folder to write, which may not exist
    #[arg(long, value_name = "DIR")]
    ctfd: PathBuf,
    /// The course's secret file; without it anybody can compute the flags
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
    /// Whose variant: each cohort's tapes, keys and flags are others
    #[arg(long, value_name = "ID", default_value = "everybody")]
    cohort: String,
    /// The exercises; all unless said otherwise
    names: Vec<String>,
}

pub(super) fn export(all: &[Exercise], args: &ExportArgs) -> Result<(), Failure> {
    files::must_be_free(&args.ctfd)?;
    let course = common::course(args.course.as_deref())?;
    let cohort = Student::new(&args.cohort).map_err(|_| {
        Failure::new(
            format!("--cohort `{}` is no id", printable(&args.cohort)),
            "Give 1 to 64 letters, digits and the signs . _ @ + -, such as monday.",
        )
    })?;
    let exported = export_all(chosen(all, &args.names)?, &course, &cohort);
    let exported = exported.map_err(|error| defect(&error))?;
    for (path, bytes) in &exported.files {
        let path = args.ctfd.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| files::cannot_write(folder, &error))?;
        }
        files::write_new(&path, bytes)?;
    }
    let out = shown(&args.ctfd);
    let mut lines = vec![format!(
        "{out}/: {} for cohort {cohort}",
        count(exported.exported.len(), "challenge")
    )];
    if !exported.left_out.is_empty() {
        lines.push(format!(
            "Left out, because a test judges them and not a flag: {}",
            exported.left_out.join(", ")
        ));
    }
    if args.course.is_none() {
        lines.push("! Without --course anybody can compute these flags.".to_owned());
    }
    lines.push(String::new());
    lines.push(format!("Next: read {out}/README.md."));
    terminal::print(lines)
}
