//! The last few messages of an attack, scrolling while it runs.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use console::Term;

use super::{failure::Failure, terminal};
use crate::report::reading;
use doormat::attack::{Batch, Observation};

/// The time from one picture to the next.
const FRAME: Duration = Duration::from_millis(33);

/// A window of a few lines. On a terminal it is drawn again and again in its place;
/// elsewhere only its last state is printed.
pub(super) struct Window {
    rows: usize,
    last: VecDeque<Observation>,
    drawn: usize,
    drawn_at: Option<Instant>,
}

impl Window {
    pub(super) const fn new(rows: usize) -> Self {
        Self {
            rows,
            last: VecDeque::new(),
            drawn: 0,
            drawn_at: None,
        }
    }

    /// Takes what was seen of a batch, and shows it if the last picture is old.
    pub(super) fn take(&mut self, batch: &Batch) -> Result<(), Failure> {
        let count = batch.len();
        let seen = batch.seen(count.saturating_sub(self.rows)..count);
        self.last.extend(seen.filter_map(|seen| seen.observation()));
        self.last.drain(..self.last.len().saturating_sub(self.rows));
        let due = self.drawn_at.is_none_or(|then| then.elapsed() >= FRAME);
        if due && Term::stdout().is_term() {
            self.draw()?;
        }
        Ok(())
    }

    /// Its last state, which stays.
    pub(super) fn close(mut self) -> Result<(), Failure> {
        self.draw()
    }

    fn draw(&mut self) -> Result<(), Failure> {
        let width = terminal::width().min(100);
        Term::stdout()
            .clear_last_lines(self.drawn)
            .map_err(|error| Failure::of_stdout(&error))?;
        self.drawn = self.last.len();
        self.drawn_at = Some(Instant::now());
        terminal::print(self.last.iter().map(|seen| reading::line(seen, width)))
    }
}
