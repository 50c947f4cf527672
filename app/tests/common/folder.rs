//! A temporary folder in which `doormat` and other programs run.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use super::process::flat;

pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With the recordings of a demonstration, and the leaked key, in `lesson`.
    pub fn with_lesson(options: &[&str]) -> Self {
        let folder = Self::new();
        folder.ok(&[&["demo", "--captures", "lesson", "--json"], options].concat());
        folder
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).unwrap();
    }

    /// A program that will run in the folder, with nothing on its standard input.
    pub fn command(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub fn doormat(&self, args: &[&str]) -> Command {
        self.command(env!("CARGO_BIN_EXE_doormat"), args)
    }

    /// Runs `doormat` to its end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.doormat(args).output().unwrap()
    }

    /// Runs `doormat`, which must succeed, and gives standard output.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        succeeds(&mut self.doormat(args))
    }

    /// Runs `doormat`, which must fail with status 1 and give advice, and gives standard
    /// error without its line breaks and frame.
    #[track_caller]
    pub fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let stderr = flat(&String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
        assert!(stderr.contains("help:"), "no advice: {stderr}");
        stderr
    }
}

/// Runs a program, which must succeed, and gives standard output.
#[track_caller]
pub fn succeeds(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
