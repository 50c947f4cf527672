//! Somebody who works for the provider reads what passes.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::experiment::Family;

pub(super) static PROVIDER_INSIDER: Attack = Attack {
    name: "provider-insider",
    loot: "whatever passes the provider, and the key if it has one: an employee's access",
    when: "from the first message on",
    tried: "the provider's key if it has one, or else every public value, on each envelope",
    lesson: "Where the operator can read, so can whoever works there, and nothing of what Alice and Bob \
             see is different. What an operator cannot read needs no rule against reading it.",
    source: "US v. Abouammo (2022): employees of a service read accounts for a state",
    families: &[Family::Maker],
    reader: Reader::Insider,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: |_| Loot::Nothing,
        too_early: None,
        run: |evidence, setting| evidence.play(setting, evidence.provider()?.as_mut()),
    },
};
