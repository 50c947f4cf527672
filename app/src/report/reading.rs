//! What an attack read, message by message, for a terminal.

use super::json;
use crate::text::{
    clip, count, grouped, printable_bytes,
    style::{FAINT, READ, SHUT, paint},
    time_of_day,
};
use textwrap::core::display_width;

use doormat::attack::{Exposure, Observation};

/// How many messages are shown before `--out` is referred to: of those that were
/// read, and of the others.
pub const SHOWN: (u64, u64) = (200, 20);

/// What stands above the first line, once: the times are in no zone of the reader's.
pub fn heading() -> String {
    paint(FAINT, "   #  UTC")
}

/// Envelopes on a recording that is large enough for its time to say something.
const LARGE: u64 = 10_000;

/// Where a text is wrapped, it has at least so many columns.
const NARROWEST: usize = 24;

/// One message, its text whole: on one line of `width` columns if it fits, and otherwise
/// wrapped under itself.
pub fn whole(seen: &Observation, width: usize) -> String {
    let Exposure::Read(text) = &seen.exposure else {
        return line(seen, width);
    };
    let text = printable_bytes(text);
    let before = who(seen).chars().count() + 8;
    if display_width(&text) <= width.saturating_sub(before) {
        return line(seen, width);
    }
    let head = format!("{}  {}", who(seen), paint(READ, "READ"));
    // Long names in a narrow window: the text begins on a line of its own.
    let (indent, between) = if width < before + NARROWEST {
        (6, "\n      ")
    } else {
        (before, "  ")
    };
    let room = width.saturating_sub(indent).max(1);
    let lines = textwrap::wrap(&text, room);
    let next = format!("\n{}", " ".repeat(indent));
    format!("{head}{between}{}", lines.join(&next))
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

/// A stolen database says who wrote to whom, and not when.
fn time(seen: &Observation) -> String {
    if seen.time.is_zero() {
        "--:--:--".to_owned()
    } else {
        time_of_day(seen.time)
    }
}

/// What came of it, in a few sentences.
pub fn summary(outcome: &json::Attack) -> String {
    let mut sentences = vec![format!(
        "{} on the tape; {} read, by unwrapping {}.",
        count(size(outcome.envelopes), "envelope"),
        grouped(size(outcome.read)),
        count(outcome.session_keys, "session key"),
    )];
    if outcome.damaged > 0 {
        sentences.push(format!(
            "{} sealed to this key and did not open: damaged on the way or on the tape.",
            were(outcome.damaged, "envelope")
        ));
    } else if outcome.read == 0 {
        let why = match outcome.other_authorities.as_slice() {
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
    if outcome.malformed > 0 {
        sentences.push(format!(
            "{} malformed and passed over.",
            were(outcome.malformed, "packet")
        ));
    }
    if outcome.passed_over > 0 {
        sentences.push(format!(
            "{} of other traffic and passed over.",
            were(outcome.passed_over, "packet")
        ));
    }
    if outcome.envelopes >= LARGE || outcome.floor_seconds.is_some() {
        sentences.push(speed(outcome));
    }
    sentences.join("\n")
}

/// How long it took, and of that the cryptography.
fn speed(outcome: &json::Attack) -> String {
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
    format!("{} {verb}", count(size(number), one))
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
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
            let shown = anstream::adapter::strip_str(&whole(&seen(text), width)).to_string();
            assert!(shown.lines().count() > 1, "{shown}");
            assert!(
                shown.lines().all(|it| display_width(it) <= width),
                "{shown}"
            );
            let words: Vec<&str> = shown.split_whitespace().collect();
            assert!(words.join(" ").ends_with(text), "{shown}");
        }
        for width in [120, usize::MAX] {
            assert_eq!(whole(&seen(text), width), line(&seen(text), width));
        }
    }
}
