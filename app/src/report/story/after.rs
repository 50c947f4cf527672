//! What she reads after it.

use super::{Scene, rows, why};
use crate::text::{
    clip, column,
    style::{TITLE, paint},
};
use doormat::experiment::LeakOutcome;

pub(super) fn scene(outcome: &LeakOutcome) -> Scene {
    let escrow = &outcome.escrow.leaked_escrow_key;
    let e2e = &outcome.e2e.leaked_escrow_key;
    let mut out = vec![paint(
        TITLE,
        &format!("  {}{}", column("escrow", 51), "end-to-end"),
    )];
    for (left, right) in rows::pairs(escrow, e2e) {
        out.push(format!(
            "  {} {}",
            rows::emphasize(left, &column(&rows::recovered(left), 50)),
            rows::emphasize(right, &clip(&rows::recovered(right), 27))
        ));
    }
    out.extend(rows::more(escrow.observations.len()));
    out.push(String::new());
    out.push(rows::tally("escrow", escrow));
    out.push(rows::tally("end-to-end", e2e));
    out.push(String::new());
    out.extend(why::lines(outcome));
    Scene {
        title: "The same tapes, read again",
        lines: out,
    }
}
