//! One authority's key of several.

use super::{
    attack::{Attack, Loot, Method, Reader},
    escrow_key::with_the_key_in_use,
};
use crate::experiment::Family;

pub(super) static ONE_JURISDICTION: Attack = Attack {
    name: "one-jurisdiction",
    loot: "the private key of one authority of three",
    when: "at the theft",
    tried: "unwrapping the one access field of three that is sealed to it",
    lesson: "Each authority's field holds the same session key, so the weakest keeper decides \
             for all. A messenger that serves several countries is as safe as its messages \
             are in the one that keeps its key worst.",
    source: "Abelson et al., Keys Under Doormats (2015), on access by many jurisdictions",
    families: &[Family::SpareKey],
    reader: Reader::Eve,
    remark: None,
    applies: |design, _| {
        if design.authorities > 1 {
            Ok(())
        } else {
            Err("there are no several authorities here")
        }
    },
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run: with_the_key_in_use,
    },
};
