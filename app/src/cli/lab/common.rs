//! What several lab commands share: options, the files that instructors keep, texts that may
//! have been edited, and the clock.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;

use crate::cli::shared::{failure::Failure, files, setup};
use crate::lab::{Course, CourseSecret, Exercise, LabError, Roster, library};
use crate::text::{printable, printable_path};

/// Which exercise, and where its folder is.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExerciseArgs {
    /// The exercise, as `doormat lab list` names it
    pub(super) name: String,
    /// Its folder; ./NAME, or the current folder if it is that, unless said otherwise
    #[arg(long, value_name = "DIR")]
    pub(super) folder: Option<PathBuf>,
    /// The course's secret file, for instructors; self-study needs none
    #[arg(long, value_name = "FILE")]
    pub(super) course: Option<PathBuf>,
}

/// The exercise of this name.
pub(super) fn named<'a>(all: &'a [Exercise], name: &str) -> Result<&'a Exercise, Failure> {
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

/// The course of a secret file; without one, the public course.
pub(super) fn course(file: Option<&Path>) -> Result<Course, Failure> {
    let Some(path) = file else {
        return Ok(Course::Public);
    };
    let help = "Give the file that `doormat lab course new` wrote.";
    let text = read_text(path)?
        .ok_or_else(|| Failure::of_file(path, "there is no such course file", help))?;
    let secret = CourseSecret::read(&text).map_err(|error| Failure::of_file(path, error, help))?;
    Ok(Course::Secret(secret))
}

/// Reads a roster.
pub(super) fn roster(path: &Path) -> Result<Roster, Failure> {
    let help = "A roster has one student a line: an id, and perhaps a name behind a comma.";
    let text =
        read_text(path)?.ok_or_else(|| Failure::of_file(path, "there is no such file", help))?;
    Roster::read(&text).map_err(|error| Failure::of_file(path, error, help))
}

/// The most bytes that are read of a text.
const MAX_TEXT: u64 = 1 << 20;

/// Reads a text that somebody else may have edited; `None` if there is no such file.
pub(super) fn read_text(path: &Path) -> Result<Option<String>, Failure> {
    let help = "It should be a text file that you may read.";
    // Reading a pipe that somebody put there would block.
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return Err(Failure::of_file(path, "it is not a file", help));
    }
    let mut bytes = Vec::new();
    let read =
        fs::File::open(path).and_then(|file| file.take(MAX_TEXT + 1).read_to_end(&mut bytes));
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length > MAX_TEXT) => {
            Err(Failure::of_file(path, "it is longer than 1 MiB", help))
        }
        Ok(_) => files::text_of(path, &bytes).map(|text| Some(text.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::of_file(path, files::describe(&error), help)),
    }
}

/// Replaces a file atomically. A link in the place of the temporary file is removed, and not
/// followed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let write = || {
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::File::create_new(&temporary)?.write_all(bytes)?;
        fs::rename(&temporary, path)
    };
    write().map_err(|error| files::cannot_write(path, &error))
}

/// A path as it is printed, without a slash at its end.
pub(super) fn shown(path: &Path) -> String {
    let shown = printable_path(path);
    shown.trim_end_matches('/').to_owned()
}

/// An exercise of this program is not as it should be.
pub(super) fn defect(error: &LabError) -> Failure {
    match error {
        LabError::Experiment(error) => setup::defect(error),
        LabError::Author { .. } | LabError::NoFile(_) | LabError::Unsolved(_) => Failure::new(
            error.to_string(),
            "If you are writing this exercise, docs/instructors/new-exercise.md says what belongs \
             where; otherwise this is a defect of the program: please report it.",
        ),
    }
}

/// Seconds since 1970-01-01 00:00 UTC.
#[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
pub(super) fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |it| it.as_secs())
}
