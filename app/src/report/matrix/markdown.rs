//! The matrix in Markdown, for `docs/threat-model.md`.

use super::{
    describe::describe,
    summary::{Amount, Summary, percent},
    words::words,
};
use doormat::experiment::matrix::{Cell, Column, Matrix, Recovery};

/// Designs as columns, attacks as rows.
pub fn exposure(matrix: &Matrix) -> String {
    let rows = matrix.columns.first().map_or(0, |first| first.cells.len());
    let row = |row: usize| {
        let cells: Vec<_> = matrix
            .columns
            .iter()
            .filter_map(|it| it.cells.get(row))
            .collect();
        let name = cells.first().map_or("", |cell| cell.row.as_str());
        let shown = cells.iter().map(|cell| shown(cell, matrix.theft_at));
        line(&format!("[{name}](#{name})"), shown)
    };
    heading(matrix, "attack") + &(0..rows).map(row).collect::<String>()
}

/// What is stolen, what it teaches, and who said so: one section for each attack.
pub fn rows(matrix: &Matrix) -> String {
    let cells = matrix.columns.first().map_or(&[][..], |first| &first.cells);
    cells
        .iter()
        .map(|cell| {
            let (row, about) = (cell.row, words(cell.row));
            format!(
                "### {row}\n\n*Stolen:* {}, {}. *Tried:* {}.\n\n{}\n\n*Source:* {}.\n\n",
                about.loot, about.when, about.tried, about.lesson, about.source
            )
        })
        .collect()
}

/// What each design is.
pub fn designs(matrix: &Matrix) -> String {
    let described = matrix.columns.iter();
    let lines =
        described.map(|it| format!("| `{}` | {} |\n", it.design.name, describe(&it.design)));
    format!(
        "| design | what it is |\n|---|---|\n{}",
        lines.collect::<String>()
    )
}

/// What the owner of a lost device gets back, and what a message costs.
pub fn other_side(matrix: &Matrix) -> String {
    let back = |name: &str, back: fn(&Recovery) -> usize| {
        let cells = matrix.columns.iter().map(|it| {
            let (back, of) = (back(&it.recovery), it.recovery.of);
            format!("{} {} %", Amount::of(back, of).sign(), percent((back, of)))
        });
        line(name, cells)
    };
    let cost = |name: &str, bytes: fn(&Column) -> usize| {
        let each = matrix.messages.max(1);
        line(
            name,
            matrix
                .columns
                .iter()
                .map(|it| (bytes(it) / each).to_string()),
        )
    };
    [
        heading(matrix, ""),
        back("lost-device: by the authority", |it| it.authority),
        back("lost-device: by a passphrase", |it| it.passphrase),
        cost("bytes a message", |it| it.cost.wire_bytes),
        cost("of that, access fields", |it| it.cost.access_bytes),
    ]
    .concat()
}

fn heading(matrix: &Matrix, corner: &str) -> String {
    let names = matrix
        .columns
        .iter()
        .map(|it| format!("`{}`", it.design.name));
    let rule = matrix.columns.iter().map(|_| "---".to_owned());
    line(corner, names) + &line("---", rule)
}

fn line(name: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// `● 100│100 S`
fn shown(cell: &Cell, theft_at: usize) -> String {
    cell.outcome.as_ref().map_or_else(
        |_| "–".to_owned(),
        |outcome| {
            let it = Summary::of(outcome, theft_at);
            let letter = it
                .letter()
                .map_or_else(String::new, |letter| format!(" {letter}"));
            let (sign, past, future) = (it.amount.sign(), percent(it.past), percent(it.future));
            format!("{sign} {past}│{future}{letter}")
        },
    )
}
