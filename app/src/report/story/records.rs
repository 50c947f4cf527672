//! What Eve records.

use super::{Scene, rows};
use crate::text::{
    column, grouped, paragraph,
    style::{KEY, TITLE, paint},
};
use doormat::experiment::LeakOutcome;

pub(super) fn scene(outcome: &LeakOutcome) -> Scene {
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
