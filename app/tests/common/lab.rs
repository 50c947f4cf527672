//! A folder in which somebody uses `doormat lab`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use doormat_app::lab::{
    Answers, Exercise,
    kind::{self, material::HandoutFiles},
    library,
};
use tempfile::TempDir;

use super::process::flat;

/// A working directory.
pub struct WorkDir {
    /// Removed when dropped; a folder in it has none of its own.
    _temporary: Option<TempDir>,
    path: PathBuf,
}

impl WorkDir {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().to_owned();
        Self {
            _temporary: Some(folder),
            path,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder in it, which must not outlive it.
    pub fn within(&self, name: &str) -> Self {
        Self {
            _temporary: None,
            path: self.path.join(name),
        }
    }

    /// Runs `doormat` with the words of a line, which must succeed: standard output.
    #[track_caller]
    pub fn runs(&self, line: &str) -> String {
        self.runs_with(line, &[])
    }

    /// The same with further arguments, in which there may be spaces.
    #[track_caller]
    pub fn runs_with(&self, line: &str, more: &[&str]) -> String {
        stdout(&self.doormat(line, more))
    }

    /// Runs `doormat`, which must fail with status 1: standard error.
    #[track_caller]
    pub fn fails(&self, line: &str) -> String {
        self.fails_with(line, &[])
    }

    #[track_caller]
    pub fn fails_with(&self, line: &str, more: &[&str]) -> String {
        let output = self.doormat(line, more);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        flat(&stderr)
    }

    /// Runs `doormat` to its end, however that is.
    pub fn doormat(&self, line: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_doormat"))
            .args(line.split_whitespace())
            .args(more)
            .stdin(Stdio::null())
            .current_dir(&self.path)
            .output()
            .unwrap()
    }

    /// The progress file of a folder.
    pub fn progress(&self, folder: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(folder).join("progress.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// Standard output of a command that must have succeeded.
#[track_caller]
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The files of a folder on the disk.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

/// The answers of the reference solution from a folder on the disk.
pub fn reference(exercise: &Exercise, folder: &Path) -> Answers {
    let kind = kind::of(exercise).unwrap();
    kind.solve(exercise, &HandoutFiles(files(folder))).unwrap()
}

/// The same for an exercise by its name.
pub fn reference_of(exercise: &str, folder: &Path) -> Answers {
    let all = library::all().unwrap();
    reference(library::named(&all, exercise).unwrap(), folder)
}
