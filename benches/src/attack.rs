//! The attack at scale: `doormat generate` makes a recording by real sessions,
//! `doormat attack` reads it with one stolen escrow key, and says how long it took
//! and how long the bare cryptography alone would have.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;
use tempfile::TempDir;

use crate::Failure;

/// Bytes of each text.
pub const TEXT_BYTES: usize = 256;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Messages in all.
    pub messages: u32,
    /// Messages under one session key.
    pub per_key: u32,
}

impl Size {
    /// Session keys, and so access fields to open.
    pub const fn keys(self) -> u32 {
        self.messages.div_ceil(self.per_key)
    }
}

/// One attack, as it measured itself.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Attack {
    /// From the file to the last recovered text, in seconds.
    pub seconds: f64,
    /// The bare cryptography of the same attack, measured after it in its process.
    pub floor_seconds: f64,
}

/// A recording, in a folder that goes with it.
#[derive(Debug)]
pub struct Recording {
    program: PathBuf,
    folder: TempDir,
}

impl Recording {
    /// Has `program` make one, in escrow.
    ///
    /// # Errors
    /// If it cannot be run, or fails.
    pub fn make(program: &Path, size: Size) -> Result<Self, Failure> {
        let recording = Self {
            program: program.to_owned(),
            folder: tempfile::tempdir()?,
        };
        run(Command::new(program)
            .args(["generate", "--mode", "escrow", "--seed", "7"])
            .args(["--messages", &size.messages.to_string()])
            .args(["--per-key", &size.per_key.to_string()])
            .args(["--size", &TEXT_BYTES.to_string()])
            .arg("--out")
            .arg(recording.file("big.pcapng")))?;
        Ok(recording)
    }

    /// Attacks it `times` times on so many cores; the least disturbed is the fastest.
    ///
    /// # Errors
    /// If the attack fails, or does not tell its time.
    pub fn attack(&self, threads: usize, times: usize) -> Result<Attack, Failure> {
        let mut attacks = Vec::with_capacity(times);
        for _ in 0..times {
            let said = run(Command::new(&self.program)
                .arg("attack")
                .arg(self.file("big.pcapng"))
                .arg("--escrow-key")
                .arg(self.file("big.key"))
                .args(["--threads", &threads.to_string()])
                .args(["--out", "/dev/null", "--json"]))?;
            attacks.push(serde_json::from_slice::<Attack>(&said)?);
        }
        let fastest = attacks
            .into_iter()
            .min_by(|one, other| one.seconds.total_cmp(&other.seconds));
        fastest.ok_or_else(|| "not attacked once".into())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Runs a command to its end; gives what it printed.
fn run(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("{command:?}: {complaint}").into())
    }
}
