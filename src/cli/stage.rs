//! Scenes on a terminal: all at once, or one at a time at a key's press.

use std::io;

use console::{Key, Term};

use super::{failure::Failure, terminal};
use crate::report::{
    story::Scene,
    style::{FAINT, TITLE, paint},
};

/// All scenes, one below the other.
pub(super) fn print(scenes: &[Scene], banner: &str) -> Result<(), Failure> {
    let lines = (1..)
        .zip(scenes)
        .flat_map(|(number, scene)| [lines(number, scenes.len(), scene), vec![String::new()]]);
    terminal::print(
        [paint(FAINT, banner), String::new()]
            .into_iter()
            .chain(lines.flatten()),
    )
}

/// One scene, by its number from 1.
pub(super) fn print_one(scenes: &[Scene], number: usize) -> Result<(), Failure> {
    let scene = number.checked_sub(1).and_then(|i| scenes.get(i));
    terminal::print(scene.map_or_else(Vec::new, |scene| lines(number, scenes.len(), scene)))
}

/// One scene at a time.
pub(super) fn step(scenes: &[Scene], banner: &str) -> Result<(), Failure> {
    let term = Term::stdout();
    if !term.is_term() {
        return Err(Failure::new(
            "--step waits for keys, and standard output is not a terminal",
            "Leave out --step, or run it in a terminal.",
        ));
    }
    let mut current = 0;
    while let Some(scene) = scenes.get(current) {
        term.clear_screen()
            .map_err(|error| Failure::of_stdout(&error))?;
        terminal::print(lines(current.saturating_add(1), scenes.len(), scene))?;
        let next = if current.saturating_add(1) == scenes.len() {
            "end"
        } else {
            "next"
        };
        write_keys(
            &term,
            &format!("space {next}   b back   q quit     {banner}"),
        )
        .map_err(|error| Failure::of_stdout(&error))?;
        current = match wait(&term)? {
            Turn::Next => current.saturating_add(1),
            Turn::Back => current.saturating_sub(1),
            Turn::Quit => break,
        };
    }
    term.write_line("")
        .map_err(|error| Failure::of_stdout(&error))
}

/// The keys, on the terminal's last line.
fn write_keys(term: &Term, keys: &str) -> io::Result<()> {
    let (rows, columns) = term.size();
    let room = usize::from(columns.saturating_sub(1));
    term.move_cursor_to(0, usize::from(rows.saturating_sub(1)))?;
    term.write_str(&paint(FAINT, &console::truncate_str(keys, room, "…")))
}

enum Turn {
    Next,
    Back,
    Quit,
}

fn wait(term: &Term) -> Result<Turn, Failure> {
    loop {
        match term.read_key() {
            Ok(
                Key::Char(' ' | 'n')
                | Key::Enter
                | Key::ArrowRight
                | Key::ArrowDown
                | Key::PageDown,
            ) => {
                return Ok(Turn::Next);
            }
            Ok(
                Key::Char('b' | 'p') | Key::Backspace | Key::ArrowLeft | Key::ArrowUp | Key::PageUp,
            ) => {
                return Ok(Turn::Back);
            }
            Ok(Key::Char('q') | Key::Escape | Key::CtrlC) => return Ok(Turn::Quit),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Turn::Quit),
            Err(error) => return Err(Failure::of_stdout(&error)),
        }
    }
}

/// A scene under its heading.
fn lines(number: usize, of: usize, scene: &Scene) -> Vec<String> {
    let heading = format!(
        "{} {}",
        paint(FAINT, &format!("{number}/{of}")),
        paint(TITLE, scene.title)
    );
    [heading, String::new()]
        .into_iter()
        .chain(scene.lines.iter().cloned())
        .collect()
}
