//! A stolen database: copied to a private folder, and read there. SQLite writes beside the
//! file that it opens, and evidence must stay as it is.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::cli::shared::{failure::Failure, files};
use crate::report::json;
use crate::transport::relay::store::sqlite::{CopiedFiles, DATABASE_FILE, DatabaseCopy};

/// The longest file that is copied, in bytes.
const MAX_BYTES: u64 = 8 << 30;

/// What to give.
const HELP: &str =
    "Give a copy of `relay.db` from a relay's --data folder, and of `relay.db-wal` beside it.";

/// A database, in a copy of its own.
pub(super) struct StolenDatabase {
    copy: DatabaseCopy,
    log: bool,
    /// Removed when this is dropped: after the copy has been closed.
    _folder: TempDir,
}

impl StolenDatabase {
    /// Copies a database and its log.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let input = files::open(path)?.into_inner();
        let folder = private_folder()?;
        let database = folder.path().join(DATABASE_FILE);
        copy(path, input, &database)?;
        let log = match log_of(path)? {
            None => None,
            Some((path, input)) => {
                let log = with_suffix(&database, "-wal");
                copy(&path, input, &log)?;
                Some(log)
            }
        };
        // There is no need of `-shm`, SQLite's index of the log: it makes a new one. Nor of
        // `-journal`: a relay writes none, and a forged one can name a file to be deleted.
        let files = CopiedFiles { database, log };
        Ok(Self {
            copy: DatabaseCopy::open(&files),
            log: files.log.is_some(),
            _folder: folder,
        })
    }

    pub(super) fn next_envelope(&mut self) -> Option<Vec<u8>> {
        self.copy.next_envelope()
    }

    /// How many envelopes wait, if the database can tell.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.copy.waiting()
    }

    pub(super) fn figures(&self) -> json::DatabaseFigures {
        let figures = self.copy.figures();
        let reasons = [&figures.tables, &figures.search];
        json::DatabaseFigures {
            waiting: figures.waiting,
            unreadable: figures.unreadable,
            remains: figures.remains,
            cut_short: figures.cut_short,
            overwritten: figures.overwritten,
            log: self.log,
            ended_early: reasons.into_iter().flatten().cloned().collect(),
        }
    }

    /// The failure of a file that SQLite does not open and in which nothing was found.
    pub(super) fn check(&self, path: &Path) -> Result<(), Failure> {
        match &self.copy.figures().tables {
            Some(why) => Err(Failure::of_file(path, why, HELP)),
            None => Ok(()),
        }
    }
}

/// A folder that nobody else can look into.
fn private_folder() -> Result<TempDir, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("doormat-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = std::env::temp_dir();
    builder
        .tempdir_in(&folder)
        .map_err(|error| cannot_copy(&folder, &error))
}

fn copy(path: &Path, input: File, to: &Path) -> Result<(), Failure> {
    let mut output = File::create_new(to).map_err(|error| cannot_copy(to, &error))?;
    let copied = io::copy(&mut input.take(MAX_BYTES + 1), &mut output)
        .map_err(|error| cannot_copy(path, &error))?;
    if copied > MAX_BYTES {
        return Err(Failure::of_file(path, "it is longer than 8 GiB", HELP));
    }
    Ok(())
}

fn cannot_copy(path: &Path, error: &io::Error) -> Failure {
    Failure::of_file(
        path,
        format!("it cannot be copied to be read: {}", files::describe(error)),
        "The database is read in a private copy: name a folder with room for it in TMPDIR.",
    )
}

/// The log of a database: beside the file itself, or beside the link that was named.
fn log_of(path: &Path) -> Result<Option<(PathBuf, File)>, Failure> {
    let itself = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    for database in [itself.as_path(), path] {
        let log = with_suffix(database, "-wal");
        match File::open(&log) {
            Ok(file) => return Ok(Some((log, file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::of_file(&log, files::describe(&error), HELP)),
        }
    }
    Ok(None)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
