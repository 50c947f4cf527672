//! The conversation, and when something is stolen: what every cell has in common.

use std::time::Instant;

use clap::Args;

use crate::cli::shared::{
    failure::Failure,
    progress::Progress,
    setup::{self, Setup},
};
use doormat::experiment::{Conversation, ExperimentError, Setting};

/// The default of `--theft-at`.
pub(super) const HALF_WAY: f64 = 0.5;

#[derive(Debug, Args)]
pub(super) struct Theft {
    #[command(flatten)]
    pub(super) setup: Setup,
    /// When the theft takes place: 0 before the first message, 1 after the last; rounded to a message
    #[arg(long, default_value_t = HALF_WAY, value_name = "FRACTION", value_parser = fraction)]
    pub(super) theft_at: f64,
}

impl Theft {
    /// Runs so many cells under a progress bar; `timed` measures what designs cost in time.
    pub(super) fn run<T>(
        &self,
        conversation: &Conversation,
        cells: usize,
        timed: bool,
        run: impl FnOnce(&Setting<'_>) -> Result<T, ExperimentError>,
    ) -> Result<T, Failure> {
        let seed = self.setup.seed()?;
        let progress = Progress::new(u64::try_from(cells).unwrap_or(u64::MAX), "attacking");
        let begun = Instant::now();
        let clock = || begun.elapsed();
        let setting = Setting {
            theft_at: part_of(conversation.lines().len(), self.theft_at),
            conversation,
            seed,
            clock: timed.then_some(&clock),
            progress: &|| progress.advance(1),
        };
        run(&setting).map_err(|error| setup::defect(&error))
    }
}

/// A fraction of a number of messages, rounded.
fn part_of(messages: usize, fraction: f64) -> usize {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let wanted = number(messages) * fraction;
    (0..messages)
        .find(|count| number(*count) + 0.5 > wanted)
        .unwrap_or(messages)
}

fn fraction(text: &str) -> Result<f64, &'static str> {
    let fraction = text.parse().unwrap_or(f64::NAN);
    if (0.0..=1.0).contains(&fraction) {
        Ok(fraction)
    } else {
        Err("give a number from 0 to 1, such as 0.5")
    }
}
