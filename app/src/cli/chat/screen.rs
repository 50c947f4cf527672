//! What a chat shows and where its lines come from: a terminal with line editing,
//! or a pipe.
//!
//! Received messages go to standard output, one a line; everything else goes to
//! standard error, so that a script reads nothing but messages. On a terminal each begins
//! with a mark that is in no text.

use std::{io::BufRead, path::PathBuf, thread};

use tokio::sync::mpsc;

#[cfg(unix)]
use super::editor::Editor;
use crate::cli::shared::{failure::Failure, terminal};
use crate::text::{
    printable,
    style::{FAINT, TITLE, paint},
};

/// Typed lines that may wait to be handled.
const INPUT_QUEUE: usize = 64;

/// A line that was typed, or one of several that were pasted.
pub(super) struct Input {
    pub(super) text: String,
    pasted: bool,
}

impl Input {
    pub(super) const fn line(text: String) -> Self {
        let pasted = false;
        Self { text, pasted }
    }

    #[cfg(unix)]
    pub(super) const fn pasted(text: String) -> Self {
        let pasted = true;
        Self { text, pasted }
    }

    /// The line without blanks around it, if it may be a command: what was pasted among other
    /// lines was written elsewhere, and is only said.
    pub(super) fn command(&self) -> Option<&str> {
        (!self.pasted).then(|| self.text.trim())
    }

    #[cfg(unix)]
    pub(super) fn is_command(&self, command: &str) -> bool {
        self.command() == Some(command)
    }
}

/// Where messages and notices are printed.
pub(super) enum Screen {
    #[cfg(unix)]
    Terminal(Editor),
    Pipe,
}

impl Drop for Screen {
    fn drop(&mut self) {
        match self {
            #[cfg(unix)]
            Self::Terminal(editor) => editor.end(),
            Self::Pipe => {}
        }
    }
}

impl Screen {
    /// Opens the screen, and the channel on which typed lines come; it ends where
    /// the input does.
    pub(super) fn open(history: PathBuf) -> (Self, mpsc::Receiver<Input>) {
        let (input, lines) = mpsc::channel(INPUT_QUEUE);
        #[cfg(unix)]
        if terminal::is_interactive()
            && let Some(editor) = Editor::open(&history, input.clone())
        {
            return (Self::Terminal(editor), lines);
        }
        #[cfg(not(unix))]
        let _ = history;
        thread::spawn(move || read(&input));
        (Self::Pipe, lines)
    }

    /// Prints a received message.
    pub(super) fn message(&mut self, from: &str, text: &str) -> Result<(), Failure> {
        let line = format!("{} {}", paint(TITLE, &format!("{from}:")), printable(text));
        match self {
            #[cfg(unix)]
            Self::Terminal(editor) => {
                editor.print(&line, from.len() + 2);
                Ok(())
            }
            Self::Pipe => terminal::print_marked(&line, from.len() + 2),
        }
    }

    /// Prints anything else: one line, whatever is in it.
    pub(super) fn notice(&mut self, text: &str) {
        self.faint(&format!("· {text}"));
    }

    /// Prints several lines of our own words.
    pub(super) fn notice_lines(&mut self, text: &str) {
        let mut lines = text.lines();
        self.notice(lines.next().unwrap_or_default());
        lines.for_each(|line| self.faint(line));
    }

    fn faint(&self, line: &str) {
        let line = paint(FAINT, line);
        match self {
            #[cfg(unix)]
            Self::Terminal(editor) => editor.print(&line, 2),
            Self::Pipe => terminal::print_marked_error(&line, 2),
        }
    }
}

/// Reads the lines of standard input.
fn read(input: &mpsc::Sender<Input>) {
    for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches('\r').to_owned();
        if input.blocking_send(Input::line(line)).is_err() {
            return;
        }
    }
}
