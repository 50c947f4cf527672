//! What a design costs for each message: bytes on the wire, and time to seal, carry
//! and open.

use std::time::Duration;

use super::{Column, Setting, evidence::Evidence};
use crate::attack::Wiretap;
use crate::experiment::{
    custodian::Custodian,
    design::Design,
    evaluation::Evaluation,
    seed,
    talk::{ExperimentError, Talk},
};
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
        let seen = Evaluation::of(&evidence.tape, setting.texts(), &mut Wiretap, &|| {})?;
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
    columns: &mut [Column],
    setting: &Setting<'_>,
    clock: &dyn Fn() -> Duration,
) -> Result<(), ExperimentError> {
    for _ in 0..ROUNDS {
        for Column { design, cost, .. } in &mut *columns {
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
    let lines = setting.conversation.lines();
    let mut rng = seed::generator(setting.seed, design.name);
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    let mut mode = custodian.mode();
    let mut talk = Talk::begin(
        setting.conversation.first(),
        Memory::default(),
        mode.id(),
        design.schedule,
        &mut rng,
    )?;
    let begun = clock();
    for (number, line) in (0..).zip(lines) {
        if custodian.turn_to(number, lines.len()) {
            mode = custodian.mode();
        }
        talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
        talk.deliver(line, mode.as_ref())?;
    }
    Ok(clock().saturating_sub(begun))
}
