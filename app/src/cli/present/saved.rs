//! The saved lesson: one file, replaced as a whole with each change.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::Deserialize;

use crate::cli::{
    relay::now,
    shared::{failure::Failure, files, private_file, terminal},
};
use crate::present::SavedState;
use crate::text::printable_path;
use doormat::crypto::secret_json;

/// How long after its last change an interrupted lesson is resumed.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// The longest saved lesson, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The file of the saved lesson, in a folder that exists.
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

/// What a folder has of an earlier lesson.
pub(super) enum Earlier {
    /// Nothing.
    None,
    /// A lesson that was interrupted less than [`MAX_AGE`] ago.
    Interrupted(Box<SavedState>),
    /// A lesson that is older.
    Old,
}

/// The saved lesson.
pub(super) fn read(path: &Path) -> Result<Earlier, Failure> {
    let json = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Earlier::None),
        Ok(meta) if meta.len() > MAX_BYTES => {
            return Err(damaged(path, &"it is longer than any lesson"));
        }
        _ => File::open(path)
            .and_then(|file| files::read_secret(file, MAX_BYTES))
            .map_err(|error| Failure::of_file(path, files::describe(&error), BEGIN_ANEW))?,
    };
    // Of an old lesson only the time is read: another version may have saved the rest.
    let saved: SavedAt = serde_json::from_slice(&json).map_err(|error| damaged(path, &error))?;
    // A clock that was set back has it saved in the future: it is not old.
    if now().saturating_sub(saved.at) >= MAX_AGE {
        return Ok(Earlier::Old);
    }
    let saved = serde_json::from_slice(&json).map_err(|error| damaged(path, &error))?;
    Ok(Earlier::Interrupted(saved))
}

/// When a lesson was saved.
#[derive(Deserialize)]
struct SavedAt {
    at: Duration,
}

/// Renames a lesson that is not resumed, so that the next one does not replace it.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, Failure> {
    let aside = path.with_extension("before.json");
    fs::rename(path, &aside).map_err(|error| files::cannot_write(&aside, &error))?;
    Ok(aside)
}

/// Advice on a saved lesson that cannot be read.
const BEGIN_ANEW: &str = "Begin anew with --fresh, or remove the file.";

pub(super) fn damaged(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    Failure::of_file(path, format!("it is no lesson: {what}"), BEGIN_ANEW)
}

/// Saves each change. If that fails, the lesson goes on, and the first failure is printed.
pub(super) fn saver(path: PathBuf, lock: File) -> Box<dyn Fn(&SavedState) + Send + Sync> {
    let reported = Mutex::new(false);
    Box::new(move |saved| {
        // The lock is held as long as the lesson is saved.
        let _ = &lock;
        let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = replace(&path, saved)
            && !*reported
        {
            *reported = true;
            terminal::print_error(&format!(
                "{}: it cannot be written: {}; after a restart this lesson would begin anew.",
                printable_path(&path),
                files::describe(&error)
            ));
        }
    })
}

fn replace(path: &Path, saved: &SavedState) -> io::Result<()> {
    private_file::replace(path, &[&secret_json(saved)?]).map(drop)
}

/// Locks the folder: two lessons in it would overwrite each other.
pub(super) fn lock(lesson: &Path) -> Result<File, Failure> {
    let busy = Failure::of_file(
        lesson,
        "another lesson is being given from here",
        "Stop the other one, or give this one a folder with --home DIR.",
    );
    files::lock(&lesson.with_extension("lock"), busy)
}
