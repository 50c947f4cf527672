//! What an instructor may ask for, its limits, and why it is refused.

use serde::Deserialize;

use super::lesson::LessonScene;
use doormat::experiment::{ExperimentError, Line, conversation::PARTICIPANTS};

/// The most messages that a lesson carries.
pub const MAX_MESSAGES: usize = 200;

/// The longest message, in bytes.
pub const MAX_TEXT: usize = 280;

/// What an instructor may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum LessonCommand {
    Next {},
    Back {},
    Jump {
        scene: usize,
    },
    Say {
        sender: String,
        text: String,
    },
    /// The first scene, with the prepared messages and no votes.
    Restart {},
    /// The first scene, with no messages and no votes.
    Clear {},
    ShowVotes {
        scene: LessonScene,
        shown: bool,
    },
    /// Deletes the votes on a question and opens it again.
    AskAgain {
        scene: LessonScene,
    },
    StartClock {
        running: bool,
    },
}

/// Why a command was refused.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// No such scene.
    #[error("there is no scene {0}")]
    NoScene(usize),
    /// The command names a scene that is not the current one.
    #[error("the lesson is in another scene by now")]
    NotTheScene,
    /// Neither Alice nor Bob.
    #[error("only alice and bob write here")]
    NoSuchSender,
    /// A message without text.
    #[error("the message is empty")]
    Empty,
    /// A message over [`MAX_TEXT`].
    #[error("the message is longer than {MAX_TEXT} bytes")]
    TooLong,
    /// A prepared message over [`MAX_TEXT`].
    #[error("message {number} is longer than {MAX_TEXT} bytes")]
    PreparedTooLong {
        /// Its number, from 1.
        number: usize,
    },
    /// A control character.
    #[error("the message has a control character in it")]
    Control,
    /// [`MAX_MESSAGES`] are there already.
    #[error("a lesson carries at most {MAX_MESSAGES} messages")]
    Full,
    /// The experiment failed: a defect.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
}

/// A message that the instructor typed: control characters are refused.
pub(super) fn typed_line(sender: &str, text: &str) -> Result<Line, CommandError> {
    if text.chars().any(char::is_control) {
        return Err(CommandError::Control);
    }
    saved_line(sender, text)
}

/// A message of a saved lesson. One that was prepared may have control characters, which
/// the pages show escaped.
pub(super) fn saved_line(sender: &str, text: &str) -> Result<Line, CommandError> {
    let known = PARTICIPANTS.into_iter().find(|name| *name == sender);
    let sender = known.ok_or(CommandError::NoSuchSender)?;
    if text.is_empty() {
        return Err(CommandError::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(CommandError::TooLong);
    }
    Ok(Line {
        sender,
        text: text.to_owned(),
    })
}
