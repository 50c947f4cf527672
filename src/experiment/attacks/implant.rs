//! Somebody put an implant into the builds of the client.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Published, implant};
use crate::experiment::{
    ExperimentError, Family, evidence::Evidence, outcome::Outcome, setting::Setting, supply,
};

pub(super) static IMPLANT: Attack = Attack {
    name: "implant",
    loot: "the implanter's private key, 32 bytes: his own",
    when: "the build came with an update, before the first message",
    tried: "each session id on the tape, as an identity key that is hidden from all but him",
    lesson: "32 bytes that may be anything are room for a private key. No test of randomness here finds \
             it, and the safety numbers agree: the keys are the right ones. A session id that is derived \
             closes that place; what stops him then are two keys from before. A rebuild that is compared \
             shows that something else was shipped, unless the published sources hold it too.",
    source: "Young and Yung, The Dark Side of Black-Box Cryptography (1996); Bellare, Paterson and \
             Rogaway (2014)",
    families: &[Family::Maker],
    reader: Reader::Eve,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: |_| Loot::Nothing,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let implanter = supply::implanter(setting.seed);
    let mut loot = implant::read(Published::on(&evidence.tape)?, &implanter);
    evidence.play(setting, &mut loot.reader)
}
