//! The table, and what its signs mean. What a cell says, it says four times, so that no
//! one of colour, sign, word or figures carries it alone.

use maud::{Markup, html};

use super::of;
use crate::report::matrix::view::{Amount, RowView, Shown, View, heading, percent};
use doormat::experiment::{attacks::Attack, design::Design};

/// Every attack against every design.
pub(super) fn grid(view: &View) -> Markup {
    html! {
        section #matrix.wide {
            table.exposure style=(columns(view)) {
                caption {
                    "What each attack reads in each design"
                    small { "in % of the messages before │ after the theft" }
                }
                (names(view))
                @for (reader, rows) in view.groups() {
                    tbody {
                        tr.group {
                            th colspan=(view.designs.len() + 1) scope="rowgroup" { (heading(reader)) }
                        }
                        @for row in rows { (line(row, view)) }
                    }
                }
            }
        }
    }
}

/// How many columns there are: the table's width depends on it.
pub(super) fn columns(view: &View) -> String {
    format!("--designs:{}", view.designs.len())
}

/// The designs' names.
pub(super) fn names(view: &View) -> Markup {
    html! {
        thead {
            tr {
                td {}
                @for name in view.designs.iter().map(|it| it.name) {
                    th scope="col" { a href=(format!("#design-{name}")) { (name) } }
                }
            }
        }
    }
}

/// Where a cell is explained.
pub(super) fn id(attack: &Attack, design: &Design) -> String {
    format!("{attack}--{}", design.name)
}

fn line(RowView { attack, cells }: &RowView, view: &View) -> Markup {
    html! {
        tr.evasion[attack.is_evasion()] {
            th id=(format!("row-{attack}")) scope="row" { a href=(format!("#{attack}")) { (attack.name) } }
            @for (cell, design) in cells.iter().zip(&view.designs) {
                (data(attack, cell, &id(attack, design)))
            }
        }
    }
}

fn data(attack: &Attack, cell: &Result<Shown, &str>, id: &str) -> Markup {
    let (here, explanation) = (format!("cell-{id}"), format!("#{id}"));
    match cell {
        Err(why) => html! {
            td.na id=(here) title=(format!("does not apply: {why}")) {
                a href=(explanation) { span.word { (sign("–")) } span.reason { "does not apply" } }
            }
        },
        Ok(it) => {
            let counts = format!("{} before, {} after", of(it.past), of(it.future));
            html! {
                td id=(here) class=(it.amount.word()) title=(counts) {
                    a href=(explanation) {
                        span.word { (sign(it.amount.sign())) (it.amount.word()) }
                        (figures(attack, it))
                        @if let Some(detector) = it.noticed_by {
                            span.noticed { span.heard { ", noticed by " } (detector.words().short) }
                        }
                    }
                }
            }
        }
    }
}

/// `25│50`, or one figure for what has no before.
fn figures(attack: &Attack, it: &Shown) -> Markup {
    html! {
        span.figures {
            @if attack.is_from_the_start() {
                (percent(it.all())) span.heard { " %" }
            } @else {
                (percent(it.past)) span.heard { " % before, " } span.bar aria-hidden="true" { "│" }
                (percent(it.future)) span.heard { " % after" }
            }
        }
    }
}

/// A sign beside its word: whoever hears the page does not need it.
fn sign(sign: &str) -> Markup {
    html! { span.sign aria-hidden="true" { (sign) } }
}

/// A sign and its word.
pub(super) fn amount(amount: Amount) -> Markup {
    html! { span.word { (sign(amount.sign())) (amount.word()) } }
}

/// Below the table, and on the same sheet of paper.
pub(super) fn legend(view: &View) -> Markup {
    let amounts = [
        (Amount::All, "every message was read"),
        (Amount::Part, "some were"),
        (Amount::None, "none was"),
    ];
    let detectors = view.detectors().map(|it| it.words().legend);
    let detectors = detectors.collect::<Vec<_>>().join("; ");
    html! {
        section #legend {
            h2 { "Legend" }
            ul.key {
                @for (it, text) in amounts {
                    li { span class=(format!("swatch {}", it.word())) { (amount(it)) } (text) }
                }
                li { span.swatch.na { span.word { (sign("–")) } } "does not apply: there is nothing of the kind to attack in this design" }
            }
            dl.notes {
                @if view.rows.iter().any(|row| row.attack.is_evasion()) {
                    dt { span.swatch.own { "grey" } }
                    dd { "Two evade the authority, and it is the authority that reads." }
                }
                dt { "25│50" }
                dd {
                    "A quarter of the messages before the theft was read, and half of those after it; \
                    one figure where there is no before. A cell's title and its link give the counts."
                }
                dt { span.noticed { "by what" } }
                dd {
                    @if !detectors.is_empty() {
                        "This noticed, if anybody looks: " (detectors) ". "
                    }
                    "Without such a line, nothing in the system noticed."
                }
                dt { "metadata" }
                dd {
                    "Who, to whom, when and how many bytes."
                    @for remark in view.remarks() { " " (remark) "." }
                }
            }
        }
    }
}
