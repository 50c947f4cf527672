//! Rows that several scenes share.

use crate::report::fields::spaced;
use crate::text::{
    column, count, grouped, printable_bytes,
    style::{FAINT, READ, SHUT, paint},
};
use doormat::attack::{Exposure, Observation};
use doormat::experiment::{Evaluation, leak::ModeOutcome};
use doormat::protocol::{Envelope, wire::Field};

/// Messages shown of a longer conversation.
pub(super) const SHOWN: usize = 8;

/// Bytes shown of a longer field.
const HEAD: usize = 5;

/// `… and 9,992 more`, if there are.
pub(super) fn more(total: usize) -> Option<String> {
    let rest = total.saturating_sub(SHOWN);
    (rest > 0).then(|| {
        format!(
            "  {}",
            paint(FAINT, &format!("… and {} more", grouped(rest)))
        )
    })
}

pub(super) fn tally(mode: &str, evaluation: &Evaluation) -> String {
    let style = if evaluation.read > 0 { READ } else { SHUT };
    format!(
        "  {} {style}read {} of {}{style:#}, metadata of {}",
        column(mode, 12),
        grouped(evaluation.read),
        grouped(evaluation.observations.len()),
        grouped(evaluation.metadata)
    )
}

/// What a message's row says first.
pub(super) fn verdict(seen: &Observation) -> &'static str {
    match seen.exposure {
        Exposure::Read(_) => "READ",
        Exposure::MetadataOnly => "metadata only",
    }
}

/// The verdict, and what was recovered.
pub(super) fn recovered(seen: &Observation) -> String {
    match &seen.exposure {
        Exposure::Read(text) => format!("{}  {}", verdict(seen), printable_bytes(text)),
        Exposure::MetadataOnly => {
            format!("{}, {}", verdict(seen), count(seen.text_bytes, "byte"))
        }
    }
}

/// A row that begins with its verdict, that part in its style.
pub(super) fn emphasize(seen: &Observation, row: &str) -> String {
    let style = match seen.exposure {
        Exposure::Read(_) => READ,
        Exposure::MetadataOnly => SHUT,
    };
    let rest = row.strip_prefix(verdict(seen)).unwrap_or_default();
    paint(style, verdict(seen)) + rest
}

/// The first envelope on a tape, its nested fields drawn together.
pub(super) fn first_envelope(run: &ModeOutcome) -> Vec<(String, Vec<u8>)> {
    let bytes = run.recording.first_envelope().ok().flatten();
    let fields = bytes
        .as_deref()
        .and_then(|bytes| Envelope::decode(bytes).ok())
        .map_or_else(Vec::new, |envelope| envelope.fields());
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

/// `9f 2c 77 01 3a … 32 bytes`
pub(super) fn abbreviated(bytes: &[u8]) -> String {
    if bytes.len() > HEAD {
        format!("{} … {} bytes", head(bytes), bytes.len())
    } else {
        spaced(bytes)
    }
}

/// The first bytes of something longer.
pub(super) fn head(bytes: &[u8]) -> String {
    spaced(bytes.get(..HEAD).unwrap_or(bytes))
}

/// What she saw of each message in both modes, as many as are shown.
pub(super) fn pairs<'a>(
    escrow: &'a Evaluation,
    e2e: &'a Evaluation,
) -> impl Iterator<Item = (&'a Observation, &'a Observation)> {
    escrow
        .observations
        .iter()
        .zip(&e2e.observations)
        .take(SHOWN)
}
