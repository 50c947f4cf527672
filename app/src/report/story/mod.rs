//! The demonstration as six scenes for a terminal of 80 × 24. Every figure in it is
//! taken from the outcome.

mod rows;
mod scene;

pub use scene::{StoryOptions, StoryScene};

use super::fields::spaced;
use crate::text::{
    clip, column, count, grouped, paragraph, printable,
    style::{KEY, TITLE, paint},
    time_of_day,
};
use doormat::experiment::LeakOutcome;
use doormat::protocol::ScheduleId;
use rows::{
    SHOWN, abbreviated, decryption_steps, emphasize, first_envelope, more, pairs, recovered, tally,
    verdict,
};

/// The whole story.
pub fn scenes(outcome: &LeakOutcome, options: StoryOptions<'_>) -> Vec<StoryScene> {
    vec![
        conversation(outcome),
        recording(outcome),
        before_leak(outcome),
        leak(outcome),
        after_leak(outcome),
        meaning(outcome, options),
    ]
}

/// The conversation, and what the two modes have in common.
fn conversation(outcome: &LeakOutcome) -> StoryScene {
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
    StoryScene {
        title: "A conversation",
        lines: out,
    }
}

/// The first envelope of each recording, field beside field.
fn recording(outcome: &LeakOutcome) -> StoryScene {
    let escrow = first_envelope(&outcome.escrow);
    let e2e = first_envelope(&outcome.e2e);
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
            column(&abbreviated(bytes), 30),
            other.map_or_else(|| "(nothing)".to_owned(), abbreviated)
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
    StoryScene {
        title: "What Eve records",
        lines: out,
    }
}

/// What Eve reads without a key.
fn before_leak(outcome: &LeakOutcome) -> StoryScene {
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
            emphasize(escrow, &column(verdict(escrow), 16)),
            emphasize(e2e, verdict(e2e)),
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
    StoryScene {
        title: "Before the leak",
        lines: out,
    }
}

/// The leaked key.
fn leak(outcome: &LeakOutcome) -> StoryScene {
    let mut out = paragraph(
        "Years later, the authority's escrow key leaks. A backup, a bribe, a break-in, \
         a new government: the key works for whoever holds it. It is these 32 bytes:",
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
    StoryScene {
        title: "The leak",
        lines: out,
    }
}

/// What Eve reads with the leaked key, and why.
fn after_leak(outcome: &LeakOutcome) -> StoryScene {
    let escrow = &outcome.escrow.leaked_escrow_key;
    let e2e = &outcome.e2e.leaked_escrow_key;
    let mut out = vec![paint(
        TITLE,
        &format!("  {}{}", column("escrow", 51), "end-to-end"),
    )];
    for (left, right) in pairs(escrow, e2e) {
        out.push(format!(
            "  {} {}",
            emphasize(left, &column(&recovered(left), 50)),
            emphasize(right, &clip(&recovered(right), 27))
        ));
    }
    out.extend(more(escrow.observations.len()));
    out.push(String::new());
    out.push(tally("escrow", escrow));
    out.push(tally("end-to-end", e2e));
    out.push(String::new());
    out.extend(decryption_steps(outcome));
    StoryScene {
        title: "The same tapes, read again",
        lines: out,
    }
}

/// What it means, and which commands come next.
fn meaning(outcome: &LeakOutcome, options: StoryOptions<'_>) -> StoryScene {
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
    out.extend(options.next_commands());
    StoryScene {
        title: "What it means",
        lines: out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::{measure_text_width, strip_ansi_codes};
    use doormat::experiment::Conversation;
    use doormat::protocol::ScheduleId;

    fn stories() -> impl Iterator<Item = Vec<StoryScene>> {
        let long: String = (0..60)
            .map(|i| format!("{}\n", "wörd,".repeat(i)))
            .collect();
        let wide = "日本語のメッセージ。".repeat(20) + "\n";
        let talks = [long, wide, "x\n".to_owned()]
            .map(|text| Conversation::read(&text).expect("a conversation"));
        [ScheduleId::Ratchet, ScheduleId::Static]
            .into_iter()
            .flat_map(move |schedule| {
                let talks = talks.clone().into_iter().chain([Conversation::default()]);
                talks.map(move |talk| {
                    let outcome = doormat::experiment::leak::run(talk, schedule, 7, &|| {})
                        .expect("an outcome");
                    scenes(&outcome, StoryOptions::default())
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
