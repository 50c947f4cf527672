//! Thirty years of spare keys: what was asked for, and what became of it. The chapter
//! *Why this matters* tells each of these; the picture puts them on one line.

use maud::{Markup, html};

use super::draw::{Picture, words};

/// What happened, when.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// The year it began in.
    pub year: usize,
    /// A name that the chapter has for it too.
    pub name: &'static str,
    /// What it was, in a few words.
    pub what: &'static str,
    /// A key that was asked for, or one that was there.
    pub side: Side,
}

/// Left and right of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Somebody asks for a spare key, or answers who does.
    Asked,
    /// A spare key was there, or something much like one.
    Happened,
}

const fn asked(year: usize, name: &'static str, what: &'static str) -> Event {
    Event {
        year,
        name,
        what,
        side: Side::Asked,
    }
}

const fn happened(year: usize, name: &'static str, what: &'static str) -> Event {
    Event {
        year,
        name,
        what,
        side: Side::Happened,
    }
}

/// Every event, in the order of the years.
pub const EVENTS: [Event; 12] = [
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
/// From one event to the next, whatever the years between.
const APART: usize = 42;

/// Draws the line.
pub fn picture() -> Picture {
    let bottom = TOP + EVENTS.len() * APART;
    let strokes = html! {
        (words(20, 32, "head", "Spare keys, asked for and found"))
        (words(AXIS - 60, 66, "end strong in-shut", "asked for, argued about"))
        (words(AXIS + 60, 66, "bad", "where a key was there"))
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
        strokes,
    }
}

fn mark(event: &Event, y: usize) -> Markup {
    let (x, end, class) = match event.side {
        Side::Asked => (AXIS - 60, " end", "box shut"),
        Side::Happened => (AXIS + 60, "", "box open"),
    };
    let year = match event.side {
        Side::Asked => AXIS - 50,
        Side::Happened => AXIS + 10,
    };
    html! {
        "\n" circle cx=(AXIS) cy=(y) r="5" class=(class) {}
        (words(year, y + 4, "small mono", &event.year.to_string()))
        (words(x, y + 4, &format!("strong{end}"), event.name))
        (words(x, y + 21, &format!("small dim{end}"), event.what))
    }
}
