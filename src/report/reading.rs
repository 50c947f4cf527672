//! What an attack read, message by message, for a terminal.

use super::{
    json,
    style::{FAINT, READ, SHUT, paint},
    text::{clip, count, grouped, printable_bytes, time_of_day},
};
use crate::attack::{Exposure, Observation};

/// How many messages are shown before `--out` is referred to: of those that were
/// read, and of the others.
pub const SHOWN: (u64, u64) = (200, 20);

/// What stands above the first line, once: the times are in no zone of the reader's.
pub fn heading() -> String {
    paint(FAINT, "   #  UTC")
}

/// Envelopes on a recording that is large enough for its time to say something.
const LARGE: u64 = 10_000;

/// One message on one line of `width` columns.
pub fn line(seen: &Observation, width: usize) -> String {
    let who = format!(
        "{:>4}  {}  {} → {}",
        seen.index,
        time(seen),
        seen.sender,
        seen.recipient
    );
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
