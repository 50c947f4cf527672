//! The matrix as a page, for a projector and for paper.
//!
//! One HTML file and nothing else: it loads nothing, runs nothing, names no other
//! host, and its own policy forbids it to, so that it can be opened from a disk in a
//! class-room without a network. Of the conversation it tells how many messages there
//! were, never what they say.
//!
//! The same run gives the same page, byte for byte, but for one row: how long it took.
//!
//! | file | idea |
//! |---|---|
//! | `grid` | the table: a cell is a colour, a sign, a word and its figures |
//! | `legend` | what they mean |
//! | `tables` | recovery and cost |
//! | `designs` | each design in a sentence |
//! | `attacks` | each attack told, and what came of it |
//! | `told` | one outcome as facts |
//! | `figures` | counts |
//! | `style.css` | how it looks |

mod attacks;
mod designs;
mod figures;
mod grid;
mod legend;
mod tables;
mod told;

use maud::{Markup, PreEscaped, html};

use crate::report::document::document;
use crate::text::{count, grouped};
use doormat::experiment::matrix::Matrix;

/// The one text that goes into the page as it is: our own.
const STYLE: PreEscaped<&str> = PreEscaped(include_str!("page/style.css"));

/// Nothing is loaded, from anywhere; the page's own style applies.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole page.
pub fn page(matrix: &Matrix) -> String {
    let rows = matrix.columns.first().map_or(0, |first| first.cells.len());
    let body = html! {
        (header(matrix, rows))
        main {
            @if rows > 0 {
                (grid::grid(matrix))
                (legend::legend(matrix))
            }
            (tables::recovery(matrix))
            (tables::cost(matrix))
            (designs::designs(matrix))
            @if rows > 0 { (attacks::attacks(matrix)) }
        }
        (footer(matrix))
    };
    let style = html! { (STYLE) };
    document("Every attack against every design", POLICY, &style, &body)
}

/// What was run, and what its numbers are worth.
fn header(matrix: &Matrix, rows: usize) -> Markup {
    // Without attacks there is no table: recovery and cost only.
    let of_attacks = |id: &str| ["matrix", "legend", "attacks"].contains(&id);
    html! {
        header {
            h1 { "Every attack against every design" }
            p.run {
                "A conversation of " strong { (count(matrix.messages, "message")) }
                " was carried under each of " (count(matrix.columns.len(), "design"))
                " and recorded, the theft " strong { (when(matrix.theft_at)) } ". Then " (count(rows, "attack")) " were tried. Every figure was \
                computed by running the attack on recorded bytes, and by comparing what it read \
                with what had been said; attacks that take part carried a conversation of their own."
            }
            p.seed {
                strong { "Seed " (matrix.seed) ": reproducible, not secret." }
                " Whoever has this number can draw every key of this run again."
            }
            nav aria-label="On this page" {
                @for (id, name) in [
                    ("matrix", "Table"),
                    ("legend", "Legend"),
                    ("recovery", "Recovery"),
                    ("cost", "Cost"),
                    ("designs", "Designs"),
                    ("attacks", "Attacks"),
                ] {
                    @if rows > 0 || !of_attacks(id) { a href=(format!("#{id}")) { (name) } }
                }
            }
        }
    }
}

fn when(theft_at: usize) -> String {
    match theft_at {
        0 => "before the first".to_owned(),
        at => format!("after the first {}", grouped(at)),
    }
}

fn footer(matrix: &Matrix) -> Markup {
    html! {
        footer {
            p {
                "doormat " (env!("CARGO_PKG_VERSION")) ". With the same messages, "
                code { "doormat matrix --seed " (matrix.seed) }
                " gives the same figures again. “Not read” means by this attack, in this run."
            }
        }
    }
}
