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
//! | `overview` | all families at a glance |
//! | `grid` | a table: a cell is a colour, a sign, a word and its figures |
//! | `legend` | what they mean |
//! | `tables` | recovery and cost |
//! | `attacks` | each attack told, and what came of it |
//! | `style.css` | how it looks |

mod attacks;
mod grid;
mod legend;
mod overview;
mod tables;

use maud::{Markup, PreEscaped, html};

use super::{
    sections::{self, Section},
    summary::Summary,
};
use crate::report::document::document;
use crate::text::{count, grouped};

/// The one text that goes into the page as it is: our own.
const STYLE: PreEscaped<&str> = PreEscaped(include_str!("page/style.css"));

/// Nothing is loaded, from anywhere; the page's own style applies.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The whole page: a table for each section, below a summary if there are several.
pub fn page(summary: Option<&Summary>, sections: &[Section]) -> String {
    let has_rows = !sections::attacks(sections).is_empty();
    let body = html! {
        (header(summary, sections))
        main {
            @if let Some(summary) = summary {
                (overview::overview(summary))
                (legend::legend(sections))
            }
            @for (number, section) in sections.iter().enumerate() {
                @let before = sections.get(..number).unwrap_or_default();
                @if !section.view.rows.is_empty() { (grid::grid(section, before)) }
                @if has_rows && summary.is_none() { (legend::legend(sections)) }
                @if section.recovery { (tables::recovery(section)) }
                @if section.cost { (tables::cost(section)) }
            }
            (designs(sections))
            @if has_rows { (attacks::attacks(sections)) }
        }
        (footer(sections))
    };
    let style = html! { (STYLE) };
    document("Every attack against every design", POLICY, &style, &body)
}

/// What was run, and what its numbers are worth.
fn header(summary: Option<&Summary>, sections: &[Section]) -> Markup {
    let (designs, rows) = (sections::designs(sections), sections::attacks(sections));
    let (seed, messages, theft_at) = sections.first().map_or((0, 0, 0), |first| {
        (first.view.seed, first.view.messages, first.view.theft_at)
    });
    html! {
        header {
            h1 { "Every attack against every design" }
            p.run {
                "A conversation of " strong { (count(messages, "message")) }
                " was carried under each of " (count(designs.len(), "design"))
                " and recorded, the theft " strong { (when(theft_at)) } ". Then " (count(rows.len(), "attack")) " were tried. Every figure was \
                computed by running the attack on recorded bytes, and by comparing what it read \
                with what had been said; attacks that take part carried a conversation of their own."
            }
            p.seed {
                strong { "Seed " (seed) ": reproducible, not secret." }
                " Whoever has this number can draw every key of this run again."
            }
            nav aria-label="On this page" {
                @for (id, name) in places(summary, sections) {
                    a href=(format!("#{id}")) { (name) }
                }
            }
        }
    }
}

/// Where one can go from the top, with their names.
fn places(summary: Option<&Summary>, sections: &[Section]) -> Vec<(String, &'static str)> {
    let has_rows = !sections::attacks(sections).is_empty();
    let mut places = Vec::new();
    if summary.is_some() {
        places.push(("summary".to_owned(), "Summary"));
    }
    for section in sections {
        if !section.view.rows.is_empty() {
            places.push((
                grid::place(section),
                section.family.map_or("Table", |it| it.title()),
            ));
        }
        if summary.is_none() && section.recovery {
            places.push((tables::place(section, "recovery"), "Recovery"));
        }
        if summary.is_none() && section.cost {
            places.push((tables::place(section, "cost"), "Cost"));
        }
    }
    let rest = [
        ("legend", "Legend"),
        ("designs", "Designs"),
        ("attacks", "Attacks"),
    ];
    let rest = rest
        .into_iter()
        .filter(|(id, _)| has_rows || *id == "designs");
    places.extend(rest.map(|(id, name)| (id.to_owned(), name)));
    places
}

fn when(theft_at: usize) -> String {
    match theft_at {
        0 => "before the first".to_owned(),
        at => format!("after the first {}", grouped(at)),
    }
}

fn footer(sections: &[Section]) -> Markup {
    let seed = sections.first().map_or(0, |first| first.view.seed);
    html! {
        footer {
            p {
                "doormat " (env!("CARGO_PKG_VERSION")) ". With the same messages, "
                code { "doormat matrix --seed " (seed) }
                " gives the same figures again. “Not read” means by this attack, in this run."
            }
        }
    }
}

/// Each design in a sentence, made from the data that the experiment runs on.
fn designs(sections: &[Section]) -> Markup {
    html! {
        section #designs {
            h2 { "Designs" }
            p {
                "Whatever two designs have in common runs the same code: the handshake, the cipher, \
                the wire, the attacker."
            }
            dl.designs {
                @for design in sections::designs(sections) {
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
