//! Scenes on a terminal: all at once, or one at a time, at the press of a key.

use std::io;

use console::{Key, Term};

use crate::cli::shared::{failure::Failure, terminal};
use crate::report::story::StoryScene;
use crate::text::style::{FAINT, paint};

/// All scenes, one below the other.
pub(super) fn print(scenes: &[StoryScene], banner: &str) -> Result<(), Failure> {
    let lines = (1..).zip(scenes).flat_map(|(number, scene)| {
        [
            scene.under_heading(number, scenes.len(), banner),
            vec![String::new()],
        ]
    });
    terminal::print(lines.flatten())
}

/// One scene, by its number from 1.
pub(super) fn print_one(scenes: &[StoryScene], number: usize, banner: &str) -> Result<(), Failure> {
    let scene = number.checked_sub(1).and_then(|i| scenes.get(i));
    terminal::print(scene.map_or_else(Vec::new, |scene| {
        scene.under_heading(number, scenes.len(), banner)
    }))
}

/// One scene at a time.
pub(super) fn step(scenes: &[StoryScene], banner: &str) -> Result<(), Failure> {
    let term = Term::stdout();
    if !term.is_term() || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Failure::new(
            "--step waits for keys, and standard output is not a terminal that can",
            "Leave out --step, or run it in a terminal.",
        ));
    }
    let mut current = 0_usize;
    while let Some(scene) = scenes.get(current) {
        let number = current + 1;
        term.clear_screen()
            .map_err(|error| Failure::of_stdout(&error))?;
        terminal::print(scene.under_heading(number, scenes.len(), banner))?;
        write_keys(&term, number == scenes.len())?;
        current = match wait(&term)? {
            PagerKey::Next => number,
            PagerKey::Back => current.saturating_sub(1),
            PagerKey::Quit => break,
        };
    }
    term.write_line("")
        .map_err(|error| Failure::of_stdout(&error))
}

/// The keys, on the terminal's last line.
fn write_keys(term: &Term, last: bool) -> Result<(), Failure> {
    let (rows, columns) = term.size();
    let next = if last { "end" } else { "next" };
    let mut keys = format!("space {next}   b back   q quit");
    if rows < 24 || columns < 80 {
        keys += "   (80 × 24 shows each scene whole)";
    }
    let keys = console::truncate_str(&keys, usize::from(columns.saturating_sub(1)), "…");
    term.move_cursor_to(0, usize::from(rows.saturating_sub(1)))
        .map_err(|error| Failure::of_stdout(&error))?;
    terminal::prompt(&paint(FAINT, &keys))
}

enum PagerKey {
    Next,
    Back,
    Quit,
}

fn wait(term: &Term) -> Result<PagerKey, Failure> {
    loop {
        match term.read_key() {
            Ok(
                Key::Char(' ' | 'n')
                | Key::Enter
                | Key::ArrowRight
                | Key::ArrowDown
                | Key::PageDown,
            ) => {
                return Ok(PagerKey::Next);
            }
            Ok(
                Key::Char('b' | 'p') | Key::Backspace | Key::ArrowLeft | Key::ArrowUp | Key::PageUp,
            ) => {
                return Ok(PagerKey::Back);
            }
            Ok(Key::Char('q') | Key::Escape | Key::CtrlC) => return Ok(PagerKey::Quit),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(PagerKey::Quit),
            Err(error) => return Err(Failure::of_stdout(&error)),
        }
    }
}
