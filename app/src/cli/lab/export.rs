//! `lab export`: exercises for CTFd.

use std::{fs, path::PathBuf};

use clap::Args;

use super::{course::chosen, defect, folder, start::shown};
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::lab::{Course, Exercise, Student, export::export as make};
use crate::text::{count, printable};

/// Write exercises for CTFd, as its tool ctfcli takes them
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  doormat lab export --ctfd monday --course autumn.course --cohort monday
    writes monday/README.md, monday/.ctf/config and a folder for each challenge")]
pub(in crate::cli) struct Export {
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

pub(super) fn export(all: &[Exercise], options: &Export) -> Result<(), Failure> {
    files::must_be_free(&options.ctfd)?;
    let course = match &options.course {
        Some(path) => Course::Secret(folder::course_secret(path)?),
        None => Course::Public,
    };
    let cohort = Student::new(&options.cohort).map_err(|_| {
        Failure::new(
            format!("--cohort `{}` is no id", printable(&options.cohort)),
            "Give 1 to 64 letters, digits and the signs . _ @ + -, such as monday.",
        )
    })?;
    let exported = make(chosen(all, &options.names)?, &course, &cohort);
    let exported = exported.map_err(|error| defect(&error))?;
    for (path, bytes) in &exported.files {
        let path = options.ctfd.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| files::cannot_write(folder, &error))?;
        }
        files::write_new(&path, bytes)?;
    }
    let out = shown(&options.ctfd);
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
    if options.course.is_none() {
        lines.push("! Without --course anybody can compute these flags.".to_owned());
    }
    lines.push(String::new());
    lines.push(format!("Next: read {out}/README.md."));
    terminal::print(lines)
}
