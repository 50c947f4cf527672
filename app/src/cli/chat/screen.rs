//! What a chat shows and where its lines come from: a terminal with line editing,
//! or a pipe.
//!
//! Received messages go to standard output, one a line; everything else goes to
//! standard error, so that a script reads nothing but messages.

use std::{io::BufRead, path::PathBuf, thread};

use console::Term;
use rustyline::{DefaultEditor, ExternalPrinter};
use tokio::sync::mpsc;

use crate::cli::shared::{failure::Failure, terminal};
use crate::text::{
    printable,
    style::{FAINT, TITLE, paint},
};

/// Typed lines that may wait to be handled.
const INPUT_QUEUE: usize = 64;

/// Where messages and notices are printed.
pub(super) enum Screen {
    Terminal(
        Box<dyn ExternalPrinter + Send>,
        #[expect(dead_code, reason = "acts when dropped")] TerminalSettings,
    ),
    Pipe,
}

/// The terminal's settings before line editing began, restored when dropped: the chat may
/// end in the middle of a line.
pub(super) struct TerminalSettings {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl TerminalSettings {
    fn read() -> Self {
        Self {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// Sets raw mode again after Ctrl-Z and `fg`, since the shell has reset it. The editor
    /// does so too early: it may still run for a moment before its own signal stops it.
    fn restore_raw_mode_on_continue(&self, mut redraw: impl ExternalPrinter + Send + 'static) {
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

impl Drop for TerminalSettings {
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
        let (input, lines) = mpsc::channel(INPUT_QUEUE);
        let interactive =
            Term::stdout().is_term() && std::io::IsTerminal::is_terminal(&std::io::stdin());
        if interactive
            && let settings = TerminalSettings::read()
            && let Ok(mut editor) = DefaultEditor::new()
            && let Ok(printer) = editor.create_external_printer()
            && let Ok(redraw) = editor.create_external_printer()
        {
            settings.restore_raw_mode_on_continue(redraw);
            let _ = editor.load_history(&history);
            thread::spawn(move || edit(editor, &history, &input));
            return (Self::Terminal(Box::new(printer), settings), lines);
        }
        thread::spawn(move || read(&input));
        (Self::Pipe, lines)
    }

    /// Prints a received message.
    pub(super) fn message(&mut self, from: &str, text: &str) -> Result<(), Failure> {
        let line = format!("{} {}", paint(TITLE, &format!("{from}:")), printable(text));
        match self {
            Self::Terminal(printer, _) => {
                let _ = printer.print(terminal::for_editor(&line, from.len() + 2));
                Ok(())
            }
            Self::Pipe => terminal::print([line]),
        }
    }

    /// Prints anything else: one line, or several of which the first begins with a sign.
    pub(super) fn notice(&mut self, text: &str) {
        for (number, line) in text.lines().enumerate() {
            let sign = if number == 0 { "· " } else { "" };
            let line = paint(FAINT, &format!("{sign}{line}"));
            match self {
                Self::Terminal(printer, _) => {
                    let _ = printer.print(terminal::for_editor(&line, 2));
                }
                Self::Pipe => terminal::print_error(&line),
            }
        }
    }
}

fn edit(mut editor: DefaultEditor, history: &PathBuf, input: &mpsc::Sender<String>) {
    loop {
        match editor.readline("> ") {
            Ok(line) => {
                let _ = editor.add_history_entry(&line);
                let _ = editor.save_history(history);
                let last = line.trim() == "/quit";
                if input.blocking_send(line).is_err() || last {
                    return;
                }
            }
            // Ctrl-C, Ctrl-D, or a terminal that has gone.
            Err(_) => return,
        }
    }
}

/// Reads the lines of standard input.
fn read(input: &mpsc::Sender<String>) {
    for line in std::io::stdin().lock().split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        if input
            .blocking_send(line.trim_end_matches('\r').to_owned())
            .is_err()
        {
            return;
        }
    }
}
