//! An attack, as figures.

use std::time::Duration;

use serde::Serialize;

use doormat::attack::{Summary, Tally};

/// `doormat attack --json`.
#[derive(Serialize)]
pub struct Attack {
    /// Envelopes on the tape.
    pub envelopes: u64,
    /// Packets of ours that are neither envelope nor key bundle, or damaged.
    pub malformed: u64,
    /// Envelopes whose text was read.
    pub read: u64,
    /// Session keys unwrapped, each once.
    pub session_keys: usize,
    /// Envelopes sealed to this key that still do not open.
    pub damaged: u64,
    /// Other authorities that envelopes are sealed to, at most eight.
    pub other_authorities: Vec<String>,
    /// Packets of somebody else's in the same file.
    pub passed_over: u64,
    /// What ended the tape early, if anything did.
    pub ended_early: Option<String>,
    /// Threads that took part.
    pub threads: usize,
    /// From the first byte read to the last one written.
    pub seconds: f64,
    /// Envelopes in each of them.
    pub messages_per_second: f64,
    /// How long the bare cryptography takes, if it was measured.
    pub floor_seconds: Option<f64>,
    /// How many times as long the attack took.
    pub ratio_to_floor: Option<f64>,
}

impl Attack {
    /// The figures of an attack that has run.
    pub fn new(tally: Tally, summary: &Summary, passed_over: u64) -> Self {
        Self {
            envelopes: tally.envelopes,
            malformed: tally.malformed,
            read: tally.read,
            session_keys: summary.session_keys,
            damaged: summary.damaged,
            other_authorities: summary.others.iter().map(ToString::to_string).collect(),
            passed_over,
            ended_early: None,
            threads: 1,
            seconds: 0.0,
            messages_per_second: 0.0,
            floor_seconds: None,
            ratio_to_floor: None,
        }
    }

    /// How long it took, and how long its cryptography takes alone.
    #[must_use]
    pub fn timed(mut self, threads: usize, took: Duration, floor: Option<Duration>) -> Self {
        let rounded = |number: f64, places: f64| (number * places).round() / places;
        let seconds = took.as_secs_f64();
        let envelopes = u32::try_from(self.envelopes).map_or(f64::from(u32::MAX), f64::from);
        self.threads = threads;
        self.seconds = rounded(seconds, 1e6);
        self.messages_per_second = rounded(envelopes / seconds.max(1e-6), 1.0);
        self.floor_seconds = floor.map(|floor| rounded(floor.as_secs_f64(), 1e6));
        self.ratio_to_floor = floor
            .filter(|floor| !floor.is_zero())
            .map(|floor| rounded(seconds / floor.as_secs_f64(), 1e3));
        self
    }
}
