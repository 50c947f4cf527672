//! Where an attack's messages go, and then its summary.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::Path,
    time::{Duration, Instant},
};

use console::Term;

use crate::cli::shared::{failure::Failure, files, terminal};
use crate::report::{json, reading};
use doormat::attack::{Batch, Observation, bulk::Seen};

pub(crate) enum Sink<'a> {
    Terminal(FirstMessages),
    /// Figures alone: messages go nowhere.
    Figures,
    /// Created with the first message, so that an attack that fails leaves nothing.
    File(Option<File>, &'a Path),
    Stdout(io::Stdout),
    Window(LastMessages),
}

impl<'a> Sink<'a> {
    /// The file of `--out`, if there is one; otherwise the terminal, or figures alone.
    pub(super) fn new(out: Option<&'a Path>, as_json: bool) -> Result<Self, Failure> {
        Ok(match out {
            Some(path) if path == Path::new("-") => Self::Stdout(io::stdout()),
            Some(path) => {
                files::check_writable(path)?;
                Self::File(None, path)
            }
            None if as_json => Self::Figures,
            None => Self::Terminal(FirstMessages {
                read: 0,
                other: 0,
                left_out: 0,
                width: terminal::width(),
            }),
        })
    }

    /// The last few messages, scrolling.
    pub(crate) const fn window(rows: usize) -> Self {
        Self::Window(LastMessages {
            rows,
            last: VecDeque::new(),
            drawn: 0,
            width: 0,
            drawn_at: None,
        })
    }

    /// Whether messages are wanted as lines of JSON.
    pub(super) const fn writes_lines(&self) -> bool {
        matches!(self, Self::File(..) | Self::Stdout(_))
    }

    /// Takes an opened batch, and its lines of JSON if they are wanted.
    pub(super) fn take(&mut self, batch: &Batch, lines: &[Vec<u8>]) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut lines = lines.iter();
        match self {
            Self::Figures => Ok(()),
            Self::Window(window) => window.take(batch),
            Self::Terminal(shown) => batch
                .seen(0..batch.len())
                .try_for_each(|seen| shown.take(&seen)),
            Self::File(out, path) => {
                let out = match out {
                    Some(out) => out,
                    None => out.insert(files::create(path)?),
                };
                lines
                    .try_for_each(|piece| out.write_all(piece))
                    .map_err(|error| files::cannot_write(path, &error))
            }
            Self::Stdout(out) => lines
                .try_for_each(|piece| out.write_all(piece))
                .map_err(|error| Failure::of_stdout(&error)),
        }
    }

    /// Writes what is still buffered, and creates the file if there was no message.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => out.flush().map_err(|error| Failure::of_stdout(&error)),
            Self::File(out @ None, path) => {
                *out = Some(files::create(path)?);
                Ok(())
            }
            Self::File(..) | Self::Terminal(_) | Self::Figures | Self::Window(_) => Ok(()),
        }
    }

    /// The summary: figures or sentences; on standard error where standard output
    /// holds the messages.
    pub(crate) fn finish(
        self,
        outcome: &json::AttackFigures,
        as_json: bool,
        source: &Path,
    ) -> Result<(), Failure> {
        let summary = if as_json {
            vec![terminal::json(outcome)?]
        } else {
            let summary = textwrap::fill(&reading::summary(outcome), terminal::width());
            summary.lines().map(str::to_owned).collect()
        };
        match self {
            Self::Stdout(_) => summary.iter().for_each(|line| terminal::print_error(line)),
            Self::File(..) | Self::Figures => terminal::print_unbroken(summary)?,
            Self::Window(mut window) => {
                window.draw()?;
                terminal::print(summary)?;
            }
            Self::Terminal(FirstMessages { left_out, .. }) => {
                let more = (left_out > 0)
                    .then(|| format!("      … and {left_out} more: --out FILE writes them all"));
                let summary = [String::new()].into_iter().chain(summary);
                terminal::print(more.into_iter().chain(summary))?;
            }
        }
        if let Some(why) = &outcome.ended_early {
            terminal::print_error(&reading::ended_early(source, why));
        }
        Ok(())
    }
}

/// The first messages on the terminal, and how many were left out.
pub(crate) struct FirstMessages {
    read: u64,
    other: u64,
    left_out: u64,
    width: usize,
}

impl FirstMessages {
    fn take(&mut self, seen: &Seen<'_>) -> Result<(), Failure> {
        let heading = (self.read == 0 && self.other == 0).then(reading::heading);
        let (count, limit) = if seen.text().is_some() {
            (&mut self.read, reading::SHOWN.0)
        } else {
            (&mut self.other, reading::SHOWN.1)
        };
        *count += 1;
        if *count > limit {
            self.left_out += 1;
            return Ok(());
        }
        let seen = seen.observation();
        let lines = seen.map_or_else(Vec::new, |seen| reading::wrapped(&seen, self.width));
        terminal::print(heading.into_iter().chain(lines))
    }
}

/// The time from one drawing of the window to the next.
const FRAME: Duration = Duration::from_millis(33);

/// The last few messages. On a terminal they are drawn again and again in their place;
/// elsewhere only their last state is printed.
pub(crate) struct LastMessages {
    rows: usize,
    last: VecDeque<Observation>,
    /// The rows of the last drawing, and the width of the window that it was made for.
    drawn: usize,
    width: usize,
    drawn_at: Option<Instant>,
}

impl LastMessages {
    /// Takes an opened batch, and draws it if the last drawing is old.
    fn take(&mut self, batch: &Batch) -> Result<(), Failure> {
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

    fn draw(&mut self) -> Result<(), Failure> {
        let width = terminal::width().min(100);
        // A window that was resized has broken the rows anew: what was drawn in it stays.
        if std::mem::replace(&mut self.width, width) != width {
            self.drawn = 0;
        }
        Term::stdout()
            .clear_last_lines(self.drawn)
            .map_err(|error| Failure::of_stdout(&error))?;
        self.drawn = self.last.len();
        self.drawn_at = Some(Instant::now());
        terminal::print(self.last.iter().map(|seen| reading::line(seen, width)))
    }
}
