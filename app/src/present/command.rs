//! What an instructor may ask for, and why it may be refused.

use serde::Deserialize;

use super::lesson::Scene;
use doormat::experiment::{ExperimentError, Line, conversation::PARTICIPANTS};

/// The most messages that a lesson carries.
pub const MAX_MESSAGES: usize = 200;

/// The longest message, in bytes.
pub const MAX_TEXT: usize = 280;

/// What an instructor may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Command {
    Next {},
    Back {},
    Jump {
        scene: usize,
    },
    Say {
        sender: String,
        text: String,
    },
    /// The first scene, the prepared messages, no votes.
    Restart {},
    /// The same, and nothing has been said yet.
    Clear {},
    ShowVotes {
        scene: Scene,
        shown: bool,
    },
    /// A question anew: no votes on it.
    AskAgain {
        scene: Scene,
    },
    StartClock {
        running: bool,
    },
}

/// Why a command was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// No such scene.
    #[error("there is no scene {0}")]
    NoScene(usize),
    /// The lesson has gone on since this was asked.
    #[error("the lesson is in another scene by now")]
    NotTheScene,
    /// Neither Alice nor Bob.
    #[error("only alice and bob write here")]
    NoSuchSender,
    /// Nothing in it.
    #[error("the message is empty")]
    Empty,
    /// More than there may be.
    #[error("the message is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// The same of a prepared one.
    #[error("message {number} is longer than {MAX_TEXT} bytes")]
    PreparedTooLong {
        /// Its number, from 1.
        number: usize,
    },
    /// A control character.
    #[error("the message has a control character in it")]
    Control,
    /// Enough was said.
    #[error("a lesson carries at most {MAX_MESSAGES} messages")]
    Full,
    /// The experiment failed: a defect.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

/// A message that the instructor typed: control characters are refused.
pub(super) fn typed_line(sender: &str, text: &str) -> Result<Line, Refused> {
    if text.chars().any(char::is_control) {
        return Err(Refused::Control);
    }
    saved_line(sender, text)
}

/// A message of a saved lesson. A prepared message may have control characters; the pages
/// show them escaped.
pub(super) fn saved_line(sender: &str, text: &str) -> Result<Line, Refused> {
    let known = PARTICIPANTS.into_iter().find(|name| *name == sender);
    let sender = known.ok_or(Refused::NoSuchSender)?;
    if text.is_empty() {
        return Err(Refused::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Refused::TooLong);
    }
    Ok(Line {
        sender,
        text: text.to_owned(),
    })
}
