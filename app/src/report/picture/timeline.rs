//! Thirty years of demands for spare keys, and of incidents with them, on one line. The
//! chapter *Why this matters* tells each of these.

use maud::{Markup, html};

use super::draw::{Picture, label};

/// A demand or an incident.
#[derive(Debug, Clone, Copy)]
pub struct TimelineEvent {
    /// The year it began in.
    pub year: usize,
    /// Its name, which the chapter uses too.
    pub name: &'static str,
    /// What it was, in a few words.
    pub what: &'static str,
    /// A demand, or an incident.
    pub kind: EventKind,
}

/// On which side of the line an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Left: a demand for a spare key, or an answer to one.
    Asked,
    /// Right: an incident with a spare key, or with something equivalent.
    Happened,
}

const fn asked(year: usize, name: &'static str, what: &'static str) -> TimelineEvent {
    TimelineEvent {
        year,
        name,
        what,
        kind: EventKind::Asked,
    }
}

const fn happened(year: usize, name: &'static str, what: &'static str) -> TimelineEvent {
    TimelineEvent {
        year,
        name,
        what,
        kind: EventKind::Happened,
    }
}

/// Every event, in the order of the years.
pub const EVENTS: [TimelineEvent; 12] = [
    asked(1993, "Clipper", "a chip that sends its key along, sealed"),
    asked(
        1994,
        "Matt Blaze",
        "a field that means nothing passes the check",
    ),
    asked(1997, "The Risks", "eleven cryptographers count the cost"),
    happened(2000, "PGP", "anybody could add a reader to a public key"),
    happened(
        2004,
        "Athens",
        "tapped through the lawful part of the exchange",
    ),
    asked(
        2014,
        "bank rules",
        "keys asked for in China, access in the West",
    ),
    asked(2014, "Secure Data Act", "a bill to forbid such demands"),
    asked(2015, "Keys Under Doormats", "the cost, counted again"),
    happened(2015, "Juniper", "the lock is kept, its key is exchanged"),
    asked(2018, "GCHQ", "add a silent reader, break no cipher"),
    happened(
        2023,
        "Storm-0558",
        "one expired key opens many people’s mail",
    ),
    happened(2024, "Salt Typhoon", "intruders in the wiretap systems"),
];

const WIDTH: usize = 860;
const AXIS: usize = WIDTH / 2;
const TOP: usize = 100;
/// The distance from one event to the next, whatever the years between.
const APART: usize = 42;

/// Draws the timeline.
pub fn picture() -> Picture {
    let bottom = TOP + EVENTS.len() * APART;
    let shapes = html! {
        (label(20, 32, "head", "Spare keys, asked for and found"))
        (label(AXIS - 60, 66, "end strong in-shut", "asked for, argued about"))
        (label(AXIS + 60, 66, "bad", "where a key was there"))
        "\n" line.line x1=(AXIS) y1="78" x2=(AXIS) y2=(bottom) {}
        @for (event, row) in EVENTS.iter().zip(0..) { (mark(event, TOP + row * APART)) }
    };
    Picture {
        id: "timeline".to_owned(),
        title: "Spare keys, asked for and found".to_owned(),
        description: EVENTS
            .iter()
            .map(|it| format!("{}: {}, {}.", it.year, it.name, it.what))
            .collect::<Vec<_>>()
            .join(" "),
        width: WIDTH,
        height: bottom + 14,
        shapes,
    }
}

fn mark(event: &TimelineEvent, y: usize) -> Markup {
    let (x, end, class) = match event.kind {
        EventKind::Asked => (AXIS - 60, " end", "box shut"),
        EventKind::Happened => (AXIS + 60, "", "box open"),
    };
    let year = match event.kind {
        EventKind::Asked => AXIS - 50,
        EventKind::Happened => AXIS + 10,
    };
    html! {
        "\n" circle cx=(AXIS) cy=(y) r="5" class=(class) {}
        (label(year, y + 4, "small mono", &event.year.to_string()))
        (label(x, y + 4, &format!("strong{end}"), event.name))
        (label(x, y + 21, &format!("small dim{end}"), event.what))
    }
}
