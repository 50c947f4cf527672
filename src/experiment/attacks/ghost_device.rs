//! The relay adds a device to each side's list when the theft takes place.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Exposure, Ghost};
use crate::experiment::{Family, 
    ExperimentError,
    detection::DetectionInput,
    evidence::Evidence,
    key_custody::KeyCustody,
    outcome::{Outcome, compare},
    seed,
    setting::Setting,
};
use crate::protocol::Device;

pub(super) static GHOST_DEVICE: Attack = Attack {
    name: "ghost-device",
    loot: "nothing: the relay itself adds a device to each side's list",
    when: "at the theft",
    tried: "opening the copy that senders seal for it",
    lesson: "Nothing is broken: one more end is added to end-to-end, from that moment on. A \
             safety number that the other side does not have shows it, unless the program \
             hides that too, as the proposal of 2018 asks for.",
    source: "Levy and Robinson (GCHQ), Principles for a More Informed Exceptional Access Debate (2018)",
    families: &[Family::Directory],
    reader: Reader::Insider,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: Loot::of_moment,
        too_early: None,
        run,
    },
};

/// Ghosts are added to both lists of devices at the theft, and the owners' devices, as
/// they are at that moment, seal a copy for them of everything that is said from there on.
fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let (design, theft_at) = (evidence.design, evidence.theft_at);
    let purpose = format!("{} ghost at {theft_at}", design.name);
    let mut rng = seed::generator(setting.seed, &purpose);
    let [alice, bob] = &evidence.moment.devices;
    let mut writers = [Device::import(alice)?, Device::import(bob)?];
    // The first writes to the second's ghost, and the second to the first's.
    let mut ghosts = {
        let [alice, bob] = &writers;
        [
            Ghost::new(bob.name(), &mut rng)?,
            Ghost::new(alice.name(), &mut rng)?,
        ]
    };
    let is_added = theft_at < setting.conversation.lines().len();
    if is_added {
        for (writer, ghost) in writers.iter_mut().zip(&ghosts) {
            writer.begin(&ghost.bundle(), design.mode, design.schedule, &mut rng)?;
        }
    }
    let mut exposures = Vec::new();
    let mut custody = KeyCustody::new(design, setting.seed)?;
    custody.carry(setting.conversation, |_, number, line, mode| {
        let mut pairs = writers.iter_mut().zip(&mut ghosts);
        let pair = pairs.find(|(writer, _)| writer.name().as_str() == line.sender);
        exposures.push(match pair.filter(|_| number >= theft_at) {
            Some((writer, ghost)) => {
                let copy = writer.seal(ghost.name(), line.text.as_bytes(), mode, &mut rng)?;
                ghost.examine(&copy, mode)
            }
            None => Exposure::MetadataOnly,
        });
        Ok(())
    })?;
    let safety = writers.each_ref().map(Device::safety_numbers);
    Ok(Outcome {
        read: compare(&exposures, setting.conversation.texts())?,
        metadata: exposures.len(),
        noticed_by: DetectionInput::of(&safety).noticed_by(),
        ..Outcome::default()
    })
}
