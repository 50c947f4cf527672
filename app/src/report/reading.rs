//! What an attack read, message by message, as lines for a terminal.

use std::path::Path;

use super::{coverage, json};
use crate::text::{
    clip, columns, count, grouped, hanging, printable_bytes, printable_path,
    style::{FAINT, READ, SHUT, paint},
    time_of_day,
};
use doormat::attack::{Exposure, Observation};
use doormat::tape::Coverage;

/// How many messages are shown before `--out` is referred to: of those that were
/// read, and of the others.
pub const SHOWN: (u64, u64) = (200, 20);

/// The line above the first message. It names the zone of the times.
pub fn heading() -> String {
    paint(FAINT, "   #  UTC")
}

/// From this many envelopes on, the summary says how long the attack took.
const LARGE: u64 = 10_000;

/// The fewest columns that a wrapped text gets.
const NARROWEST: usize = 24;

/// One message, its text whole: on one line of `width` columns if it fits, and otherwise
/// wrapped under itself.
pub fn wrapped(seen: &Observation, width: usize) -> Vec<String> {
    let Exposure::Read(text) = &seen.exposure else {
        return vec![line(seen, width)];
    };
    let text = printable_bytes(text);
    let head = format!("{}  {}", who(seen), paint(READ, "READ"));
    let before = columns(&head) + 2;
    if width < before + NARROWEST && before + columns(&text) > width {
        // Long names in a narrow window: the text begins on a line of its own.
        let mut lines = vec![head];
        lines.extend(hanging(&format!("      {text}"), 6, width));
        return lines;
    }
    hanging(&format!("{head}  {text}"), before, width)
}

fn who(seen: &Observation) -> String {
    format!(
        "{:>4}  {}  {} → {}",
        seen.index,
        time(seen),
        seen.sender,
        seen.recipient
    )
}

/// One message on one line of `width` columns; a text that is longer is cut.
pub fn line(seen: &Observation, width: usize) -> String {
    let who = who(seen);
    match &seen.exposure {
        Exposure::Read(text) => {
            let room = width.saturating_sub(who.chars().count() + 8);
            format!(
                "{who}  {}  {}",
                paint(READ, "READ"),
                clip(&printable_bytes(text), room)
            )
        }
        Exposure::MetadataOnly => format!(
            "{who}  {}, {}",
            paint(SHUT, "metadata only"),
            count(seen.text_bytes, "byte")
        ),
    }
}

/// The time of day; dashes where there is none: a stolen database has no times.
fn time(seen: &Observation) -> String {
    if seen.time.is_zero() {
        "--:--:--".to_owned()
    } else {
        time_of_day(seen.time)
    }
}

/// The warning that a recording could not be read to its end.
pub fn ended_early(recording: &Path, why: &str) -> String {
    format!(
        "warning: {}: {why}; all before it was used. Copy the recording again if there should be \
         more.",
        printable_path(recording)
    )
}

/// The result of an attack, in a few sentences.
pub fn summary(outcome: &json::AttackFigures) -> String {
    let mut sentences = vec![format!(
        "{} on the tape; {} read, by unwrapping {}.",
        count(outcome.envelopes, "envelope"),
        grouped(outcome.read),
        count(outcome.session_keys, "session key"),
    )];
    if outcome.damaged > 0 {
        sentences.push(format!(
            "{} sealed to this key and did not open: damaged on the way or on the tape.",
            were(outcome.damaged, "envelope")
        ));
    } else if outcome.read == 0 {
        let why = match outcome.other_authorities.as_slice() {
            [] if outcome.ended_early.is_some()
                || !outcome.capture.as_ref().is_none_or(Coverage::is_complete) =>
            {
                "no session key in what was read of this tape is sealed to anybody".to_owned()
            }
            [] => "no session key on this tape is sealed to anybody".to_owned(),
            [other] => {
                format!("session keys on this tape are sealed to another authority, {other}")
            }
            others => format!(
                "session keys on this tape are sealed to other authorities, {}",
                others.join(", ")
            ),
        };
        sentences.push(format!("This key opens nothing here: {why}."));
    }
    if outcome.further_fields > 0 {
        let verb = if outcome.further_fields == 1 {
            "was"
        } else {
            "were"
        };
        sentences.push(format!(
            "{} sealed to this key beside the run's own {verb} not opened: session keys of what \
             their senders received, perhaps. `--received` tries them.",
            count(outcome.further_fields, "access field"),
        ));
    }
    if let Some(database) = &outcome.database {
        sentences.extend(database.sentences());
    }
    if outcome.malformed > 0 {
        sentences.push(format!(
            "{} malformed and passed over.",
            were(outcome.malformed, "packet")
        ));
    }
    sentences.extend(outcome.capture.iter().flat_map(coverage::sentences));
    if outcome.envelopes >= LARGE || outcome.floor_seconds.is_some() {
        sentences.push(speed(outcome));
    }
    sentences.join("\n")
}

/// How long the attack took, and how long its cryptography takes alone.
fn speed(outcome: &json::AttackFigures) -> String {
    let threads = count(outcome.threads, "thread");
    let seconds = outcome.seconds;
    let took = format!("{seconds:.2} s on {threads}");
    match (outcome.floor_seconds, outcome.ratio_to_floor) {
        (Some(floor), Some(ratio)) => {
            format!("{took}, {ratio:.2} times the bare cryptography's {floor:.2} s.")
        }
        _ => format!("{took}."),
    }
}

fn were(number: u64, one: &str) -> String {
    let verb = if number == 1 { "was" } else { "were" };
    format!("{} {verb}", count(number, one))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use doormat::protocol::{ModeId, Name, SessionId};

    fn seen(text: &str) -> Observation {
        Observation {
            index: 3,
            time: std::time::Duration::from_secs(60),
            mode: ModeId::Escrow,
            session: SessionId::from_bytes([0; 32]),
            wire_bytes: 300,
            access_bytes: 88,
            sender: Name::new("ada").unwrap(),
            recipient: Name::new("bela").unwrap(),
            text_bytes: text.len(),
            exposure: Exposure::Read(text.into()),
        }
    }

    #[test]
    fn a_text_that_is_wider_than_the_window_is_wrapped_under_itself_and_nothing_is_cut() {
        let text = "Not at the mining museum, that is where they look. At the weir, then.";
        for width in [40, 60, 80] {
            let lines = wrapped(&seen(text), width);
            assert!(lines.len() > 1, "{lines:?}");
            assert!(lines.iter().all(|it| columns(it) <= width), "{lines:?}");
            let shown = anstream::adapter::strip_str(&lines.join("\n")).to_string();
            let words: Vec<&str> = shown.split_whitespace().collect();
            assert!(words.join(" ").ends_with(text), "{shown}");
        }
        for width in [120, usize::MAX] {
            assert_eq!(wrapped(&seen(text), width), [line(&seen(text), width)]);
        }
    }
}
