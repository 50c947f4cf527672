//! What there is to show of a matrix, whatever it is drawn on.

use std::time::Duration;

use doormat::experiment::{
    attacks::{Attack, Reader},
    design::Design,
    detection::Detector,
    matrix::{Cell, Column, Matrix},
    outcome::Outcome,
};

use super::facts::facts;

/// A whole matrix.
#[derive(Debug, Clone)]
pub struct View {
    /// The number that reproduces every byte.
    pub seed: u64,
    /// Messages of the conversation.
    pub messages: usize,
    /// How many of them were sent before the theft.
    pub theft_at: usize,
    /// The columns.
    pub designs: Vec<Design>,
    /// The rows.
    pub rows: Vec<RowView>,
    /// What a lost device's owner gets back: a way a row.
    pub recovery: Vec<RecoveryRow>,
    /// What a message costs in each design.
    pub costs: Vec<CostView>,
}

/// One attack, and what came of it in each design.
#[derive(Debug, Clone)]
pub struct RowView {
    /// The attack.
    pub attack: &'static Attack,
    /// A cell for each design.
    pub cells: Vec<Result<Shown, &'static str>>,
}

/// What came of one attack on one design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// How much of everything was read.
    pub amount: Amount,
    /// Read before the theft, and of how many.
    pub past: (usize, usize),
    /// Read after it, and of how many.
    pub future: (usize, usize),
    /// What noticed.
    pub noticed_by: Option<Detector>,
    /// Everything else that there is to know, each with its name.
    pub facts: Vec<(&'static str, String)>,
    /// For each message, whether it was read.
    pub read: Vec<bool>,
}

/// What one way of recovery gives back in each design.
#[derive(Debug, Clone)]
pub struct RecoveryRow {
    /// The way.
    pub name: &'static str,
    /// Messages, of those before the loss.
    pub restored: Vec<usize>,
}

/// What a message costs, on the average of the conversation.
#[derive(Debug, Clone, Copy)]
pub struct CostView {
    /// Bytes on the wire.
    pub wire_bytes: usize,
    /// Of which access fields.
    pub access_bytes: usize,
    /// Time to seal, carry and open it, if that was measured.
    pub took: Option<Duration>,
}

impl View {
    /// Of a matrix that was computed.
    pub fn of(matrix: &Matrix) -> Self {
        let columns = &matrix.columns;
        let rows = matrix.attacks.iter().enumerate();
        let rows = rows.map(|(number, attack)| RowView {
            attack,
            cells: columns
                .iter()
                .filter_map(|column| Some(shown(column.cells.get(number)?, matrix.theft_at)))
                .collect(),
        });
        let ways = columns.first().map_or(&[][..], |first| &first.recovery);
        let recovery = ways.iter().enumerate();
        let recovery = recovery.map(|(number, way)| RecoveryRow {
            name: way.short,
            restored: columns
                .iter()
                .filter_map(|column| Some(column.recovery.get(number)?.restored))
                .collect(),
        });
        Self {
            seed: matrix.seed,
            messages: matrix.messages,
            theft_at: matrix.theft_at,
            designs: columns.iter().map(|column| column.design).collect(),
            rows: rows.collect(),
            recovery: recovery.collect(),
            costs: columns
                .iter()
                .map(|it| CostView::of(it, matrix.messages))
                .collect(),
        }
    }

    /// The rows, those of one reader together.
    pub fn groups(&self) -> impl Iterator<Item = (Reader, &[RowView])> {
        let groups = self
            .rows
            .chunk_by(|a, b| a.attack.reader == b.attack.reader);
        groups.filter_map(|rows| Some((rows.first()?.attack.reader, rows)))
    }

    /// Every outcome that there is.
    pub fn outcomes(&self) -> impl Iterator<Item = &Shown> {
        let cells = self.rows.iter().flat_map(|row| &row.cells);
        cells.filter_map(|cell| cell.as_ref().ok())
    }
}

/// A cell, to be shown.
pub fn shown(cell: &Cell, theft_at: usize) -> Result<Shown, &'static str> {
    cell.outcome
        .as_ref()
        .map(|outcome| Shown::of(outcome, theft_at))
        .map_err(|why| *why)
}

impl Shown {
    /// An outcome, to be shown.
    pub fn of(outcome: &Outcome, theft_at: usize) -> Self {
        let (past, future) = (outcome.past(theft_at), outcome.future(theft_at));
        Self {
            amount: Amount::of(past.0 + future.0, past.1 + future.1),
            past,
            future,
            noticed_by: outcome.noticed_by,
            facts: facts(outcome),
            read: outcome.read.clone(),
        }
    }

    /// Read of all messages, and of how many.
    pub const fn all(&self) -> (usize, usize) {
        (self.past.0 + self.future.0, self.past.1 + self.future.1)
    }
}

impl CostView {
    fn of(column: &Column, messages: usize) -> Self {
        let (cost, each) = (column.cost, messages.max(1));
        let times = u32::try_from(each).unwrap_or(u32::MAX);
        Self {
            wire_bytes: cost.wire_bytes / each,
            access_bytes: cost.access_bytes / each,
            took: cost.took.map(|took| took / times),
        }
    }
}

/// Who it is that reads, as a heading.
pub const fn heading(reader: Reader) -> &'static str {
    match reader {
        Reader::Eve => "Eve listens and steals: what she reads",
        Reader::Insider => "Somebody inside takes part: what she reads",
        Reader::Authority => "Does the authority still read two who evade it?",
    }
}

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
    /// All of them, the worst first.
    pub const ALL: [Self; 3] = [Self::All, Self::Part, Self::None];

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

/// A percentage, without its sign: `75`. More than none is never 0, less than all never 100.
pub fn percent((read, of): (usize, usize)) -> String {
    match (read, of) {
        (_, 0) => "–".to_owned(),
        (0, _) => "0".to_owned(),
        (read, of) if read == of => "100".to_owned(),
        (read, of) => ((100 * read + of / 2) / of).clamp(1, 99).to_string(),
    }
}
