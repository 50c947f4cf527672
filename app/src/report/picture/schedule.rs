//! The key schedule of one conversation, with the reach of a stolen escrow key on it.
//!
//! Left is what only the phones have: the roots, each mixed from the one before and a new
//! agreement, or the secret of the handshake. From them come session keys, one for each
//! chain; from those the message keys. The escrow key opens session keys by their access
//! fields, without any root.

use maud::{Markup, html};

use super::draw::{Picture, Rect, arrow, boxed, label, labelled, line, titled};
use crate::report::fields::spaced;
use crate::text::{clip, count, grouped, printable_bytes};
use doormat::attack::{Exposure, Observation};
use doormat::experiment::reach::{KEPT, Reach, ReachedChain};
use doormat::protocol::{ModeId, ScheduleId};

const WIDTH: usize = 880;
const TOP: usize = 144;
const ROW: usize = 48;
const HEIGHT: usize = 34;

/// The columns: where they begin, how wide they are.
const ROOT: (usize, usize) = (20, 88);
const ACCESS: (usize, usize) = (136, 112);
const SESSION: (usize, usize) = (280, 128);
const KEY: (usize, usize) = (438, 100);
const MESSAGE: (usize, usize) = (568, 292);

/// Draws what a key opened; `id` is the picture's within a page.
pub fn picture(id: &str, reach: &Reach) -> Picture {
    let rows: usize = reach.chains.iter().map(|run| run.messages.len()).sum();
    let bottom = TOP + rows * ROW;
    let shapes = html! {
        (label(20, 32, "head", &heading(reach)))
        (label(20, 54, "dim", &verdict(reach)))
        (stolen(reach, bottom))
        (columns(reach))
        (roots(reach))
        @for (run, row) in reach.chains.iter().zip(first_rows(&reach.chains)) {
            (chain(reach, run, row))
        }
        (legend(reach, bottom))
    };
    Picture {
        id: id.to_owned(),
        title: heading(reach),
        description: description(reach),
        width: WIDTH,
        height: bottom + 44,
        shapes,
    }
}

/// `Escrow, a new session key every turn`
fn heading(reach: &Reach) -> String {
    let mode = match reach.design {
        Some((ModeId::Escrow, _)) => "Escrow",
        Some((ModeId::EndToEnd, _)) => "End-to-end",
        None => "No envelope on the tape",
    };
    let schedule = match reach.design {
        Some((_, ScheduleId::Ratchet)) => ", a new session key every turn",
        Some((_, ScheduleId::Static)) => ", one session key in each direction for ever",
        None => "",
    };
    format!("{mode}{schedule}")
}

fn verdict(reach: &Reach) -> String {
    format!(
        "The stolen escrow key {} opens {} and reads {} of {} messages.",
        reach.loot,
        count(reach.session_keys(), "session key"),
        grouped(reach.tally.read),
        grouped(reach.tally.envelopes),
    )
}

/// For screen readers: chain by chain.
fn description(reach: &Reach) -> String {
    let runs = reach.chains.iter().zip(1..).map(|(run, number)| {
        let (key, numbers) = (
            if run.session_key.is_some() {
                "opened"
            } else {
                "not opened"
            },
            run.messages
                .iter()
                .map(|(_, seen)| format!("{} {}", seen.index, outcome(seen)))
                .collect::<Vec<_>>()
                .join(", "),
        );
        format!(
            "Session key {number}, of {}: {key} by the stolen key; messages: {numbers}.",
            run.sender
        )
    });
    [verdict(reach)]
        .into_iter()
        .chain(runs)
        .collect::<Vec<_>>()
        .join(" ")
}

const fn outcome(seen: &Observation) -> &'static str {
    if matches!(seen.exposure, Exposure::Read(_)) {
        "read"
    } else {
        "not read"
    }
}

/// The stolen key, and the band from it down to every access field that it opened.
fn stolen(reach: &Reach, bottom: usize) -> Markup {
    let reaches = reach.chains.iter().any(|run| run.session_key.is_some());
    let last = first_rows(&reach.chains)
        .last()
        .map_or(bottom, |row| top(row) + HEIGHT);
    let place = Rect {
        x: ACCESS.0 - 14,
        y: 70,
        width: ACCESS.1 + 28,
        height: 42,
    };
    html! {
        @if reaches {
            "\n" rect.band x=(ACCESS.0 + ACCESS.1 / 2 - 14) y="100" width="28" height=(last - 108) {}
        }
        @if reaches {
            (titled(place, "open", "escrow key", "stolen"))
        } @else {
            (titled(place, "shut", "escrow key", "stolen: fits nothing"))
        }
    }
}

fn columns(reach: &Reach) -> Markup {
    let root = match reach.design {
        Some((_, ScheduleId::Static)) => "the phones’ secret",
        Some((_, ScheduleId::Ratchet)) | None => "the phones’ roots",
    };
    html! {
        @for (x, name) in [
            (ROOT.0, root),
            (SESSION.0, "session keys"),
            (KEY.0, "message keys"),
            (MESSAGE.0, "messages"),
        ] {
            (label(x, TOP - 16, "dim small", name))
        }
    }
}

/// What only the phones have, from top to bottom.
fn roots(reach: &Reach) -> Markup {
    let rows: Vec<usize> = first_rows(&reach.chains).collect();
    let fixed = matches!(reach.design, Some((_, ScheduleId::Static)));
    let x = ROOT.0 + ROOT.1 / 2;
    html! {
        @for (pair, number) in rows.windows(2).zip(2_usize..) {
            @if let [from, to] = pair {
                @if fixed {
                    (line(&[(x, top(*from) + HEIGHT), (x, top(*to) + 10), (ROOT.0 + ROOT.1, top(*to) + 10)], "shut"))
                } @else {
                    (arrow(&[(x, top(*from) + HEIGHT), (x, top(*to))], "shut"))
                    (labelled(root(*to), "shut", &format!("root {number}")))
                }
            }
        }
        @if let Some(first) = rows.first() {
            (labelled(root(*first), "shut", if fixed { "handshake" } else { "root 1" }))
        }
    }
}

fn root(row: usize) -> Rect {
    Rect {
        x: ROOT.0,
        y: top(row),
        width: ROOT.1,
        height: HEIGHT,
    }
}

/// One session key, its access field, and its messages.
fn chain(reach: &Reach, run: &ReachedChain, row: usize) -> Markup {
    let (y, state) = (top(row), state(run.session_key.is_some()));
    let escrowed = matches!(reach.design, Some((ModeId::Escrow, _)));
    let place = Rect {
        x: SESSION.0,
        y,
        width: SESSION.1,
        height: HEIGHT,
    };
    let field = Rect {
        x: ACCESS.0,
        y: y + 13,
        width: ACCESS.1,
        height: 21,
    };
    let key = run.session_key.as_ref().map_or_else(
        || "stays shut".to_owned(),
        |key| spaced(key.as_bytes().get(..4).unwrap_or_default()) + " …",
    );
    html! {
        (arrow(&[(ROOT.0 + ROOT.1, y + 7), (SESSION.0, y + 7)], "shut"))
        @if escrowed {
            (boxed(field, if run.session_key.is_some() { "soft" } else { "shut" }))
            (label(field.x + field.width / 2, field.y + 15, "mid small", "access field"))
            (arrow(&[(field.x + field.width, field.y + 11), (SESSION.0, field.y + 11)], state))
        } @else {
            (label(field.x + field.width / 2, field.y + 15, "mid small dim", "no field"))
        }
        (titled(place, state, &format!("{}’s", run.sender), &key))
        @for ((number, seen), row) in run.messages.iter().zip(row..) {
            (message(y, *number, seen, row))
        }
    }
}

/// A message and its key.
fn message(from: usize, number: u32, seen: &Observation, row: usize) -> Markup {
    let (y, middle) = (top(row), top(row) + HEIGHT / 2);
    let key = Rect {
        x: KEY.0,
        y,
        width: KEY.1,
        height: HEIGHT,
    };
    let message = Rect {
        x: MESSAGE.0,
        y,
        width: MESSAGE.1,
        height: HEIGHT,
    };
    let bend = (SESSION.0 + SESSION.1 + KEY.0) / 2;
    let start = (SESSION.0 + SESSION.1, from + HEIGHT / 2);
    let mut path = vec![start];
    if start.1 != middle {
        path.extend([(bend, start.1), (bend, middle)]);
    }
    path.push((KEY.0, middle));
    let (open, said) = match &seen.exposure {
        Exposure::Read(text) => (true, format!("READ: {}", printable_bytes(text))),
        Exposure::MetadataOnly => (
            false,
            format!("{}, not read", count(seen.text_bytes, "byte")),
        ),
    };
    let (state, within) = (state(open), if open { "in-open" } else { "in-shut" });
    html! {
        (arrow(&path, state))
        (labelled(key, state, &format!("key {number}")))
        (arrow(&[(KEY.0 + KEY.1, middle), (MESSAGE.0, middle)], state))
        (boxed(message, state))
        (label(message.x + 10, middle + 4, within, &seen.index.to_string()))
        (label(message.x + 34, middle + 4, within, &clip(&said, 30)))
    }
}

fn legend(reach: &Reach, bottom: usize) -> Markup {
    let drawn = reach.chains.iter().flat_map(|run| &run.messages);
    let more = drawn.fold(reach.tally.envelopes, |left, _| left.saturating_sub(1));
    let y = bottom + 8;
    html! {
        (boxed(Rect { x: 20, y, width: 22, height: 14 }, "open"))
        (label(50, y + 12, "small", "opened with the stolen key"))
        (boxed(Rect { x: 230, y, width: 22, height: 14 }, "shut"))
        (label(260, y + 12, "small", "not opened by this attack"))
        @if more > 0 {
            (label(
                WIDTH - 20,
                y + 12,
                "small dim end",
                &format!("the first {KEPT}; {} more are on the tape", grouped(more)),
            ))
        }
    }
}

/// The row of each chain's first message.
fn first_rows(runs: &[ReachedChain]) -> impl Iterator<Item = usize> {
    runs.iter().scan(0, |next, run| {
        let row = *next;
        *next += run.messages.len();
        Some(row)
    })
}

const fn top(row: usize) -> usize {
    TOP + row * ROW
}

const fn state(open: bool) -> &'static str {
    if open { "open" } else { "shut" }
}
