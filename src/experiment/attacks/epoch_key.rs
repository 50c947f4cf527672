//! One epoch's key.

use super::{
    attack::{Attack, Loot, Method, Reader},
    escrow_key::with_the_key_in_use,
};
use crate::experiment::Family;

pub(super) static EPOCH_KEY: Attack = Attack {
    name: "epoch-key",
    loot: "the key of the epoch in which the theft takes place",
    when: "at the theft; older keys are destroyed, later ones not drawn yet",
    tried: "unwrapping each access field, of whatever epoch",
    lesson: "Destroying keys bounds a leak to an epoch, and to the runs that began in it: a \
             session key that lives on stays sealed as it was. It bounds lawful access and \
             recovery alike: they are the same ability.",
    source: "Abelson et al., The Risks of Key Recovery (1997), on keys that must be kept",
    families: &[Family::SpareKey],
    reader: Reader::Eve,
    remark: None,
    applies: |design, _| match design.custody.epochs() {
        Some(_) => Ok(()),
        None => Err("keys do not change with time here"),
    },
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run: with_the_key_in_use,
    },
};
