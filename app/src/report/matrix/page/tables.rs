//! What escrow is wished for, and what it costs.

use std::time::Duration;

use maud::{Markup, html};

use super::{
    grid::{amount, columns, names},
    of,
};
use crate::report::matrix::{
    sections::Section,
    view::{Amount, CostView},
};
use crate::text::grouped;

/// What the owner of a lost device gets back.
pub(super) fn recovery(section: &Section) -> Markup {
    let view = &section.view;
    let all = view.theft_at;
    html! {
        section.recovery.wide #(place(section, "recovery")) {
            (heading(section, "Recovery"))
            p {
                "The other side of the measurement. A device is lost when the theft would have been, \
                and its owner wants the messages back that came before. The authority can give what \
                it can open. A backup under a passphrase gives it without one, if it was made."
            }
            table style=(columns(view)) {
                caption { "lost-device" small { "messages that its owner gets back, of those before the loss" } }
                (names(view))
                tbody {
                    @for way in &view.recovery {
                        tr {
                            th scope="row" { (way.name) }
                            @for restored in &way.restored {
                                td {
                                    @if all > 0 { (amount(Amount::of(*restored, all))) }
                                    span.figures { (of((*restored, all))) }
                                }
                            }
                        }
                    }
                }
            }
            (back())
        }
    }
}

/// What a message costs. The time is the one figure here that no seed reproduces: it
/// stands in a row of its own, and only if it was measured.
pub(super) fn cost(section: &Section) -> Markup {
    let view = &section.view;
    let row = |name: &str, bytes: fn(&CostView) -> usize| {
        html! {
            tr {
                th scope="row" { (name) }
                @for cost in &view.costs { td { (grouped(bytes(cost))) } }
            }
        }
    };
    let timed = view.costs.iter().any(|it| it.took.is_some());
    html! {
        section.cost.wide #(place(section, "cost")) {
            (heading(section, "Cost"))
            p {
                "A message's share of all bytes on the wire, the first contact's included. An access \
                field rides on every message, for each authority."
            }
            table style=(columns(view)) {
                caption { "Cost of a message" small { "on the average of the conversation" } }
                (names(view))
                tbody {
                    (row("bytes on the wire", |it| it.wire_bytes))
                    (row("of which access fields", |it| it.access_bytes))
                    @if timed { (timings(section)) }
                }
            }
            (back())
        }
    }
}

/// Sealing, carrying and opening.
fn timings(section: &Section) -> Markup {
    html! {
        tr #(place(section, "timings")) {
            th scope="row" { "microseconds" small { "this run, this machine" } }
            @for took in section.view.costs.iter().map(|it| it.took) {
                td { (took.map_or_else(String::new, microseconds)) }
            }
        }
    }
}

fn microseconds(took: Duration) -> String {
    grouped(usize::try_from(took.as_micros()).unwrap_or(usize::MAX))
}

/// Where a part of a section is: `recovery`, or `devices-recovery` in a family.
pub(super) fn place(section: &Section, part: &str) -> String {
    match section.family {
        Some(family) => format!("{family}-{part}"),
        None => part.to_owned(),
    }
}

fn heading(section: &Section, name: &str) -> Markup {
    html! {
        @match section.family {
            Some(family) => h3 { (family.title()) ": " (name.to_lowercase()) },
            None => h2 { (name) },
        }
    }
}

/// The way back to the top of the page, where the table is.
pub(super) fn back() -> Markup {
    html! { a.back href="#top" { "↑ top" } }
}
