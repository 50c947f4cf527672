//! The leak.

use super::Scene;
use crate::report::fields::spaced;
use crate::text::{
    paragraph,
    style::{KEY, paint},
};
use doormat::experiment::LeakOutcome;

pub(super) fn scene(outcome: &LeakOutcome) -> Scene {
    let mut out = paragraph(
        "Years later, the authority's escrow key leaks. A backup, a bribe, a break-in, \
         a new government: the mathematics does not ask. It is these 32 bytes:",
    );
    out.push(String::new());
    for half in outcome.key.secret().as_bytes().chunks(16) {
        out.push(format!("      {}", paint(KEY, &spaced(half))));
    }
    out.push(String::new());
    out.extend(paragraph(&format!(
        "Its holder is authority {}. Eve has kept her tapes. She now plays both of \
         them again, from the beginning, with this key and nothing else.",
        outcome.key.public().id()
    )));
    out.push(String::new());
    out.extend(paragraph(
        "Before you go on: what will she read? In which mode?",
    ));
    Scene {
        title: "The leak",
        lines: out,
    }
}
