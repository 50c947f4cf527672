//! The demonstration as scenes for a terminal of 80 × 24. Every figure in it is
//! taken from the outcome; where a run came out otherwise, so would the words.

use super::{
    fields::spaced,
    style::{FAINT, KEY, READ, SHUT, TITLE, paint},
    text::{clip, column, count, grouped, paragraph, printable, printable_bytes, time_of_day},
};
use crate::attack::{Exposure, Observation};
use crate::experiment::{LeakOutcome, Sight, leak::ModeOutcome};
use crate::protocol::{Envelope, ScheduleId, wire::Field};
use crate::tape::Reader;

/// One scene: at most 22 lines of at most 80 columns.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What it shows.
    pub title: &'static str,
    /// Its lines, styled.
    pub lines: Vec<String>,
}

/// Messages shown of a longer conversation.
const SHOWN: usize = 8;

/// The whole story. `captures` is where the recordings were left, if they were.
pub fn scenes(outcome: &LeakOutcome, captures: Option<&str>) -> Vec<Scene> {
    vec![
        conversation(outcome),
        records(outcome),
        before(outcome),
        leak(outcome),
        after(outcome),
        meaning(outcome, captures),
    ]
}

fn conversation(outcome: &LeakOutcome) -> Scene {
    let lines = outcome.conversation.lines();
    let mut out: Vec<String> = lines
        .iter()
        .take(SHOWN)
        .map(|line| {
            format!(
                "  {}  {}",
                paint(TITLE, &format!("{:>5}", line.sender)),
                clip(&printable(&line.text), 70)
            )
        })
        .collect();
    out.extend(more(lines.len()));
    out.push(String::new());
    out.extend(paragraph(
        "Alice and Bob have this conversation twice, over the same network: once in \
         the escrow mode, once end-to-end. The handshake, the key schedule, the cipher \
         and the wire are the same. One thing differs: who else gets a copy of each \
         new session key.",
    ));
    out.push(String::new());
    out.push(format!(
        "  {:12} nobody.          {:12} an authority, for lawful access.",
        "end-to-end:", "escrow:"
    ));
    Scene {
        title: "A conversation",
        lines: out,
    }
}

fn records(outcome: &LeakOutcome) -> Scene {
    let escrow = first_envelope(&outcome.escrow);
    let e2e = first_envelope(&outcome.e2e);
    let mut out = paragraph(
        "Eve taps the line and records everything, in both modes. Here is the first \
         envelope of each, as bytes:",
    );
    out.push(String::new());
    out.push(paint(
        TITLE,
        &format!(
            "  {}{}{}",
            column("field", 16),
            column("escrow", 30),
            "end-to-end"
        ),
    ));
    for (name, bytes) in &escrow {
        let other = e2e
            .iter()
            .find_map(|(n, b)| (n == name).then_some(b.as_slice()));
        let row = format!(
            "  {}{}{}",
            column(name, 16),
            column(&abbreviated(bytes), 30),
            other.map_or_else(|| "(nothing)".to_owned(), abbreviated)
        );
        out.push(match name.as_str() {
            "mode" | "access" => paint(KEY, &row),
            _ => row,
        });
    }
    out.push(String::new());
    let bytes = |number: usize| format!("{} bytes", grouped(number));
    for (what, escrow, e2e) in [
        (
            "all envelopes",
            outcome.escrow.wire_bytes,
            outcome.e2e.wire_bytes,
        ),
        (
            "of which access",
            outcome.escrow.access_bytes,
            outcome.e2e.access_bytes,
        ),
    ] {
        out.push(format!(
            "  {}{}{}",
            column(what, 16),
            column(&bytes(escrow), 30),
            bytes(e2e)
        ));
    }
    Scene {
        title: "What Eve records",
        lines: out,
    }
}

fn before(outcome: &LeakOutcome) -> Scene {
    let seen = &outcome.escrow.wiretap;
    let other = &outcome.e2e.wiretap;
    let mut out = paragraph(
        "Eve has no key. She tries every value of 32 bytes that crossed the wire as one.",
    );
    out.push(String::new());
    out.push(paint(
        TITLE,
        &format!(
            "  {}{}{}{}{}",
            column("when", 10),
            column("who wrote to whom", 20),
            column("text", 14),
            column("escrow", 16),
            "end-to-end"
        ),
    ));
    for (escrow, e2e) in seen
        .observations
        .iter()
        .zip(&other.observations)
        .take(SHOWN)
    {
        out.push(format!(
            "  {}{}{}{}{}",
            column(&time_of_day(escrow.time), 10),
            column(&format!("{} → {}", escrow.sender, escrow.recipient), 20),
            column(&count(escrow.text_bytes, "byte"), 14),
            verdict(escrow, 16),
            verdict(e2e, 0)
        ));
    }
    out.extend(more(seen.observations.len()));
    out.push(String::new());
    out.push(tally("escrow", seen));
    out.push(tally("end-to-end", other));
    out.push(String::new());
    out.extend(paragraph(
        "Who wrote to whom, when and how much: that she knows of every message, and no \
         mode hides it.",
    ));
    Scene {
        title: "Before the leak",
        lines: out,
    }
}

fn leak(outcome: &LeakOutcome) -> Scene {
    let mut out = paragraph(
        "Years later, the authority's escrow key leaks. A backup, a bribe, a break-in, \
         a new government: the mathematics does not ask. It is these 32 bytes:",
    );
    out.push(String::new());
    for half in outcome.key.secret().as_bytes().chunks(16) {
        out.push(format!("      {}", paint(KEY, &spaced(half))));
    }
    out.push(String::new());
    out.extend(paragraph(&format!(
        "Its holder is authority {}. Eve has kept her tapes. She now plays both of \
         them again, from the beginning, with this key and nothing else.",
        outcome.key.public().id()
    )));
    out.push(String::new());
    out.extend(paragraph(
        "Before you go on: what will she read? In which mode?",
    ));
    Scene {
        title: "The leak",
        lines: out,
    }
}

fn after(outcome: &LeakOutcome) -> Scene {
    let escrow = &outcome.escrow.leaked_escrow_key;
    let e2e = &outcome.e2e.leaked_escrow_key;
    let mut out = vec![paint(
        TITLE,
        &format!("  {}{}", column("escrow", 51), "end-to-end"),
    )];
    for (left, right) in escrow
        .observations
        .iter()
        .zip(&e2e.observations)
        .take(SHOWN)
    {
        out.push(format!(
            "  {} {}",
            recovered(left, 50),
            recovered(right, 25).trim_end()
        ));
    }
    out.extend(more(escrow.observations.len()));
    out.push(String::new());
    out.push(tally("escrow", escrow));
    out.push(tally("end-to-end", e2e));
    Scene {
        title: "The same tapes, read again",
        lines: out,
    }
}

fn meaning(outcome: &LeakOutcome, captures: Option<&str>) -> Scene {
    let messages = outcome.conversation.lines().len();
    let escrow = outcome.escrow.leaked_escrow_key.read;
    let e2e = outcome.e2e.leaked_escrow_key.read;
    let mut out = paragraph(&format!(
        "1. One leaked key of 32 bytes read {} of {} in the escrow mode, all of them \
         recorded before it leaked, and no participant did anything wrong.",
        grouped(escrow),
        count(messages, "message"),
    ));
    out.extend(paragraph(&format!(
        "2. The same attack read {} of {} end-to-end: nothing on that wire is sealed to \
         anybody but Alice and Bob.",
        grouped(e2e),
        grouped(messages)
    )));
    out.extend(paragraph(match outcome.schedule {
        ScheduleId::Ratchet => {
            "3. Both modes changed keys at every turn and forgot the old ones; the copy \
             for the authority is the one that nobody forgot."
        }
        ScheduleId::Static => {
            "3. Neither mode changed keys here (static): a stolen phone would give all of \
             either; the escrow key gives all of one, without any phone."
        }
    }));
    out.push(String::new());
    out.extend(paragraph(
        "What this does not show: end-to-end hides no metadata, and helps nobody whose \
         phone is seized or whose relay lies about keys.",
    ));
    out.push(String::new());
    out.push(format!("  {}", paint(TITLE, "Where to go next")));
    out.extend(next_steps(captures));
    Scene {
        title: "What it means",
        lines: out,
    }
}

/// Commands that go on from here, with what they are for.
fn next_steps(captures: Option<&str>) -> Vec<String> {
    let dir = printable(captures.unwrap_or("lesson"));
    let leave_them = captures.is_none().then(|| {
        (
            "demo --captures lesson".to_owned(),
            "leave the tapes and the key",
        )
    });
    let steps = [
        (
            format!("attack {dir}/escrow.pcapng --escrow-key {dir}/escrow.key"),
            "be Eve",
        ),
        (
            format!("inspect {dir}/escrow.pcapng"),
            "every byte of an envelope",
        ),
        (
            "demo --schedule static".to_owned(),
            "the same without the ratchet",
        ),
        (
            "demo --messages FILE".to_owned(),
            "with a conversation of your own",
        ),
    ];
    leave_them
        .into_iter()
        .chain(steps)
        .flat_map(|(command, why)| {
            let command = format!("  doormat {command}");
            let why = paint(FAINT, why);
            if command.chars().count() < 42 {
                vec![format!("{} {why}", column(&command, 43))]
            } else {
                vec![command, format!("{:44}{why}", "")]
            }
        })
        .collect()
}

/// `… and 9,992 more`, if there are.
fn more(total: usize) -> Option<String> {
    let rest = total.saturating_sub(SHOWN);
    (rest > 0).then(|| {
        format!(
            "  {}",
            paint(FAINT, &format!("… and {} more", grouped(rest)))
        )
    })
}

fn tally(mode: &str, sight: &Sight) -> String {
    let style = if sight.read > 0 { READ } else { SHUT };
    format!(
        "  {} {style}read {} of {}{style:#}, metadata of {}",
        column(mode, 12),
        grouped(sight.read),
        grouped(sight.observations.len()),
        grouped(sight.metadata)
    )
}

fn verdict(seen: &Observation, width: usize) -> String {
    match seen.exposure {
        Exposure::Read(_) => paint(READ, &column("READ", width.max(4))),
        Exposure::MetadataOnly => paint(SHUT, &column("metadata only", width.max(13))),
    }
}

fn recovered(seen: &Observation, width: usize) -> String {
    match &seen.exposure {
        Exposure::Read(text) => format!(
            "{}  {}",
            paint(READ, "READ"),
            column(&printable_bytes(text), width.saturating_sub(6))
        ),
        Exposure::MetadataOnly => paint(
            SHUT,
            &column(
                &format!("metadata only, {}", count(seen.text_bytes, "byte")),
                width,
            ),
        ),
    }
}

/// The first envelope on a tape, its nested fields drawn together.
fn first_envelope(run: &ModeOutcome) -> Vec<(String, Vec<u8>)> {
    let fields = Reader::new(run.recording.tape.as_slice())
        .into_iter()
        .flatten()
        .flatten()
        .find_map(|packet| Some(Envelope::decode(&packet.payload).ok()?.fields()))
        .unwrap_or_default();
    let mut groups: Vec<(String, Vec<u8>)> = Vec::new();
    for Field { name, bytes, .. } in fields {
        if name.ends_with(".length") {
            continue;
        }
        let group = name.split(['.', '[']).next().unwrap_or_default();
        match groups.last_mut() {
            Some((last, all)) if last == group => all.extend(bytes),
            _ => groups.push((group.to_owned(), bytes)),
        }
    }
    groups
}

/// `9f 2c 77 01 … 32 bytes`
fn abbreviated(bytes: &[u8]) -> String {
    const SHOWN: usize = 5;
    match bytes.get(..SHOWN) {
        Some(head) if bytes.len() > SHOWN => {
            format!("{} … {} bytes", spaced(head), bytes.len())
        }
        _ => spaced(bytes),
    }
}
