//! What is saved of a lesson, so that a server that was restarted goes on with it. Of the
//! experiment only the seed and the messages are saved: all its bytes follow from them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ballot::BallotBox,
    command::{CommandError, MAX_MESSAGES, saved_line},
    lesson::LessonScene,
    state::LessonState,
};
use doormat::experiment::Line;

/// What is saved between runs of the server.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedState {
    /// When, since 1970.
    pub at: Duration,
    /// The instructor's token.
    pub token: String,
    /// The phones' token.
    pub join: String,
    /// The lesson.
    pub lesson: SavedLesson,
}

/// The lesson of a [`SavedState`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedLesson {
    seed: u64,
    prepared: Vec<(String, String)>,
    said: Vec<(String, String)>,
    scene: LessonScene,
    ballots: BallotBox,
    started: Option<Duration>,
}

impl SavedLesson {
    /// The seed of every random byte in the lesson.
    pub const fn seed(&self) -> u64 {
        self.seed
    }
}

impl LessonState {
    /// Goes on with a saved lesson; `false`, and no change, if it has another seed or other
    /// prepared messages.
    ///
    /// # Errors
    /// [`CommandError`] if no lesson can have saved it.
    pub fn resume(&mut self, saved: SavedLesson) -> Result<bool, CommandError> {
        if saved.seed != self.live.seed() || saved.prepared != pairs(&self.prepared) {
            return Ok(false);
        }
        if saved.said.len() > MAX_MESSAGES {
            return Err(CommandError::Full);
        }
        let said = saved.said.iter();
        let said = said.map(|(sender, text)| saved_line(sender, text));
        self.carry_all(said.collect::<Result<_, _>>()?)?;
        self.ballots = saved.ballots;
        self.ballots.remove_invalid();
        self.started = saved.started;
        self.go(saved.scene)?;
        Ok(true)
    }

    /// What is to be saved.
    pub fn save(&self) -> SavedLesson {
        SavedLesson {
            seed: self.live.seed(),
            prepared: pairs(&self.prepared),
            said: pairs(self.live.lines()),
            scene: self.scene,
            ballots: self.ballots.clone(),
            started: self.started,
        }
    }
}

/// Senders and texts.
fn pairs(lines: &[Line]) -> Vec<(String, String)> {
    let pair = |line: &Line| (line.sender.to_owned(), line.text.clone());
    lines.iter().map(pair).collect()
}
