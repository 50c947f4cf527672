//! What is kept of a lesson, so that a server that was restarted goes on with it. Only
//! what was said is kept: every byte of the rest follows from it and the seed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ballot::BallotBox,
    command::{MAX_MESSAGES, Refused, saved_line},
    lesson::Scene,
    stage::Stage,
};
use doormat::experiment::Line;

/// What is kept of a lesson between runs; every byte of the rest follows from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kept {
    pub(super) seed: u64,
    prepared: Vec<(String, String)>,
    said: Vec<(String, String)>,
    scene: Scene,
    ballots: BallotBox,
    started: Option<Duration>,
}

impl Kept {
    /// The number that reproduces every byte.
    pub const fn seed(&self) -> u64 {
        self.seed
    }
}

impl Stage {
    /// The same lesson as before, if this is what was kept of it.
    ///
    /// # Errors
    /// [`Refused`] if it cannot have been kept by a lesson.
    pub fn resume(&mut self, kept: Kept) -> Result<bool, Refused> {
        let written = |lines: &[Line]| -> Vec<(String, String)> {
            let pair = |line: &Line| (line.sender.to_owned(), line.text.clone());
            lines.iter().map(pair).collect()
        };
        if kept.seed != self.live.seed() || kept.prepared != written(&self.prepared) {
            return Ok(false);
        }
        if kept.said.len() > MAX_MESSAGES {
            return Err(Refused::Full);
        }
        let said = kept.said.iter();
        let said = said.map(|(sender, text)| saved_line(sender, text));
        self.carry_all(said.collect::<Result<_, _>>()?)?;
        self.ballots = kept.ballots;
        self.ballots.sift();
        self.started = kept.started;
        self.go(kept.scene)?;
        Ok(true)
    }

    /// What is to be kept.
    pub fn kept(&self) -> Kept {
        let written = |lines: &[Line]| {
            let pair = |line: &Line| (line.sender.to_owned(), line.text.clone());
            lines.iter().map(pair).collect()
        };
        Kept {
            seed: self.live.seed(),
            prepared: written(&self.prepared),
            said: written(self.live.lines()),
            scene: self.scene,
            ballots: self.ballots.clone(),
            started: self.started,
        }
    }
}
