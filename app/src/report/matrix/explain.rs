//! One cell, told: what was stolen, what was tried, what came of it, and why it matters.

use super::facts::facts;
use crate::text::{
    COLUMNS, clip, count, printable,
    style::{TITLE, paint},
};
use doormat::experiment::{
    Conversation,
    conversation::PARTICIPANTS,
    design::Custody,
    matrix::{Column, Matrix},
    outcome::Outcome,
};

/// Columns of the names at the left.
const NAME: usize = 10;

/// One attack on one design, in at most 80 columns.
pub fn attack(matrix: &Matrix, column: &Column, conversation: &Conversation) -> Vec<String> {
    let design = column.design;
    let mut lines = Vec::new();
    for cell in &column.cells {
        let attack = cell.attack;
        let title = format!("{attack} against {}", design.name);
        lines.extend([paint(TITLE, &title), String::new()]);
        lines.extend(told("Design", &design.describe()));
        lines.extend(epochs(matrix, design.custody));
        lines.extend(told(
            "Stolen",
            &format!("{}, {}.", attack.loot, attack.when),
        ));
        lines.extend(told("Tried", &format!("{}.", attack.tried)));
        lines.extend(match &cell.outcome {
            Ok(outcome) => came_of_it(matrix, outcome, conversation),
            Err(why) => told("Read", &format!("nothing to attack: {why}.")),
        });
        lines.push(String::new());
        lines.extend(told("Lesson", attack.lesson));
        lines.extend(told("Source", attack.source));
    }
    lines
}

/// What the owner of a lost device gets back under one design.
pub fn lost_device(matrix: &Matrix, column: &Column) -> Vec<String> {
    let (design, of) = (column.design, matrix.theft_at);
    let title = format!("lost-device under {}", design.name);
    let mut lines = vec![paint(TITLE, &title), String::new()];
    lines.extend(told("Design", &design.describe()));
    lines.extend(epochs(matrix, design.custody));
    let lost = count(of, "message");
    lines.extend(told(
        "Lost",
        &format!("a device, after {lost}; the relay still has every envelope."),
    ));
    let names = ["Back"].into_iter().chain(std::iter::repeat(""));
    for (name, way) in names.zip(&column.recovery) {
        lines.extend(told(
            name,
            &format!("{} of {of} by {}.", way.restored, way.who),
        ));
    }
    lines.push(String::new());
    lines.extend(told(
        "Lesson",
        "Getting back in is what escrow is honestly wished for. Whoever can open for the owner can \
         open without the owner; a passphrase does the first without the second.",
    ));
    lines
}

/// Which messages were in which epoch.
fn epochs(matrix: &Matrix, custody: Custody) -> Vec<String> {
    let Some(count) = custody.epochs() else {
        return Vec::new();
    };
    let of = matrix.messages;
    let range = |epoch| {
        let mut within = (0..of).filter(|number| custody.epoch(*number, of) == epoch);
        let first = within.next()?;
        Some(format!(
            "{first} to {}",
            within.next_back().unwrap_or(first)
        ))
    };
    let ranges: Vec<_> = (0..count).filter_map(range).collect();
    let theft = matrix.theft_at.saturating_sub(1);
    let current = custody.epoch(theft, of) + 1;
    let text = format!(
        "messages {}; the theft is in epoch {current}.",
        ranges.join(", ")
    );
    told("Epochs", &text)
}

fn came_of_it(matrix: &Matrix, outcome: &Outcome, conversation: &Conversation) -> Vec<String> {
    let theft_at = matrix.theft_at;
    let (past, future) = (outcome.past(theft_at), outcome.future(theft_at));
    let mut lines = told(
        "Read",
        &format!(
            "{} of {} before the theft, {} of {} after it.",
            past.0,
            count(past.1, "message"),
            future.0,
            count(future.1, "message"),
        ),
    );
    if let Some(writers) = by_writer(outcome, conversation) {
        lines.extend(told("", &writers));
    }
    let ends = [
        ("First", outcome.read.iter().position(|read| *read)),
        ("Last", outcome.read.iter().rposition(|read| *read)),
    ];
    for (name, number) in ends {
        let line = number.and_then(|it| Some((it, conversation.lines().get(it)?)));
        if let Some((number, line)) = line {
            let text = format!(
                "message {number}, {}: “{}”",
                line.sender,
                printable(&line.text)
            );
            lines.extend(told(name, &clip(&text, COLUMNS - NAME - 1)));
        }
    }
    for (name, fact) in facts(outcome) {
        lines.extend(told(name, &format!("{fact}.")));
    }
    lines
}

/// A name, and a text wrapped beside it.
fn told(name: &str, text: &str) -> Vec<String> {
    let blank = " ".repeat(NAME);
    let options = textwrap::Options::new(COLUMNS - 1)
        .initial_indent(&blank)
        .subsequent_indent(&blank);
    let mut lines: Vec<String> = textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.into_owned())
        .collect();
    if let Some(first) = lines.first_mut() {
        let rest = first.get(NAME..).unwrap_or_default();
        *first = paint(TITLE, &format!("{name:NAME$}")) + rest;
    }
    lines
}

/// Whose messages were read, where some were and some were not.
fn by_writer(outcome: &Outcome, conversation: &Conversation) -> Option<String> {
    let read = outcome.read.iter().filter(|read| **read).count();
    if read == 0 || read == outcome.read.len() {
        return None;
    }
    let of = |writer: &str| {
        let lines = conversation.lines().iter().zip(&outcome.read);
        let written: Vec<_> = lines.filter(|(line, _)| line.sender == writer).collect();
        let read = written.iter().filter(|(_, read)| **read).count();
        format!("{writer} {read} of {}", written.len())
    };
    let [one, other] = PARTICIPANTS;
    Some(format!("By writer: {}, {}.", of(one), of(other)))
}
