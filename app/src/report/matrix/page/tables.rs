//! What escrow is wished for, and what it costs.

use std::time::Duration;

use maud::{Markup, html};

use super::{
    figures::of,
    grid::{amount, columns, heading},
};
use crate::report::matrix::summary::Amount;
use crate::text::grouped;
use doormat::experiment::matrix::{Column, Matrix, Recovery};

/// What the owner of a lost device gets back.
pub(super) fn recovery(matrix: &Matrix) -> Markup {
    let row = |name: &str, back: fn(&Recovery) -> usize| {
        html! {
            tr {
                th scope="row" { (name) }
                @for it in matrix.columns.iter().map(|it| &it.recovery) {
                    td {
                        @if it.of > 0 { (amount(Amount::of(back(it), it.of))) }
                        span.figures { (of((back(it), it.of))) }
                    }
                }
            }
        }
    };
    html! {
        section #recovery.wide {
            h2 { "Recovery" }
            p {
                "The other side of the measurement. A device is lost when the theft would have been, \
                and its owner wants the messages back that came before. The authority can give what \
                it can open. A backup under a passphrase gives it without one, if it was made."
            }
            table style=(columns(matrix)) {
                caption { "lost-device" small { "messages that its owner gets back, of those before the loss" } }
                (heading(matrix))
                tbody {
                    (row("by the authority", |it| it.authority))
                    (row("by a passphrase", |it| it.passphrase))
                }
            }
            (back())
        }
    }
}

/// What a message costs. The time is the one figure here that no seed reproduces: it
/// stands in a row of its own, and only if it was measured.
pub(super) fn cost(matrix: &Matrix) -> Markup {
    let each = matrix.messages.max(1);
    let row = |name: &str, bytes: fn(&Column) -> usize| {
        html! {
            tr {
                th scope="row" { (name) }
                @for column in &matrix.columns { td { (grouped(bytes(column) / each)) } }
            }
        }
    };
    let timed = matrix.columns.iter().any(|it| it.cost.took.is_some());
    html! {
        section #cost.wide {
            h2 { "Cost" }
            p {
                "A message's share of all bytes on the wire, the first contact's included. An access \
                field rides on every message, for each authority."
            }
            table style=(columns(matrix)) {
                caption { "Cost of a message" small { "on the average of the conversation" } }
                (heading(matrix))
                tbody {
                    (row("bytes on the wire", |it| it.cost.wire_bytes))
                    (row("of which access fields", |it| it.cost.access_bytes))
                    @if timed { (timings(matrix)) }
                }
            }
            (back())
        }
    }
}

/// Sealing, carrying and opening.
fn timings(matrix: &Matrix) -> Markup {
    let messages = u32::try_from(matrix.messages).unwrap_or(u32::MAX).max(1);
    html! {
        tr #timings {
            th scope="row" { "microseconds" small { "this run, this machine" } }
            @for took in matrix.columns.iter().map(|it| it.cost.took) {
                td { (took.map_or_else(String::new, |took| microseconds(took / messages))) }
            }
        }
    }
}

fn microseconds(took: Duration) -> String {
    grouped(usize::try_from(took.as_micros()).unwrap_or(usize::MAX))
}

/// The way back to the top of the page, where the table is.
pub(super) fn back() -> Markup {
    html! { a.back href="#top" { "↑ top" } }
}
