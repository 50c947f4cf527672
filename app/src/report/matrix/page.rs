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
//! | `grid` | the table: a cell is a colour, a sign, a word and its figures; the legend |
//! | `tables` | recovery and cost |
//! | `attacks` | each attack told, and what came of it |
//! | `style.css` | how it looks |

mod attacks;
mod grid;
mod tables;

use maud::{Markup, PreEscaped, html};

use super::view::View;
use crate::report::document::document;
use crate::text::{count, grouped};

/// The one text that goes into the page as it is: our own.
const STYLE: PreEscaped<&str> = PreEscaped(include_str!("page/style.css"));

/// Nothing is loaded, from anywhere; the page's own style applies.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole page.
pub fn page(view: &View) -> String {
    let has_rows = !view.rows.is_empty();
    let body = html! {
        (header(view))
        main {
            @if has_rows {
                (grid::grid(view))
                (grid::legend(view))
            }
            (tables::recovery(view))
            (tables::cost(view))
            (designs(view))
            @if has_rows { (attacks::attacks(view)) }
        }
        (footer(view))
    };
    let style = html! { (STYLE) };
    document("Every attack against every design", POLICY, &style, &body)
}

/// What was run, and what its numbers are worth.
fn header(view: &View) -> Markup {
    let rows = view.rows.len();
    // Without attacks there is no table: recovery and cost only.
    let of_attacks = |id: &str| ["matrix", "legend", "attacks"].contains(&id);
    html! {
        header {
            h1 { "Every attack against every design" }
            p.run {
                "A conversation of " strong { (count(view.messages, "message")) }
                " was carried under each of " (count(view.designs.len(), "design"))
                " and recorded, the theft " strong { (when(view.theft_at)) } ". Then " (count(rows, "attack")) " were tried. Every figure was \
                computed by running the attack on recorded bytes, and by comparing what it read \
                with what had been said; attacks that take part carried a conversation of their own."
            }
            p.seed {
                strong { "Seed " (view.seed) ": reproducible, not secret." }
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

fn footer(view: &View) -> Markup {
    html! {
        footer {
            p {
                "doormat " (env!("CARGO_PKG_VERSION")) ". With the same messages, "
                code { "doormat matrix --seed " (view.seed) }
                " gives the same figures again. “Not read” means by this attack, in this run."
            }
        }
    }
}

/// Each design in a sentence, made from the data that the experiment runs on.
fn designs(view: &View) -> Markup {
    html! {
        section #designs {
            h2 { "Designs" }
            p {
                "Whatever two designs have in common runs the same code: the handshake, the cipher, \
                the wire, the attacker."
            }
            dl.designs {
                @for design in &view.designs {
                    div id=(format!("design-{}", design.name)) {
                        dt { (design.name) }
                        dd { (design.describe()) }
                    }
                }
            }
            (tables::back())
        }
    }
}

/// `3 of 4`
fn of((number, of): (usize, usize)) -> String {
    format!("{} of {}", grouped(number), grouped(of))
}
