//! A progress bar on standard error for what takes longer than a second; none where
//! standard error is not a terminal.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a command runs before its bar appears.
const DELAY: Duration = Duration::from_secs(1);

/// Hidden until [`DELAY`] has passed; removed when dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// A bar of this length, if it is known.
    pub(crate) fn new(length: impl Into<Option<u64>>, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(length.into(), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta:>4}")
        {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self {
            bar,
            begun: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }

    pub(crate) fn advance(&self, by: u64) {
        self.bar.inc(by);
        self.show();
    }

    pub(crate) fn reach(&self, position: u64) {
        self.bar.set_position(position);
        self.show();
    }

    fn show(&self) {
        if !self.shown.load(Ordering::Relaxed)
            && self.begun.elapsed() > DELAY
            && !self.shown.swap(true, Ordering::Relaxed)
        {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
