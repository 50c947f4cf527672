//! An interrupted lesson: one file, replaced whole.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;

use crate::cli::{
    relay::now,
    shared::{failure::Failure, files, terminal},
};
use crate::present::Saved;

/// For how long an interrupted lesson is gone on with.
const INTERRUPTED: Duration = Duration::from_secs(2 * 60 * 60);

/// No lesson that was kept is longer, in bytes.
const KEPT_LIMIT: u64 = 4 * 1024 * 1024;

pub(super) fn file(home: Option<&Path>) -> Result<PathBuf, Failure> {
    let home = home
        .map(Path::to_owned)
        .or_else(|| std::env::home_dir().map(|home| home.join(".doormat")));
    let home = home.ok_or_else(|| {
        Failure::new(
            "there is no home directory to keep an interrupted lesson in",
            "Say where with --home DIR.",
        )
    })?;
    fs::create_dir_all(&home).map_err(|error| files::cannot_write(&home, &error))?;
    Ok(home.join("lesson.json"))
}

/// A lesson that was interrupted not long ago.
pub(super) fn read(path: &Path) -> Result<Option<Saved>, Failure> {
    let json = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(meta) if meta.len() > KEPT_LIMIT => {
            return Err(damaged(path, &"it is longer than any lesson"));
        }
        _ => fs::read(path)
            .map_err(|error| Failure::of_file(path, files::describe(&error), BEGIN_ANEW))?,
    };
    // Of an old one no more is asked than when it was: another version may have kept it.
    let kept: Kept = serde_json::from_slice(&json).map_err(|error| damaged(path, &error))?;
    let age = now().checked_sub(kept.at);
    if age.is_none_or(|age| age >= INTERRUPTED) {
        return Ok(None);
    }
    let saved = serde_json::from_slice(&json).map_err(|error| damaged(path, &error))?;
    Ok(Some(saved))
}

/// When a lesson was kept.
#[derive(Deserialize)]
struct Kept {
    at: Duration,
}

/// Puts a lesson that is not gone on with where the next one does not take its place.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, Failure> {
    let aside = path.with_extension("before.json");
    fs::rename(path, &aside).map_err(|error| files::cannot_write(&aside, &error))?;
    Ok(aside)
}

const BEGIN_ANEW: &str = "Begin anew with --fresh, or remove the file.";

pub(super) fn damaged(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    Failure::of_file(path, format!("it is no lesson: {what}"), BEGIN_ANEW)
}

/// Replaces the file with each change; a disk that is full ends no lesson.
pub(super) fn saver(path: PathBuf, lock: File) -> Box<dyn Fn(&Saved) + Send + Sync> {
    let complained = Mutex::new(false);
    Box::new(move |saved| {
        // Held as long as there is something to save.
        let _ = &lock;
        let mut complained = complained.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = replace(&path, saved)
            && !*complained
        {
            *complained = true;
            terminal::print_error(&format!(
                "{}: it cannot be written: {}; after a restart this lesson would begin anew.",
                path.display(),
                files::describe(&error)
            ));
        }
    })
}

fn replace(path: &Path, saved: &Saved) -> io::Result<()> {
    let new = path.with_extension("new");
    // What is left of a run that broke off; and nobody else's file is written to.
    let _ = fs::remove_file(&new);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(&serde_json::to_vec(saved)?)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// One lesson at a time in one folder.
pub(super) fn lock(lesson: &Path) -> Result<File, Failure> {
    let busy = Failure::of_file(
        lesson,
        "another lesson is being given from here",
        "Stop the other one, or give this one a folder with --home DIR.",
    );
    files::lock(&lesson.with_extension("lock"), busy)
}
