//! What a design costs for each message: bytes on the wire, and time to seal, carry
//! and open.

use std::time::Duration;

use super::{
    ExperimentError,
    conversation::PARTICIPANTS,
    design::Design,
    evaluation::Evaluation,
    evidence::Evidence,
    key_custody::KeyCustody,
    network::{Network, START},
    seed,
    setting::Setting,
};
use crate::attack::Wiretap;
use crate::transport::Memory;

/// What a design costs, for the whole conversation.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Bytes of all envelopes on the wire.
    pub wire_bytes: usize,
    /// Of which access fields.
    pub access_bytes: usize,
    /// How long sealing, carrying and opening took at the best of several times, on
    /// this machine, if that was measured.
    pub took: Option<Duration>,
}

/// How often each design is timed.
const ROUNDS: usize = 5;

impl Cost {
    /// Counts bytes.
    pub(super) fn of(evidence: &Evidence, setting: &Setting<'_>) -> Result<Self, ExperimentError> {
        let texts = setting.conversation.texts();
        let seen = Evaluation::of(&evidence.tape, texts, &mut Wiretap, &|| {})?;
        let seen = seen.observations.iter();
        Ok(Self {
            wire_bytes: seen.clone().map(|envelope| envelope.wire_bytes).sum(),
            access_bytes: seen.map(|envelope| envelope.access_bytes).sum(),
            took: None,
        })
    }
}

/// Times each design, one after the other and nothing beside it, several times round;
/// the best counts, since a machine only ever adds to it.
pub(super) fn measure(
    designs: &mut [(Design, &mut Cost)],
    setting: &Setting<'_>,
    clock: &dyn Fn() -> Duration,
) -> Result<(), ExperimentError> {
    for _ in 0..ROUNDS {
        for (design, cost) in &mut *designs {
            let took = carry(*design, setting, clock)?;
            cost.took = Some(cost.took.map_or(took, |best| best.min(took)));
        }
    }
    Ok(())
}

/// The conversation once more, from the first message to the last: the devices and
/// their first contact are there when the clock starts.
fn carry(
    design: Design,
    setting: &Setting<'_>,
    clock: &dyn Fn() -> Duration,
) -> Result<Duration, ExperimentError> {
    let conversation = setting.conversation;
    let rng = seed::generator(setting.seed, design.name);
    let mut custody = KeyCustody::new(design, setting.seed)?;
    let mut network = Network::over(Memory::default(), design.schedule, START, rng);
    network.join_together(&PARTICIPANTS)?;
    network.begin(conversation.first(), conversation.second(), design.mode)?;
    let begun = clock();
    custody.carry(conversation, |_, _, line, mode| network.carry(line, mode))?;
    Ok(clock().saturating_sub(begun))
}
