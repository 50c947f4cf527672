//! The table. What a cell says, it says four times, so that no one of colour, sign,
//! word or figures carries it alone.

use maud::{Markup, html};

use super::{figures::counts, told};
use crate::report::matrix::summary::{Amount, Summary, percent};
use doormat::experiment::matrix::{AttackId, Cell, Column, Detector, Matrix};

/// Every attack against every design.
pub(super) fn grid(matrix: &Matrix) -> Markup {
    let first = matrix.columns.first();
    let rows: Vec<AttackId> = first
        .iter()
        .flat_map(|it| &it.cells)
        .map(|it| it.row)
        .collect();
    html! {
        section #matrix.wide {
            table.exposure style=(columns(matrix)) {
                caption {
                    "What each attack reads in each design"
                    small { "in % of the messages before │ after the theft" }
                }
                (heading(matrix))
                @for group in rows.chunk_by(|one, next| who(*one) == who(*next)) {
                    tbody {
                        @if let Some(first) = group.first() {
                            tr.group {
                                th colspan=(matrix.columns.len() + 1) scope="rowgroup" { (who(*first)) }
                            }
                        }
                        @for row in group { (line(*row, matrix)) }
                    }
                }
            }
        }
    }
}

/// How many columns there are: the table's width depends on it.
pub(super) fn columns(matrix: &Matrix) -> String {
    format!("--designs:{}", matrix.columns.len())
}

/// The designs' names.
pub(super) fn heading(matrix: &Matrix) -> Markup {
    html! {
        thead {
            tr {
                td {}
                @for name in matrix.columns.iter().map(|it| it.design.name) {
                    th scope="col" { a href=(format!("#design-{name}")) { (name) } }
                }
            }
        }
    }
}

/// Who it is that reads, or tries to.
const fn who(row: AttackId) -> &'static str {
    match row {
        evasion if evasion.is_evasion() => "Does the authority still read two who evade it?",
        AttackId::KeySubstitution | AttackId::GhostDevice | AttackId::DeskInsider => {
            "Somebody inside takes part: what she reads"
        }
        _ => "Eve listens and steals: what she reads",
    }
}

fn line(row: AttackId, matrix: &Matrix) -> Markup {
    html! {
        tr.evasion[row.is_evasion()] {
            th id=(format!("row-{row}")) scope="row" { a href=(format!("#{row}")) { (row.as_str()) } }
            @for column in &matrix.columns {
                @if let Some(cell) = column.cells.iter().find(|cell| cell.row == row) {
                    (data(cell, column, matrix))
                }
            }
        }
    }
}

fn data(cell: &Cell, column: &Column, matrix: &Matrix) -> Markup {
    let id = told::id(cell.row, &column.design);
    let back = format!("cell-{id}");
    let explanation = format!("#{id}");
    match &cell.outcome {
        Err(why) => html! {
            td.na id=(back) title=(format!("does not apply: {why}")) {
                a href=(explanation) { span.word { (sign("–")) } span.reason { "does not apply" } }
            }
        },
        Ok(outcome) => {
            let it = Summary::of(outcome, matrix.theft_at);
            html! {
                td id=(back) class=(it.amount.word()) title=(counts(&it)) {
                    a href=(explanation) {
                        span.word { (sign(it.amount.sign())) (it.amount.word()) }
                        (figures(cell.row, &it))
                        @if let Some(alarm) = it.noticed_by {
                            span.noticed { span.heard { ", noticed by " } (short(alarm)) }
                        }
                    }
                }
            }
        }
    }
}

/// `25│50`, or one figure for what has no before.
fn figures(row: AttackId, it: &Summary) -> Markup {
    let all = (it.past.0 + it.future.0, it.past.1 + it.future.1);
    html! {
        span.figures {
            @if row.is_from_the_start() {
                (percent(all)) span.heard { " %" }
            } @else {
                (percent(it.past)) span.heard { " % before, " } span.bar aria-hidden="true" { "│" }
                (percent(it.future)) span.heard { " % after" }
            }
        }
    }
}

/// A sign beside its word: whoever hears the page does not need it.
pub(super) fn sign(sign: &str) -> Markup {
    html! { span.sign aria-hidden="true" { (sign) } }
}

/// A sign and its word.
pub(super) fn amount(amount: Amount) -> Markup {
    html! { span.word { (sign(amount.sign())) (amount.word()) } }
}

/// What noticed, in two words.
const fn short(alarm: Detector) -> &'static str {
    match alarm {
        Detector::SafetyNumber => "safety numbers",
        Detector::DeskLog => "desk's log",
        Detector::Witness => "witness",
        Detector::Receiver => "receiver",
    }
}
