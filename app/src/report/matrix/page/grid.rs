//! A table. What a cell says, it says four times, so that no
//! one of colour, sign, word or figures carries it alone.

use maud::{Markup, html};

use super::of;
use crate::report::matrix::{
    sections::Section,
    view::{Amount, RowView, Shown, View, heading, percent},
};
use doormat::experiment::{Family, attacks::Attack, design::Design};

/// Every attack of a section against its designs. What stands in a section `before` it
/// has its place there.
pub(super) fn grid(section: &Section, before: &[Section]) -> Markup {
    let view = &section.view;
    html! {
        section.table.wide #(place(section)) {
            @if let Some(family) = section.family {
                h2 { (family.title()) }
                p.question { (family.question()) }
            }
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
                        @for row in rows { (line(row, view, before)) }
                    }
                }
            }
        }
    }
}

/// Where a section's table is.
pub(super) fn place(section: &Section) -> String {
    section.family.map_or("matrix", Family::name).to_owned()
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

fn line(RowView { attack, cells }: &RowView, view: &View, before: &[Section]) -> Markup {
    let stands = |design: Option<&Design>| {
        before.iter().map(|section| &section.view).any(|view| {
            view.rows.iter().any(|row| row.attack == *attack)
                && design.is_none_or(|design| view.designs.contains(design))
        })
    };
    html! {
        tr.evasion[attack.is_evasion()] {
            th id=[(!stands(None)).then(|| format!("row-{attack}"))] scope="row" { a href=(format!("#{attack}")) { (attack.name) } }
            @for (cell, design) in cells.iter().zip(&view.designs) {
                (data(attack, cell, &id(attack, design), !stands(Some(design))))
            }
        }
    }
}

/// A cell. Its explanation leads back to the first of a page.
fn data(attack: &Attack, cell: &Result<Shown, &str>, id: &str, is_first: bool) -> Markup {
    let (here, explanation) = (is_first.then(|| format!("cell-{id}")), format!("#{id}"));
    match cell {
        Err(why) => html! {
            td.na id=[here] title=(format!("does not apply: {why}")) {
                a href=(explanation) { span.word { (sign("–")) } span.reason { "does not apply" } }
            }
        },
        Ok(it) => {
            let counts = format!("{} before, {} after", of(it.past), of(it.future));
            html! {
                td id=[here] class=(it.amount.word()) title=(counts) {
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
pub(super) fn sign(sign: &str) -> Markup {
    html! { span.sign aria-hidden="true" { (sign) } }
}

/// A sign and its word.
pub(super) fn amount(amount: Amount) -> Markup {
    html! { span.word { (sign(amount.sign())) (amount.word()) } }
}
