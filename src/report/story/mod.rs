//! The demonstration as scenes for a terminal of 80 × 24. Every figure in it is
//! taken from the outcome.

mod next;
mod rows;
mod why;

use super::{
    fields::spaced,
    style::{FAINT, KEY, TITLE, paint},
    text::{COLUMNS, clip, column, count, grouped, paragraph, printable, time_of_day},
};
use crate::attack::Observation;
use crate::experiment::{LeakOutcome, Sight};
use crate::protocol::ScheduleId;

/// One scene: at most 21 lines of at most 80 columns.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What it shows.
    pub title: &'static str,
    /// Its lines, styled.
    pub lines: Vec<String>,
}

impl Scene {
    /// The scene under its heading: number, title, and at the right what everybody in
    /// the room should know of a seeded run.
    pub fn under_heading(&self, number: usize, of: usize, banner: &str) -> Vec<String> {
        let count = format!("{number}/{of}");
        let taken = count.len() + 1 + self.title.len() + banner.len() + 1;
        let heading = format!(
            "{} {}{}{}",
            paint(FAINT, &count),
            paint(TITLE, self.title),
            " ".repeat(COLUMNS.saturating_sub(taken)),
            paint(FAINT, banner)
        );
        [heading, String::new()]
            .into_iter()
            .chain(self.lines.iter().cloned())
            .collect()
    }
}

/// How the story was asked for: what its last scene says next depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The file of the conversation, if it was not the default one.
    pub messages: Option<&'a str>,
    /// Where the recordings were left, if they were.
    pub captures: Option<&'a str>,
}

/// The whole story.
pub fn scenes(outcome: &LeakOutcome, asked: Asked<'_>) -> Vec<Scene> {
    vec![
        conversation(outcome),
        records(outcome),
        before(outcome),
        leak(outcome),
        after(outcome),
        meaning(outcome, asked),
    ]
}

fn conversation(outcome: &LeakOutcome) -> Scene {
    let lines = outcome.conversation.lines();
    let mut out: Vec<String> = lines
        .iter()
        .take(rows::SHOWN)
        .map(|line| {
            format!(
                "  {}  {}",
                paint(TITLE, &format!("{:>5}", line.sender)),
                clip(&printable(&line.text), 70)
            )
        })
        .collect();
    out.extend(rows::more(lines.len()));
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
    let escrow = rows::first_envelope(&outcome.escrow);
    let e2e = rows::first_envelope(&outcome.e2e);
    let mut out = paragraph(
        "Eve taps the line. The first envelope of each recording: each drew random keys \
         of its own, so most bytes differ, but one field stands on one side only: \
         access, the session key sealed to the authority by the sender's own phone.",
    );
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
            column(&rows::abbreviated(bytes), 30),
            other.map_or_else(|| "(nothing)".to_owned(), rows::abbreviated)
        );
        out.push(match name.as_str() {
            "mode" | "access" => paint(KEY, &row),
            _ => row,
        });
    }
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
        "Eve has no key. She tries every field of 32 bytes in each envelope as if it \
         were one.",
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
    for (escrow, e2e) in pairs(seen, other) {
        out.push(format!(
            "  {}{}{}{}{}",
            column(&time_of_day(escrow.time), 10),
            column(&format!("{} → {}", escrow.sender, escrow.recipient), 20),
            column(&count(escrow.text_bytes, "byte"), 14),
            rows::emphasize(escrow, &column(rows::verdict(escrow), 16)),
            rows::emphasize(e2e, rows::verdict(e2e)),
        ));
    }
    out.extend(rows::more(seen.observations.len()));
    out.push(String::new());
    out.push(rows::tally("escrow", seen));
    out.push(rows::tally("end-to-end", other));
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
    for (left, right) in pairs(escrow, e2e) {
        out.push(format!(
            "  {} {}",
            rows::emphasize(left, &column(&rows::recovered(left), 50)),
            rows::emphasize(right, &clip(&rows::recovered(right), 27))
        ));
    }
    out.extend(rows::more(escrow.observations.len()));
    out.push(String::new());
    out.push(rows::tally("escrow", escrow));
    out.push(rows::tally("end-to-end", e2e));
    out.push(String::new());
    out.extend(why::lines(outcome));
    Scene {
        title: "The same tapes, read again",
        lines: out,
    }
}

fn meaning(outcome: &LeakOutcome, asked: Asked<'_>) -> Scene {
    let messages = outcome.conversation.lines().len();
    let escrow = outcome.escrow.leaked_escrow_key.read;
    let e2e = outcome.e2e.leaked_escrow_key.read;
    let session_keys = outcome.escrow.session_keys;
    let mut out = paragraph(&format!(
        "1. In the escrow mode one leaked key of 32 bytes opened {}, and with them read \
         {} of {}, recorded before it leaked. No participant did anything wrong.",
        count(session_keys, "session key"),
        grouped(escrow),
        count(messages, "message"),
    ));
    out.extend(paragraph(&format!(
        "2. End-to-end the same attack read {} of {}. Its cipher is no stronger: nothing \
         on that wire is sealed to anybody but Alice and Bob.",
        grouped(e2e),
        grouped(messages)
    )));
    out.extend(paragraph(match outcome.schedule {
        ScheduleId::Ratchet => {
            "3. Both modes draw new keys at every turn and delete the old ones: forward \
             secrecy. The copy for the authority is the one that nobody deletes."
        }
        ScheduleId::Static => {
            "3. Without the ratchet (static) each direction kept one session key for all \
             its messages. What the escrow key reads is the same with it and without."
        }
    }));
    out.push(String::new());
    out.extend(paragraph(
        "What this does not show: end-to-end hides no metadata, and helps nobody whose \
         phone is seized or whose relay lies about keys.",
    ));
    out.push(String::new());
    out.push(format!("  {}", paint(TITLE, "Where to go next")));
    out.extend(next::steps(asked));
    Scene {
        title: "What it means",
        lines: out,
    }
}

/// What she saw of each message in both modes, as many as are shown.
fn pairs<'a>(
    escrow: &'a Sight,
    e2e: &'a Sight,
) -> impl Iterator<Item = (&'a Observation, &'a Observation)> {
    escrow
        .observations
        .iter()
        .zip(&e2e.observations)
        .take(rows::SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Conversation, leak};
    use console::{measure_text_width, strip_ansi_codes};

    fn stories() -> impl Iterator<Item = Vec<Scene>> {
        let long: String = (0..60)
            .map(|i| format!("{}\n", "wörd,".repeat(i)))
            .collect();
        let wide = "日本語のメッセージ。".repeat(20) + "\n";
        let talks = [long, wide, "x\n".to_owned()]
            .map(|text| Conversation::read(text.as_bytes()).expect("a conversation"));
        [ScheduleId::Ratchet, ScheduleId::Static]
            .into_iter()
            .flat_map(move |schedule| {
                let talks = talks.clone().into_iter().chain([Conversation::default()]);
                talks.map(move |talk| {
                    let outcome = leak::run(talk, schedule, 7, &|| {}).expect("an outcome");
                    scenes(&outcome, Asked::default())
                })
            })
    }

    #[test]
    fn every_scene_fits_a_terminal_of_80_by_24() {
        for scene in stories().flatten() {
            // Two lines of heading above, one of keys below.
            assert!(scene.lines.len() <= 21, "{}", scene.title);
            for line in &scene.lines {
                let width = measure_text_width(line);
                assert!(width <= 80, "{width} columns: {}", strip_ansi_codes(line));
            }
        }
    }

    #[test]
    fn no_line_ends_in_spaces() {
        for line in stories().flatten().flat_map(|scene| scene.lines) {
            let line = strip_ansi_codes(&line).into_owned();
            assert_eq!(line, line.trim_end());
        }
    }
}
