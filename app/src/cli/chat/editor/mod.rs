//! A line that is typed while messages arrive above it: the terminal in raw mode, a thread
//! that reads keys, and a prompt that both share.

mod history;
mod keyboard;
mod line;
mod prompt;
#[cfg(test)]
mod screen_model;

use std::{
    io::{self, Read, Stdout, Write},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use rustix::{
    process::{Signal, kill_current_process_group},
    termios::{OptionalActions, Termios, tcgetattr, tcsetattr},
};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::screen::Input;
use crate::cli::shared::terminal;
use history::History;
use keyboard::Keyboard;
use prompt::{Prompt, Typed};

/// Asks the terminal to say where a paste begins and ends, and to say so no more.
const PASTES: (&[u8], &[u8]) = (b"\x1b[?2004h", b"\x1b[?2004l");

/// A terminal whose last row is a prompt.
#[derive(Clone)]
pub(super) struct Editor(Arc<Terminal>);

struct Terminal {
    prompt: Mutex<Prompt<Stdout>>,
    /// Its settings before, which it gets back, and those while lines are typed.
    settings: (Termios, Termios),
}

impl Editor {
    /// Begins to read lines, which come on the channel; it ends where the input does. `None`
    /// if this is no terminal that can do it.
    pub(super) fn open(history: &Path, input: mpsc::Sender<Input>) -> Option<Self> {
        let kind = std::env::var("TERM").unwrap_or_default();
        if ["", "dumb", "emacs", "cons25"].contains(&kind.as_str()) {
            return None;
        }
        let before = tcgetattr(io::stdin()).ok()?;
        let mut raw = before.clone();
        raw.make_raw();
        // A line end goes on beginning a row.
        raw.output_modes = before.output_modes;
        let editor = Self(Arc::new(Terminal {
            prompt: Mutex::new(Prompt::new(io::stdout(), History::open(history))),
            settings: (before, raw),
        }));
        editor.heed(SignalKind::window_change(), |it| {
            let _ = it.prompt().resized(terminal::width());
        })?;
        // After Ctrl-Z and `fg`: the shell has set the terminal as it likes it.
        editor.heed(SignalKind::from_raw(Signal::CONT.as_raw()), Terminal::begin)?;
        editor.0.begin();
        let reader = editor.clone();
        thread::spawn(move || {
            reader.0.read(&input);
            reader.end();
        });
        Some(editor)
    }

    /// Prints a line above the prompt, with rows after the first indented.
    pub(super) fn print(&self, line: &str, indent: usize) {
        let _ = self.0.prompt().print(line, indent, terminal::width());
    }

    /// Removes the prompt, and gives the terminal its settings back: the chat may end in the
    /// middle of a line.
    pub(super) fn end(&self) {
        let _ = self.0.prompt().end();
        self.0.restore();
    }

    fn heed(&self, kind: SignalKind, act: fn(&Terminal)) -> Option<()> {
        let mut signals = signal(kind).ok()?;
        let terminal = Arc::clone(&self.0);
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                act(&terminal);
            }
        });
        Some(())
    }
}

impl Terminal {
    /// What is drawn is drawn whole: whoever panicked here has left nothing half done.
    fn prompt(&self) -> MutexGuard<'_, Prompt<Stdout>> {
        self.prompt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the terminal for typing, and draws the prompt.
    fn begin(&self) {
        let mut prompt = self.prompt();
        if prompt.has_ended() {
            return;
        }
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.settings.1);
        let _ = io::stdout().write_all(PASTES.0);
        let _ = prompt.draw(terminal::width());
    }

    fn restore(&self) {
        let mut out = io::stdout();
        let _ = out.write_all(PASTES.1).and_then(|()| out.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.settings.0);
    }

    /// Reads keys until the user ends the input, or the terminal has gone.
    fn read(&self, input: &mpsc::Sender<Input>) {
        let mut keyboard = Keyboard::default();
        let mut bytes = [0; 4096];
        loop {
            let keys = match io::stdin().lock().read(&mut bytes) {
                Ok(read @ 1..) => keyboard.take(bytes.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Ok(0) | Err(_) => return,
            };
            for key in keys {
                // The prompt is free again before a line is handed over: that may have to wait
                // for whoever prints.
                let typed = self.prompt().press(key, terminal::width());
                let inputs = match typed {
                    Ok(Typed::Nothing) => continue,
                    Ok(Typed::Line(text)) => vec![Input::line(text)],
                    Ok(Typed::Lines(lines)) => lines.into_iter().map(Input::pasted).collect(),
                    Ok(Typed::Suspend) => {
                        let _ = self.prompt().step_aside();
                        self.restore();
                        let _ = kill_current_process_group(Signal::TSTP);
                        continue;
                    }
                    Ok(Typed::End) | Err(_) => return,
                };
                for typed in inputs {
                    let last = typed.is_command("/quit");
                    if input.blocking_send(typed).is_err() || last {
                        return;
                    }
                }
            }
        }
    }
}
