//! What an attack read, message by message, for a terminal.

use super::{
    json,
    style::{READ, SHUT, paint},
    text::{clip, count, printable_bytes},
};
use crate::attack::{Exposure, Observation};

/// How many messages a terminal shows before it refers to `--out`.
pub const SHOWN: u64 = 20;

/// One message on one line, at most 80 columns.
pub fn line(seen: &Observation) -> String {
    let who = format!("{:>4}  {} → {}", seen.index, seen.sender, seen.recipient);
    match &seen.exposure {
        Exposure::Read(text) => {
            let room = 80_usize.saturating_sub(who.chars().count() + 10);
            format!(
                "{who}  {}  {}",
                paint(READ, "READ"),
                clip(&printable_bytes(text), room)
            )
        }
        Exposure::MetadataOnly => format!(
            "{who}  {}  {} that stay shut",
            paint(SHUT, "metadata only"),
            count(seen.text_bytes, "byte")
        ),
    }
}

/// What came of it, in a few sentences.
pub fn summary(outcome: &json::Attack) -> String {
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let mut out = format!(
        "{} on the tape; {} read, by unwrapping {}.",
        count(size(outcome.envelopes), "envelope"),
        super::text::grouped(size(outcome.read)),
        count(outcome.session_keys, "session key"),
    );
    if outcome.read == 0 {
        out += "\nThis key opens nothing here: no access field on this tape is sealed to it.";
    }
    if outcome.damaged > 0 {
        out += &format!(
            "\n{} would be readable but do not authenticate: damaged on the way or on the tape.",
            count(size(outcome.damaged), "envelope")
        );
    }
    if outcome.malformed > 0 {
        out += &format!(
            "\n{} malformed and passed over.",
            count(size(outcome.malformed), "packet")
        );
    }
    if outcome.passed_over > 0 {
        out += &format!(
            "\n{} of other traffic passed over.",
            count(size(outcome.passed_over), "packet")
        );
    }
    out
}
