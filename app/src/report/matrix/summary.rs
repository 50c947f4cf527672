//! One cell in a word: all, part or none.

use doormat::experiment::matrix::{Detector, Outcome};

/// How much was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Every message.
    All,
    /// Some.
    Part,
    /// None.
    None,
}

impl Amount {
    /// How much so many of so many are.
    pub const fn of(read: usize, of: usize) -> Self {
        match read {
            0 => Self::None,
            _ if read == of => Self::All,
            _ => Self::Part,
        }
    }

    /// A sign that does without colour.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::All => "●",
            Self::Part => "◐",
            Self::None => "○",
        }
    }

    /// A word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Part => "part",
            Self::None => "none",
        }
    }
}

/// What a cell shows.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// How much of everything.
    pub amount: Amount,
    /// Read before the theft, and of how many.
    pub past: (usize, usize),
    /// Read after it, and of how many.
    pub future: (usize, usize),
    /// What noticed.
    pub noticed_by: Option<Detector>,
}

impl Summary {
    /// A cell's outcome in short.
    pub fn of(outcome: &Outcome, theft_at: usize) -> Self {
        let (past, future) = (outcome.past(theft_at), outcome.future(theft_at));
        Self {
            amount: Amount::of(past.0 + future.0, past.1 + future.1),
            past,
            future,
            noticed_by: outcome.noticed_by,
        }
    }

    /// What noticed, as one letter.
    pub const fn letter(&self) -> Option<char> {
        match self.noticed_by {
            None => None,
            Some(Detector::SafetyNumber) => Some('S'),
            Some(Detector::Witness) => Some('W'),
            Some(Detector::DeskLog) => Some('L'),
            Some(Detector::Receiver) => Some('R'),
        }
    }
}

/// A percentage, without its sign: `75`. More than none is never 0, less than all never 100.
pub fn percent((read, of): (usize, usize)) -> String {
    match (read, of) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0".to_owned(),
        (read, of) if read == of => "100".to_owned(),
        (read, of) => ((100 * read + of / 2) / of).clamp(1, 99).to_string(),
    }
}
