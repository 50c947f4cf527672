//! Rows of the scenes: messages with what was read of them, an envelope's fields, and the
//! steps from the leaked key to a text.

use crate::report::fields::spaced;
use crate::text::{
    clip, column, count, grouped, printable_bytes,
    style::{FAINT, KEY, READ, SHUT, TITLE, paint},
};
use doormat::attack::{Exposure, Observation};
use doormat::experiment::{Evaluation, LeakOutcome, leak::ModeOutcome};
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

/// The word that a message's row begins with.
pub(super) fn verdict(seen: &Observation) -> &'static str {
    match seen.exposure {
        Exposure::Read(_) => "READ",
        Exposure::MetadataOnly => "metadata only",
    }
}

/// The verdict, and the recovered text or its length.
pub(super) fn recovered(seen: &Observation) -> String {
    match &seen.exposure {
        Exposure::Read(text) => format!("{}  {}", verdict(seen), printable_bytes(text)),
        Exposure::MetadataOnly => {
            format!("{}, {}", verdict(seen), count(seen.text_bytes, "byte"))
        }
    }
}

/// A row with its leading verdict in colour.
pub(super) fn emphasize(seen: &Observation, row: &str) -> String {
    let style = match seen.exposure {
        Exposure::Read(_) => READ,
        Exposure::MetadataOnly => SHUT,
    };
    let rest = row.strip_prefix(verdict(seen)).unwrap_or_default();
    paint(style, verdict(seen)) + rest
}

/// The top-level fields of the first envelope on a tape: nested fields are joined, and
/// length fields left out.
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

/// The first bytes of a longer field.
fn head(bytes: &[u8]) -> String {
    spaced(bytes.get(..HEAD).unwrap_or(bytes))
}

/// What Eve saw of each shown message in both modes.
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

/// How the attack got from the leaked key to message 0 in each mode, one step a line.
pub(super) fn decryption_steps(outcome: &LeakOutcome) -> Vec<String> {
    let (escrow, e2e) = (
        DecryptionPath::of(&outcome.escrow),
        DecryptionPath::of(&outcome.e2e),
    );
    let row = |what: &str, escrow: &str, e2e: &str| {
        format!(
            "  {}{}{}",
            column(what, 27),
            column(escrow, 31),
            clip(e2e, 19)
        )
    };
    vec![
        paint(TITLE, "  Why? Message 0"),
        row("its access field", &escrow.field, &e2e.field),
        paint(
            KEY,
            &row(
                "↓ opens with the leak to",
                &escrow.session_key,
                &e2e.session_key,
            ),
        ),
        row("↓ opens the ciphertext to", &escrow.text, &e2e.text),
    ]
}

/// What each step gave in one mode.
struct DecryptionPath {
    field: String,
    session_key: String,
    text: String,
}

impl DecryptionPath {
    fn of(run: &ModeOutcome) -> Self {
        let field = first_envelope(run)
            .into_iter()
            .find_map(|(name, bytes)| (name == "access").then_some(bytes));
        let read =
            run.leaked_escrow_key
                .observations
                .first()
                .and_then(|seen| match &seen.exposure {
                    Exposure::Read(text) => Some(printable_bytes(text)),
                    Exposure::MetadataOnly => None,
                });
        Self {
            field: field.map_or_else(|| "(nothing)".to_owned(), |bytes| abbreviated(&bytes)),
            session_key: run.first_session_key.as_ref().map_or_else(
                || "(nothing)".to_owned(),
                |key| format!("key {} …", head(key.as_bytes())),
            ),
            text: read.map_or_else(|| "(stays shut)".to_owned(), |text| clip(&text, 29)),
        }
    }
}
