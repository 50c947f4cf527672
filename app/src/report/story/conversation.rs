//! What is said, twice.

use super::{Scene, rows};
use crate::text::{
    clip, paragraph, printable,
    style::{TITLE, paint},
};
use doormat::experiment::LeakOutcome;

pub(super) fn scene(outcome: &LeakOutcome) -> Scene {
    let lines = outcome.conversation.lines();
    let mut out: Vec<String> = lines
        .iter()
        .take(rows::SHOWN)
        .map(|line| {
            format!(
                "  {}  {}",
                paint(TITLE, &format!("{:>5}", line.sender)),
                clip(&printable(&line.text), 70)
            )
        })
        .collect();
    out.extend(rows::more(lines.len()));
    out.push(String::new());
    out.extend(paragraph(
        "Alice and Bob have this conversation twice, over the same network: once in \
         the escrow mode, once end-to-end. The handshake, the key schedule, the cipher \
         and the wire are the same. One thing differs: who else gets a copy of each \
         new session key.",
    ));
    out.push(String::new());
    out.push(format!(
        "  {:12} nobody.          {:12} an authority, for lawful access.",
        "end-to-end:", "escrow:"
    ));
    Scene {
        title: "A conversation",
        lines: out,
    }
}
