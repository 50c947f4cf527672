//! The key leaks that one of two products serves.

use super::attack::{Attack, Loot, Method, Reader};
use crate::attack::OneProduct;
use crate::experiment::{
    ExperimentError, Family, conversation::{Conversation, PARTICIPANTS}, design::{Design, Products}, evidence::Evidence, outcome::Outcome, setting::Setting,
};

pub(super) static ONE_PRODUCT: Attack = Attack {
    name: "one-product",
    loot: "the private key that the special version serves, 32 bytes",
    when: "at the theft; she has been recording since the first message",
    tried: "each access field with the run that it rides on, then with the other side's runs before it",
    lesson: "A product that gives nothing away protects what its owner writes only as far as the other's \
             product lets it. What the owner of the special version writes falls; \
             if it gives away what it receives, all but what was not answered yet. Alice sees the mode \
             and the number of access fields, and no more.",
    source: "Abelson et al., Keys Under Doormats (2015), on products for several jurisdictions",
    families: &[Family::Maker],
    reader: Reader::Eve,
    remark: None,
    applies,
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run,
    },
};

fn applies(design: &Design, conversation: &Conversation) -> Result<(), &'static str> {
    let [_, special] = PARTICIPANTS;
    let mut lines = conversation.lines().iter();
    if design.products == Products::Same || lines.any(|line| line.sender == special) {
        Ok(())
    } else {
        Err("whoever has the special version writes nothing in this conversation")
    }
}

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let key = evidence.moment.holdings.key_in_use()?;
    evidence.play(setting, &mut OneProduct::over(&evidence.tape, &key)?)
}
