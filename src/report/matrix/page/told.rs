//! One outcome as facts, for a reader who wants to know what a cell stands for.

use super::figures::of;
use crate::experiment::{
    design::Design,
    matrix::{Alarm, Cell, Forgery, Matrix, Outcome, Row},
};
use crate::report::{
    matrix::summary::{Amount, Summary},
    text::{count, grouped},
};

/// Where a cell is explained.
pub(super) fn id(row: Row, design: &Design) -> String {
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
                facts: vec![("does not apply", format!("{why}."))],
            },
            Ok(outcome) => {
                let summary = Summary::of(outcome, matrix.theft_at);
                Self {
                    amount: Some(summary.amount),
                    strip: strip(cell.row, outcome, matrix.theft_at),
                    facts: facts(outcome, &summary, matrix),
                }
            }
        }
    }
}

/// The longest conversation of which each message is shown.
const STRIP: usize = 48;

/// `○○○○│●●○○`, or without the bar for what has no before.
fn strip(row: Row, outcome: &Outcome, theft_at: usize) -> Option<String> {
    let signs = |read: &[bool]| -> String {
        let signs = read.iter().map(|read| if *read { '●' } else { '○' });
        signs.collect()
    };
    let (past, future) = outcome.read.split_at_checked(theft_at)?;
    let bar = if row.is_from_the_start() { "" } else { "│" };
    (outcome.read.len() <= STRIP).then(|| format!("{}{bar}{}", signs(past), signs(future)))
}

fn facts(outcome: &Outcome, summary: &Summary, matrix: &Matrix) -> Vec<(&'static str, String)> {
    let metadata = (outcome.metadata, matrix.messages);
    let read = format!(
        "{} before the theft, {} after it",
        of(summary.past),
        of(summary.future)
    );
    let mut facts = vec![("read", read)];
    facts.extend(ends(outcome).map(|ends| ("first and last", ends)));
    let metadata = format!(
        "{} messages: who, to whom, when, how many bytes",
        of(metadata)
    );
    facts.push(("metadata", metadata));
    facts.push(("noticed by", noticed(summary.noticed_by).to_owned()));
    facts.extend(outcome.healed_at.map(|at| ("heals", healed(at))));
    facts.extend(outcome.forgery.map(|it| ("forging", forging(it))));
    facts.extend(outcome.peeled.map(|it| ("peeled", peeled(it))));
    facts.extend(outcome.desk.map(|it| {
        let keys = count(it.lawful, "session key");
        let text = format!(
            "one honest warrant gave {keys}; then the audit: {}",
            it.audit
        );
        ("desk", text)
    }));
    facts
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

const fn noticed(by: Option<Alarm>) -> &'static str {
    match by {
        None => "nothing in the system",
        Some(Alarm::SafetyNumber) => "the safety numbers, which differ, if the two compare them",
        Some(Alarm::DeskLog) => "the desk's log, if it is audited",
        Some(Alarm::Witness) => "the witness, whose count is not the log's, if somebody compares",
        Some(Alarm::Receiver) => "the receiver, who refuses the access field",
    }
}

fn healed(at: usize) -> String {
    format!(
        "from message {} on the copy opens nothing any more",
        grouped(at)
    )
}

fn forging(it: Forgery) -> String {
    let trials = usize::try_from(it.trials).unwrap_or(usize::MAX);
    format!(
        "{} for {}; {} accepted, {} refused",
        count(trials, "trial"),
        count(it.session_keys, "session key"),
        count(it.accepted, "message"),
        grouped(it.refused)
    )
}

fn peeled(messages: usize) -> String {
    format!(
        "in {} the authority found another envelope",
        count(messages, "message")
    )
}
