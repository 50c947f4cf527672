//! One outcome as facts, for a reader who wants to know what a cell stands for.

use super::figures::of;
use crate::report::matrix::{
    facts::facts,
    summary::{Amount, Summary},
};
use crate::text::grouped;
use doormat::experiment::{
    design::Design,
    matrix::{AttackId, Cell, Matrix, Outcome},
};

/// Where a cell is explained.
pub(super) fn id(row: AttackId, design: &Design) -> String {
    format!("{row}--{}", design.name)
}

/// What came of an attack. Designs of which the same is told are told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// How much was read; nothing where the attack does not apply.
    pub(super) amount: Option<Amount>,
    /// Each message, read or not, in a short conversation.
    pub(super) strip: Option<String>,
    /// What there is to know, each with its name.
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Told {
    /// A cell, told.
    pub(super) fn of(cell: &Cell, matrix: &Matrix) -> Self {
        match &cell.outcome {
            Err(why) => Self {
                amount: None,
                strip: None,
                facts: vec![("Does not apply", format!("{why}."))],
            },
            Ok(outcome) => {
                let summary = Summary::of(outcome, matrix.theft_at);
                Self {
                    amount: Some(summary.amount),
                    strip: strip(cell.row, outcome, matrix.theft_at),
                    facts: all(outcome, &summary),
                }
            }
        }
    }
}

/// The longest conversation of which each message is shown.
const STRIP: usize = 48;

/// `○○○○│●●○○`, or without the bar for what has no before.
fn strip(row: AttackId, outcome: &Outcome, theft_at: usize) -> Option<String> {
    let signs = |read: &[bool]| -> String {
        let signs = read.iter().map(|read| if *read { '●' } else { '○' });
        signs.collect()
    };
    let (past, future) = outcome.read.split_at_checked(theft_at)?;
    let bar = if row.is_from_the_start() { "" } else { "│" };
    (outcome.read.len() <= STRIP).then(|| format!("{}{bar}{}", signs(past), signs(future)))
}

fn all(outcome: &Outcome, summary: &Summary) -> Vec<(&'static str, String)> {
    let read = format!(
        "{} before the theft, {} after it",
        of(summary.past),
        of(summary.future)
    );
    let mut told = vec![("Read", read)];
    told.extend(ends(outcome).map(|ends| ("First and last", ends)));
    told.extend(facts(outcome));
    told
}

/// The first and the last message that were read.
fn ends(outcome: &Outcome) -> Option<String> {
    let first = outcome.read.iter().position(|read| *read)?;
    let last = outcome.read.iter().rposition(|read| *read)?;
    let (first, last) = (grouped(first), grouped(last));
    Some(if first == last {
        format!("message {first}, counted from 0, and no other")
    } else {
        format!("messages {first} and {last}, counted from 0")
    })
}
