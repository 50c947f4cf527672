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
};
use tempfile::TempDir;

use super::process::flat;

pub struct Desk {
    _folder: TempDir,
    here: PathBuf,
}

impl Desk {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let here = folder.path().to_owned();
        Self {
            _folder: folder,
            here,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.here.join(name)
    }

    /// The same, as seen from a folder in it.
    pub fn within(&self, name: &str) -> Within {
        Within(self.here.join(name))
    }

    /// Runs `doormat`, which must succeed, and gives standard output.
    #[track_caller]
    pub fn does(&self, args: &[&str]) -> String {
        does(&self.here, args)
    }

    /// Runs `doormat`, which must fail with status 1, and gives standard error.
    #[track_caller]
    pub fn fails(&self, args: &[&str]) -> String {
        let output = run(&self.here, args);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        flat(&stderr)
    }

    pub fn progress(&self, folder: &str) -> serde_json::Value {
        let text = fs::read_to_string(self.path(folder).join("progress.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

pub struct Within(PathBuf);

impl Within {
    #[track_caller]
    pub fn does(&self, args: &[&str]) -> String {
        does(&self.0, args)
    }
}

fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doormat"))
        .args(args)
        .stdin(Stdio::null())
        .current_dir(folder)
        .output()
        .unwrap()
}

#[track_caller]
fn does(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert!(output.status.success(), "{args:?}: {output:?}");
    said(&output)
}

pub fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What the reference solution finds in a folder on the disk.
pub fn reference(exercise: &Exercise, folder: &Path) -> Answers {
    let files: BTreeMap<String, Vec<u8>> = fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    let kind = kind::of(exercise).unwrap();
    kind.solve(exercise, &HandoutFiles(files)).unwrap()
}
