//! A device is seized, copied, and given back.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::SeizedDevice;
use crate::experiment::{Family, 
    ExperimentError, evidence::Evidence, outcome::Outcome, setting::Setting,
};
use crate::protocol::ScheduleId;

pub(super) static SEIZED_DEVICE: Attack = Attack {
    name: "seized-device",
    loot: "every key on the device that wrote last, which is then given back",
    when: "at the theft, just after a message was sent",
    tried: "every chain, key pair and prekey in it, going on as its owner would",
    lesson: "A ratchet forgets each key that it has used, with escrow or without. A thief who \
             only listens is locked out once the owner writes under a new key pair; one who \
             writes in the owner's name stays. A static key opens all of the past and all of \
             the future. Texts that a device stores are open in any design: not counted.",
    source: "Perrin and Marlinspike, The Double Ratchet Algorithm (2016)",
    families: &[Family::Devices],
    reader: Reader::Eve,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: Loot::of_moment,
        too_early: Some("a static key is there already, a turn's is not yet"),
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut eve = SeizedDevice::new(evidence.moment.phone())?;
    let outcome = evidence.play(setting, &mut eve)?;
    let healed_at = match evidence.design.schedule {
        ScheduleId::Ratchet => healed_at(&outcome.read, setting.theft_at),
        ScheduleId::Static => None,
    };
    Ok(Outcome {
        healed_at,
        ..outcome
    })
}

/// The first message after the theft from which on nothing is read any more.
fn healed_at(read: &[bool], theft_at: usize) -> Option<usize> {
    let last_read = read.iter().rposition(|read| *read);
    let healed = last_read.map_or(0, |last| last + 1).max(theft_at);
    (healed < read.len()).then_some(healed)
}
