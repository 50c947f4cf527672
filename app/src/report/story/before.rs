//! What she reads before the leak.

use super::{Scene, rows};
use crate::text::{
    column, count, paragraph,
    style::{TITLE, paint},
    time_of_day,
};
use doormat::experiment::LeakOutcome;

pub(super) fn scene(outcome: &LeakOutcome) -> Scene {
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
    for (escrow, e2e) in rows::pairs(seen, other) {
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
