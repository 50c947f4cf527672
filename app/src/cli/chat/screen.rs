//! What a chat shows and where its lines come from: a terminal with line editing,
//! or a pipe.
//!
//! Received messages go to standard output, one a line; everything else goes to
//! standard error, so that a script reads nothing but messages.

use std::{io::BufRead, path::PathBuf, thread};

use console::Term;
use rustyline::{DefaultEditor, ExternalPrinter, error::ReadlineError};
use tokio::sync::mpsc;

use crate::cli::shared::{failure::Failure, terminal};
use crate::text::{
    printable,
    style::{FAINT, TITLE, paint},
};

/// Lines that may wait to be sent.
const TYPED_AHEAD: usize = 64;

/// Prints beside a prompt, or plainly.
pub(super) enum Screen {
    Terminal(
        Box<dyn ExternalPrinter + Send>,
        #[expect(dead_code, reason = "acts when dropped")] Restore,
    ),
    Pipe,
}

/// The terminal as it was: line editing may be at work when the chat ends.
pub(super) struct Restore {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl Restore {
    fn later() -> Self {
        Self {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// After Ctrl-Z and `fg` the terminal is as the shell left it: the editor stops the
    /// program by a signal, and may have gone on for a moment before it came.
    fn raw_again_when_continued(&self, mut redraw: impl ExternalPrinter + Send + 'static) {
        #[cfg(unix)]
        if let Some(settings) = &self.settings {
            use rustix::{
                process::Signal,
                termios::{OptionalActions, tcsetattr},
            };
            use tokio::signal::unix::{SignalKind, signal};
            let mut raw = settings.clone();
            raw.make_raw();
            raw.output_modes = settings.output_modes;
            let Ok(mut continued) = signal(SignalKind::from_raw(Signal::CONT.as_raw())) else {
                return;
            };
            tokio::spawn(async move {
                while continued.recv().await.is_some() {
                    let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &raw);
                    let _ = redraw.print(String::new());
                }
            });
        }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(settings) = &self.settings {
            use rustix::termios::{OptionalActions, tcsetattr};
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, settings);
        }
        terminal::print_error("");
    }
}

impl Screen {
    /// Opens the screen, and the channel on which typed lines come; it ends where
    /// the input does.
    pub(super) fn open(history: PathBuf) -> (Self, mpsc::Receiver<String>) {
        let (typed, lines) = mpsc::channel(TYPED_AHEAD);
        let attended =
            Term::stdout().is_term() && std::io::IsTerminal::is_terminal(&std::io::stdin());
        if attended
            && let restore = Restore::later()
            && let Ok(mut editor) = DefaultEditor::new()
            && let Ok(printer) = editor.create_external_printer()
            && let Ok(redraw) = editor.create_external_printer()
        {
            restore.raw_again_when_continued(redraw);
            let _ = editor.load_history(&history);
            thread::spawn(move || edit(editor, &history, &typed));
            return (Self::Terminal(Box::new(printer), restore), lines);
        }
        thread::spawn(move || read(&typed));
        (Self::Pipe, lines)
    }

    /// A message of somebody's.
    pub(super) fn message(&mut self, from: &str, text: &str) -> Result<(), Failure> {
        let (from, text) = (paint(TITLE, &format!("{from}:")), printable(text));
        match self {
            Self::Terminal(printer, _) => {
                let _ = printer.print(format!("{from} {text}\n"));
                Ok(())
            }
            Self::Pipe => terminal::print([format!("{from} {text}")]),
        }
    }

    /// Anything else worth knowing.
    pub(super) fn notice(&mut self, text: &str) {
        let text = paint(FAINT, &format!("· {text}"));
        match self {
            Self::Terminal(printer, _) => {
                let _ = printer.print(format!("{text}\n"));
            }
            Self::Pipe => terminal::print_error(&text),
        }
    }
}

fn edit(mut editor: DefaultEditor, history: &PathBuf, typed: &mpsc::Sender<String>) {
    loop {
        match editor.readline("> ") {
            Ok(line) => {
                let _ = editor.add_history_entry(&line);
                let _ = editor.save_history(history);
                let last = line.trim() == "/quit";
                if typed.blocking_send(line).is_err() || last {
                    return;
                }
            }
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => return,
            Err(_) => return,
        }
    }
}

/// Lines of standard input.
fn read(typed: &mpsc::Sender<String>) {
    for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if typed
            .blocking_send(line.trim_end_matches('\r').to_owned())
            .is_err()
        {
            return;
        }
    }
}
