//! The matrix as a table of at most 100 columns.

use super::summary::{Amount, Summary, percent};
use crate::experiment::matrix::{Cell, Column, Cost, Matrix, Outcome, Recovery};
use crate::report::{
    style::{FAINT, KEY, READ, SHUT, TITLE, paint},
    text::{column, count},
};

/// Columns of a row's name, and of each cell.
const NAME: usize = 18;
const CELL: usize = 9;

/// The lines of the table: percentages, and with `counts` messages below them.
pub fn table(matrix: &Matrix, counts: bool) -> Vec<String> {
    let sections = [
        exposure(matrix, counts),
        recovery(matrix, counts),
        cost(matrix),
    ];
    let legend = LEGEND.iter().map(|line| paint(FAINT, line));
    let lines = sections.into_iter().flatten().chain(legend);
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// What was read, attack by attack.
fn exposure(matrix: &Matrix, counts: bool) -> Vec<String> {
    let of = [matrix.theft_at, matrix.messages - matrix.theft_at];
    let mut lines = vec![
        format!(
            "{}, the theft after the first {}. Seed {}: reproducible, not secret.",
            count(matrix.messages, "message"),
            matrix.theft_at,
            matrix.seed,
        ),
        "Read, in % of those before │ after the theft:".to_owned(),
        String::new(),
    ];
    lines.extend(heading(&matrix.columns));
    let rows = matrix.columns.first().map_or(0, |first| first.cells.len());
    for row in 0..rows {
        let cells: Vec<_> = matrix
            .columns
            .iter()
            .filter_map(|it| it.cells.get(row))
            .collect();
        let name = cells.first().map_or("", |cell| cell.row.as_str());
        let shown = |line: fn(&Cell, usize) -> String| {
            let cells = cells.iter();
            cells
                .map(|cell| line(cell, matrix.theft_at))
                .collect::<String>()
        };
        lines.push(paint(TITLE, &column(name, NAME)) + &shown(word));
        if cells.iter().all(|cell| cell.outcome.is_err()) {
            continue;
        }
        lines.push(column("", NAME) + &shown(percentages));
        if counts {
            lines.push(column(&format!("  before, of {}", of[0]), NAME) + &shown(before));
            lines.push(column(&format!("  after, of {}", of[1]), NAME) + &shown(after));
        }
    }
    lines.push(String::new());
    lines
}

/// What the owner of a lost device gets back.
fn recovery(matrix: &Matrix, counts: bool) -> Vec<String> {
    let row = |name: &str, back: fn(&Recovery) -> usize| {
        let cells = matrix.columns.iter().map(|it| {
            let (back, of) = (back(&it.recovery), it.recovery.of);
            let sign = Amount::of(back, of).sign();
            styled(SHUT, &format!("{sign} {}", percent((back, of))))
        });
        let mut lines = vec![column(name, NAME) + &cells.collect::<String>()];
        if counts {
            let cells = matrix.columns.iter();
            let cells = cells.map(|it| column(&format!("  {}", back(&it.recovery)), CELL));
            let of = column(&format!("  of {}", matrix.theft_at), NAME);
            lines.push(of + &cells.collect::<String>());
        }
        lines
    };
    [
        vec![format!(
            "lost-device: of the first {}, its owner gets back, in %:",
            matrix.theft_at
        )],
        row("by the authority", |it| it.authority),
        row("by a passphrase", |it| it.passphrase),
        vec![String::new()],
    ]
    .concat()
}

/// What a message costs.
fn cost(matrix: &Matrix) -> Vec<String> {
    let row = |name: &str, bytes: fn(&Cost) -> usize| {
        let each = matrix.messages.max(1);
        let cells = matrix.columns.iter();
        let cells = cells.map(|it| column(&format!("  {}", bytes(&it.cost) / each), CELL));
        column(name, NAME) + &cells.collect::<String>()
    };
    vec![
        "Cost of a message, in bytes:".to_owned(),
        row("on the wire", |it| it.wire_bytes),
        row("  access fields", |it| it.access_bytes),
        String::new(),
    ]
}

const LEGEND: [&str; 6] = [
    "● all   ◐ part   ○ none of the messages was read   – does not apply",
    "Noticed, if anybody looks, by:   S the safety numbers, which differ   W the desk's witness",
    "   L the desk's log   R the receiver, who refuses.   No letter: by nothing in the system.",
    "forged-access, double-encryption: what the authority itself reads of two who evade it.",
    "Metadata: every envelope's, but for relay-database: of those that wait there.",
    "`doormat matrix explain ATTACK DESIGN` tells one cell; --counts gives the messages behind the %.",
];

fn heading(columns: &[Column]) -> [String; 2] {
    let (mut first, mut second) = (column("", NAME), column("", NAME));
    for design in columns.iter().map(|it| it.design.name) {
        let (one, two) = design.split_at(design.find('-').unwrap_or(design.len()));
        first += &column(one, CELL);
        second += &column(two, CELL);
    }
    [
        paint(TITLE, first.trim_end()),
        paint(TITLE, second.trim_end()),
    ]
}

/// A sign, a word, and who noticed.
fn word(cell: &Cell, theft_at: usize) -> String {
    let Ok(outcome) = &cell.outcome else {
        return styled(FAINT, "–");
    };
    let summary = Summary::of(outcome, theft_at);
    let style = match summary.amount {
        Amount::All => READ,
        Amount::Part => KEY,
        Amount::None => SHUT,
    };
    let letter = summary.letter().unwrap_or(' ');
    let (sign, word) = (summary.amount.sign(), summary.amount.word());
    styled(style, format!("{sign} {word:4} {letter}").trim_end())
}

/// `  0│100`
fn percentages(cell: &Cell, theft_at: usize) -> String {
    let figures = cell.outcome.as_ref().map_or_else(
        |_| String::new(),
        |outcome| {
            let parts = [outcome.past(theft_at), outcome.future(theft_at)];
            format!("{:>3}│{}", percent(parts[0]), percent(parts[1]))
        },
    );
    styled(FAINT, &figures)
}

fn before(cell: &Cell, theft_at: usize) -> String {
    messages(cell, |outcome| outcome.past(theft_at))
}

fn after(cell: &Cell, theft_at: usize) -> String {
    messages(cell, |outcome| outcome.future(theft_at))
}

fn messages(cell: &Cell, part: impl FnOnce(&Outcome) -> (usize, usize)) -> String {
    let outcome = cell.outcome.as_ref().ok();
    let figure = outcome.map_or_else(String::new, |it| format!("  {}", part(it).0));
    styled(FAINT, &figure)
}

/// A cell's text in a style, its padding in none.
fn styled(style: anstyle::Style, text: &str) -> String {
    let cell = column(text, CELL);
    let shown = cell.trim_end();
    if shown.is_empty() {
        return cell;
    }
    paint(style, shown) + cell.get(shown.len()..).unwrap_or_default()
}
