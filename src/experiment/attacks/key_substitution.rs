//! The relay stands in the middle from the first contact on.

use super::attack::{Attack, Method, Reader, always};
use crate::experiment::{Family, 
    ExperimentError,
    conversation::PARTICIPANTS,
    design::Design,
    detection::DetectionInput,
    key_custody::KeyCustody,
    lying_relay::LyingRelay,
    network::{Network, START},
    outcome::{Outcome, compare},
    seed,
    setting::Setting,
};

pub(super) static KEY_SUBSTITUTION: Attack = Attack {
    name: "key-substitution",
    loot: "nothing: the relay itself hands out its own keys",
    when: "on first contact",
    tried: "opening each envelope, reading it, and sealing it again",
    lesson: "End-to-end is only as good as knowing whose end it is, and every design falls. \
             Two people who compare their safety numbers see it; nothing else in these designs does.",
    source: "Marlinspike and Perrin, The X3DH Key Agreement Protocol (2016), §4.1",
    families: &[Family::Directory],
    reader: Reader::Insider,
    remark: None,
    applies: always,
    method: Method::TakesPart { run },
};

fn run(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let conversation = setting.conversation;
    let mut custody = KeyCustody::new(design, setting.seed)?;
    let mallory = seed::generator(setting.seed, "mallory");
    let relay = LyingRelay::new(custody.mode(), design.schedule, mallory);
    let rng = setting.generator(design, KEY_SUBSTITUTION.name);
    let mut network = Network::over(relay, design.schedule, START, rng);
    network.join_together(&PARTICIPANTS)?;
    network.begin(conversation.first(), conversation.second(), design.mode)?;
    custody.carry(conversation, |custody, _, line, mode| {
        network.wire.mode = custody.mode();
        network.carry(line, mode)
    })?;
    let safety = network.safety_numbers(PARTICIPANTS)?;
    let exposures = &network.wire.exposures;
    Ok(Outcome {
        read: compare(exposures, conversation.texts())?,
        metadata: exposures.len(),
        noticed_by: DetectionInput::of(&safety).noticed_by(),
        ..Outcome::default()
    })
}
