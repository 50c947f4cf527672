//! The lines that were typed before, in a file that only its owner reads.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::cli::shared::private_file;

/// Lines that are kept.
const LINES: usize = 500;

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Default)]
pub(super) struct History {
    path: Option<PathBuf>,
    lines: Vec<String>,
    /// Which of them is shown; as many as there are if none is.
    at: usize,
    /// What was being typed when the first was shown.
    typed: String,
}

impl History {
    /// Reads the file, if it is there.
    pub(super) fn open(path: &Path) -> Self {
        let mut bytes = Vec::new();
        let _ = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().filter(|it| *it != OLD_FORM).map(str::to_owned);
        let mut lines: Vec<String> = lines.collect();
        lines.drain(..lines.len().saturating_sub(LINES));
        Self {
            path: Some(path.to_owned()),
            at: lines.len(),
            lines,
            typed: String::new(),
        }
    }

    /// Adds a line. One that cannot be saved is kept for now.
    pub(super) fn add(&mut self, line: &str) {
        if !line.trim().is_empty() && self.lines.last().is_none_or(|last| last != line) {
            self.lines.push(line.to_owned());
            self.lines.drain(..self.lines.len().saturating_sub(LINES));
            let _ = self.save();
        }
        self.at = self.lines.len();
    }

    /// The line before the one that is shown.
    pub(super) fn older(&mut self, typed: &str) -> Option<String> {
        let at = self.at.checked_sub(1)?;
        if self.at == self.lines.len() {
            typed.clone_into(&mut self.typed);
        }
        self.at = at;
        self.lines.get(at).cloned()
    }

    /// The line after it, at last the one that was being typed.
    pub(super) fn newer(&mut self, _: &str) -> Option<String> {
        if self.at == self.lines.len() {
            return None;
        }
        self.at += 1;
        let line = self.lines.get(self.at);
        Some(line.map_or_else(|| std::mem::take(&mut self.typed), Clone::clone))
    }

    fn save(&self) -> io::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let lines = self.lines.join("\n") + "\n";
        private_file::replace(path, &[lines.as_bytes()]).map(drop)
    }
}

/// The first line of the files that earlier versions wrote.
const OLD_FORM: &str = "#V2";

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn lines_are_recalled_in_another_run_and_the_one_being_typed_comes_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("history.txt");
        let mut history = History::open(&path);
        assert_eq!(history.older("x"), None);
        for line in ["one", "two", "two", " "] {
            history.add(line);
        }
        let mut history = History::open(&path);
        assert_eq!(history.older("half").as_deref(), Some("two"));
        assert_eq!(history.older("two").as_deref(), Some("one"));
        assert_eq!(history.older("one"), None);
        assert_eq!(history.newer("").as_deref(), Some("two"));
        assert_eq!(history.newer("").as_deref(), Some("half"));
        assert_eq!(history.newer(""), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("a file").permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}
