//! One message, byte by byte, as a page: an envelope of the escrow mode, and beside it the
//! same message of the end-to-end mode.
//!
//! One HTML file. It loads nothing and names no other host, and its own policy forbids it
//! to; the one script in it is ours, allowed by its hash. Every byte of an envelope stands
//! on it once. Each field has an address (`#escrow.access.0.sealed`), can be reached by
//! key, and says what it is, who can read it, how it was computed, and which command of
//! another program computes it again. Without a script, and on paper, all explanations
//! are shown one below the other.
//!
//! | file | idea |
//! |---|---|
//! | [`side`] | one envelope |
//! | `grid` | the two envelopes, field beside field |
//! | `explanation` | what a field is, who can read it, how it was computed |
//! | `steps` | the commands that compute it again |
//! | `style.css`, `script.js` | how it looks, how it is navigated |

mod explanation;
mod grid;
pub mod side;
mod steps;

pub use side::Side;

use maud::{Markup, PreEscaped, html};

use crate::report::{document::document, picture};
use crate::text::{count, time_of_day};

/// Included without escaping: the files are ours.
const STYLE: PreEscaped<&str> = PreEscaped(include_str!("style.css"));
const SCRIPT: PreEscaped<&str> = PreEscaped(include_str!("script.js"));

/// Nothing is loaded, and no script runs but ours.
/// `openssl dgst -sha256 -binary script.js | base64` gives the hash.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    script-src 'sha256-J6Oyx1eb7tsghul4xujLsxiRWQBjT4sCwoeQEkEu/Mc='; base-uri 'none'; form-action 'none'";

/// The page of one envelope, or of two beside each other.
pub fn page(sides: &[Side]) -> String {
    let body = html! {
        a.skip href="#panel" { "To the explanation" }
        (header(sides))
        main style=(format!("--sides: {}", sides.len())) {
            div {
                (grid::grid(sides))
                (pictures(sides))
            }
            (panel(sides))
        }
        (footer(sides))
        script { (SCRIPT) }
    };
    let style = html! { (STYLE) (PreEscaped(picture::STYLE)) };
    document(&title(sides), POLICY, &style, &body)
}

fn title(sides: &[Side]) -> String {
    let index = sides.first().map_or(0, |side| side.index);
    format!("Message {index}, byte by byte")
}

/// Which message this is, and a warning if the page holds a private key.
fn header(sides: &[Side]) -> Markup {
    let first = sides.first();
    html! {
        header {
            h1 { (title(sides)) }
            @if let Some(side) = first {
                p {
                    strong { (side.header.sender.as_str()) " → " (side.header.recipient.as_str()) }
                    ", at " (time_of_day(side.packet.time)) ", as Eve recorded it"
                    @for (i, side) in sides.iter().enumerate() {
                        (if i == 0 { ": " } else { " and " })
                        (count(side.packet.payload.len(), "byte")) " " (side.mode_name())
                    }
                    ". Choose a field, with the mouse or with Tab and the arrows: what it is, who \
                     can read it, how it was computed, and how you compute it again."
                }
            }
            @if sides.iter().any(|side| side.trace.is_some()) {
                p.secret {
                    strong { "Secret: " }
                    "this page holds an escrow private key, and what that key opened."
                }
            }
        }
    }
}

/// The explanation of the chosen field; on paper, and without a script, of all fields.
fn panel(sides: &[Side]) -> Markup {
    html! {
        aside id="panel" tabindex="-1" aria-label="Explanation" {
            p.announced id="announced" role="status" {}
            (explanation::introduction(sides))
            @for side in sides {
                @for field in &side.fields {
                    (explanation::field(side, field))
                }
                @for opened in side.opened() {
                    (explanation::opened(side, &opened))
                }
            }
        }
    }
}

fn pictures(sides: &[Side]) -> Markup {
    let reached: Vec<_> = sides
        .iter()
        .filter_map(|side| Some((side, side.reach.as_ref()?)))
        .collect();
    html! {
        @if !reached.is_empty() {
            section id="reach" {
                h2 { "How far the key reaches" }
                p { "The same key, tried on every envelope of each recording." }
                div.pictures {
                    @for (side, reach) in reached {
                        figure {
                            (picture::schedule::picture(&format!("{}.keys", side.name), reach).inline())
                        }
                    }
                }
            }
        }
    }
}

fn footer(sides: &[Side]) -> Markup {
    html! {
        footer {
            p {
                "Made by doormat " (env!("CARGO_PKG_VERSION")) " from "
                @if sides.len() > 1 { "two recordings" } @else { "a recording" }
                @if sides.iter().any(|side| side.trace.is_some()) {
                    " and an escrow key. The commands need bash, perl, Python 3 and OpenSSL 3, and \
                     nothing of doormat’s"
                }
                ". § is a section of doormat’s specification, docs/spec.md. Opened and not opened \
                 mean: with this key, by this attack."
            }
        }
    }
}
