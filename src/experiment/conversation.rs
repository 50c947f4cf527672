//! What is said, and by whom.

use crate::protocol::envelope::MAX_TEXT_BYTES;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who says it: `alice` or `bob`.
    pub sender: &'static str,
    /// What.
    pub text: String,
}

impl Line {
    /// The other of the two.
    pub fn recipient(&self) -> &'static str {
        let [alice, bob] = PARTICIPANTS;
        if self.sender == alice { bob } else { alice }
    }
}

/// A conversation of two. It has at least one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation(Vec<Line>);

/// The two participants of every experiment, in the order in which they write.
pub const PARTICIPANTS: [&str; 2] = ["alice", "bob"];

/// The most messages that are read from a text. Two devices carry them one after the other, by
/// real agreements at every turn, and every envelope is kept: about a millisecond and two
/// kibibytes for each message. What needs more is a [`Crowd`](super::Crowd).
pub const MAX_MESSAGES: usize = 50_000;

/// The conversation that the demonstration begins with.
const DEFAULT: &str = "\
Are you the reporter who wrote about the bank?
I am. This messenger encrypts everything. Go ahead.
The audit starts tomorrow. Two accounts were never in the books.
Which two?
4471 and 4478. Forty million, moved the night before the merger.
Who else knows?
Nobody. If my name gets out, I lose more than my job.
Then it stays between the two of us.
";

impl Conversation {
    /// Two taking turns, Alice first: one message for each line that is not empty. A line
    /// ends in LF or CR LF.
    ///
    /// # Errors
    /// [`NotAConversation`] with the number of the line at fault.
    pub fn read(text: &str) -> Result<Self, NotAConversation> {
        let mut lines = Vec::new();
        let mut senders = PARTICIPANTS.into_iter().cycle();
        for (number, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.is_empty()) {
            if text.len() > MAX_TEXT_BYTES {
                return Err(NotAConversation::TooLong { line: number });
            }
            if lines.len() == MAX_MESSAGES {
                return Err(NotAConversation::TooMany);
            }
            let text = text.to_owned();
            lines.extend(senders.next().map(|sender| Line { sender, text }));
        }
        if lines.is_empty() {
            return Err(NotAConversation::Empty);
        }
        Ok(Self(lines))
    }

    /// A conversation of these messages.
    ///
    /// # Errors
    /// [`NotAConversation`] if there is none, or one is longer than the protocol carries.
    pub fn of(lines: Vec<Line>) -> Result<Self, NotAConversation> {
        let too_long = |line: &Line| line.text.len() > MAX_TEXT_BYTES;
        match lines.iter().position(too_long) {
            _ if lines.is_empty() => Err(NotAConversation::Empty),
            Some(at) => Err(NotAConversation::TooLong {
                line: u64::try_from(at).unwrap_or(u64::MAX - 1) + 1,
            }),
            None => Ok(Self(lines)),
        }
    }

    /// Its messages in order.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// The texts of its messages, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.iter().map(|line| line.text.as_str())
    }

    /// Who writes first.
    pub fn first(&self) -> &'static str {
        let [alice, _] = PARTICIPANTS;
        self.0.first().map_or(alice, |line| line.sender)
    }

    /// Whom the first message is for.
    pub fn second(&self) -> &'static str {
        let [_, bob] = PARTICIPANTS;
        self.0.first().map_or(bob, Line::recipient)
    }
}

impl Default for Conversation {
    fn default() -> Self {
        Self(
            DEFAULT
                .lines()
                .zip(PARTICIPANTS.into_iter().cycle())
                .map(|(text, sender)| Line {
                    sender,
                    text: text.to_owned(),
                })
                .collect(),
        )
    }
}

/// Why a text is not a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAConversation {
    /// No line that is not empty.
    #[error("there is no message in it: every line is empty")]
    Empty,
    /// More messages than an experiment takes.
    #[error("it has more than {MAX_MESSAGES} messages")]
    TooMany,
    /// A line beyond the protocol's limit.
    #[error("line {line} is longer than a message may be, {MAX_TEXT_BYTES} bytes")]
    TooLong {
        /// Its number, from 1.
        line: u64,
    },
}
