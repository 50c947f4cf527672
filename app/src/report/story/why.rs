//! Why one tape opened and the other did not: the road from the stolen key to the
//! first message, as the attack went it.

use super::rows;
use crate::text::{
    clip, column, printable_bytes,
    style::{KEY, TITLE, paint},
};
use doormat::attack::Exposure;
use doormat::experiment::{LeakOutcome, leak::ModeOutcome};

/// Message 0 in both modes, one step a line.
pub(super) fn lines(outcome: &LeakOutcome) -> Vec<String> {
    let (escrow, e2e) = (Road::of(&outcome.escrow), Road::of(&outcome.e2e));
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

struct Road {
    field: String,
    session_key: String,
    text: String,
}

impl Road {
    fn of(run: &ModeOutcome) -> Self {
        let field = rows::first_envelope(run)
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
            field: field.map_or_else(|| "(nothing)".to_owned(), |bytes| rows::abbreviated(&bytes)),
            session_key: run.first_session_key.as_ref().map_or_else(
                || "(nothing)".to_owned(),
                |key| format!("key {} …", rows::head(key.as_bytes())),
            ),
            text: read.map_or_else(|| "(stays shut)".to_owned(), |text| clip(&text, 29)),
        }
    }
}
