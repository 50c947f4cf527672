//! Where an attack's messages go, and then its summary.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use super::{attack::Options, failure::Failure, files, sweep::Load, terminal, window::Window};
use crate::report::{json, reading};
use doormat::attack::Observation;

/// One of five places.
pub(super) enum Sink<'a> {
    Terminal {
        read: u64,
        other: u64,
        left_out: u64,
        width: usize,
    },
    Figures,
    /// Created with the first message, so that an attack that fails leaves nothing.
    File(Option<File>, &'a Path),
    Stdout(io::Stdout),
    /// The last few, scrolling.
    Window(Window),
}

impl<'a> Sink<'a> {
    pub(super) fn new(options: &'a Options) -> Result<Self, Failure> {
        Ok(match &options.out {
            Some(path) if path == Path::new("-") => Self::Stdout(io::stdout()),
            Some(path) => {
                files::check_writable(path)?;
                Self::File(None, path)
            }
            None if options.json => Self::Figures,
            None => Self::Terminal {
                read: 0,
                other: 0,
                left_out: 0,
                width: terminal::width(),
            },
        })
    }

    /// Whether messages are wanted as lines of JSON.
    pub(super) const fn writes_lines(&self) -> bool {
        matches!(self, Self::File(..) | Self::Stdout(_))
    }

    /// Takes what was seen of a batch.
    pub(super) fn take(&mut self, load: &Load) -> Result<(), Failure> {
        if load.batch.is_empty() {
            return Ok(());
        }
        match self {
            Self::Figures => Ok(()),
            Self::Window(window) => window.take(&load.batch),
            Self::Terminal { .. } => load
                .batch
                .seen(0..load.batch.len())
                .try_for_each(|seen| self.show(seen.text().is_some(), || seen.observation())),
            Self::File(out, path) => {
                let out = match out {
                    Some(out) => out,
                    None => out.insert(files::create(path)?),
                };
                let mut lines = load.lines.iter();
                lines
                    .try_for_each(|piece| out.write_all(piece))
                    .map_err(|error| files::cannot_write(path, &error))
            }
            Self::Stdout(out) => {
                let mut lines = load.lines.iter();
                lines
                    .try_for_each(|piece| out.write_all(piece))
                    .map_err(|error| Failure::of_stdout(&error))
            }
        }
    }

    /// One message on the terminal, as long as there are not too many.
    fn show(
        &mut self,
        is_read: bool,
        seen: impl FnOnce() -> Option<Observation>,
    ) -> Result<(), Failure> {
        let Self::Terminal {
            read,
            other,
            left_out,
            width,
        } = self
        else {
            return Ok(());
        };
        let heading = (*read == 0 && *other == 0).then(reading::heading);
        let (count, limit) = if is_read {
            (read, reading::SHOWN.0)
        } else {
            (other, reading::SHOWN.1)
        };
        *count = count.saturating_add(1);
        if *count > limit {
            *left_out = left_out.saturating_add(1);
            return Ok(());
        }
        let line = seen().map(|seen| reading::wrapped(&seen, *width));
        terminal::print(heading.into_iter().chain(line))
    }

    /// Hands over what is still held back.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => out.flush().map_err(|error| Failure::of_stdout(&error)),
            Self::File(out @ None, path) => {
                *out = Some(files::create(path)?);
                Ok(())
            }
            Self::File(..) | Self::Terminal { .. } | Self::Figures | Self::Window(_) => Ok(()),
        }
    }

    /// The summary: figures or sentences; on standard error where standard output
    /// holds the messages.
    pub(super) fn finish(
        self,
        outcome: &json::AttackFigures,
        as_json: bool,
        source: &Path,
    ) -> Result<(), Failure> {
        let summary = if as_json {
            serde_json::to_string(outcome).unwrap_or_default()
        } else {
            textwrap::fill(&reading::summary(outcome), terminal::width())
        };
        match self {
            Self::Stdout(_) => terminal::complain(&summary),
            Self::File(..) | Self::Figures => terminal::print([summary])?,
            Self::Window(window) => {
                window.close()?;
                terminal::print([summary])?;
            }
            Self::Terminal { left_out, .. } => {
                let more = (left_out > 0)
                    .then(|| format!("      … and {left_out} more: --out FILE writes them all"));
                terminal::print(more.into_iter().chain([String::new(), summary]))?;
            }
        }
        if let Some(why) = &outcome.ended_early {
            terminal::complain(&format!(
                "warning: {}: {why}; all before it was used. Copy the recording again if there \
                 should be more.",
                source.display()
            ));
        }
        Ok(())
    }
}
