//! One conversation under one design: carried once, tapped from the first message to
//! the last, and with a copy of everything that could be stolen half-way. Attacks get
//! their loot from here, and nothing else.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Setting;
use crate::experiment::{
    custodian::{Custodian, Holdings},
    design::Design,
    seed,
    talk::{ExperimentError, Talk},
};
use crate::protocol::SafetyNumber;
use crate::transport::{Memory, Tap, TransportError};

/// What a conversation leaves behind.
#[derive(Debug)]
pub(super) struct Evidence {
    pub(super) design: Design,
    /// How many messages were sent before the theft.
    pub(super) theft_at: usize,
    /// The tap's recording, from the first message to the last.
    pub(super) tape: Arc<Vec<u8>>,
    /// The safety numbers that each of the two sees.
    pub(super) safety: Arc<[Vec<SafetyNumber>; 2]>,
    /// What there was to steal.
    pub(super) moment: Moment,
}

/// A copy of everything that could be stolen, at one moment.
#[derive(Debug)]
pub(super) struct Moment {
    /// The relay, just before the last message so far was fetched.
    pub(super) relay: Memory,
    /// The states of the two devices, Alice's first.
    pub(super) devices: [Zeroizing<Vec<u8>>; 2],
    /// Which of them had just written: Alice's, if neither had.
    writer: usize,
    /// The escrow side.
    pub(super) holdings: Holdings,
}

impl Moment {
    fn of(
        talk: &Talk<impl Sized>,
        relay: Memory,
        writer: usize,
        custodian: &Custodian,
    ) -> Result<Self, ExperimentError> {
        Ok(Self {
            relay,
            devices: [talk.alice.device.export()?, talk.bob.device.export()?],
            writer,
            holdings: custodian.holdings(),
        })
    }

    /// The state of the device that had just written.
    pub(super) fn phone(&self) -> &[u8] {
        self.devices
            .get(self.writer)
            .map_or(&[], |device| device.as_slice())
    }
}

impl Evidence {
    /// Carries the conversation, and copies at the theft what there is to steal.
    pub(super) fn gather(design: Design, setting: &Setting<'_>) -> Result<Self, ExperimentError> {
        let at_the_theft = |number| number == setting.theft_at;
        let evidence = Self::gather_at(design, setting, &at_the_theft)?;
        evidence.into_iter().next().ok_or(ExperimentError::NoLoot)
    }

    /// Carries the conversation once, and copies what there is to steal before the first
    /// message and after each.
    pub(super) fn gather_every(
        design: Design,
        setting: &Setting<'_>,
    ) -> Result<Vec<Self>, ExperimentError> {
        Self::gather_at(design, setting, &|_| true)
    }

    fn gather_at(
        design: Design,
        setting: &Setting<'_>,
        wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Self>, ExperimentError> {
        let lines = setting.conversation.lines();
        let first = setting.conversation.first();
        let mut rng = seed::generator(setting.seed, design.name);
        let mut custodian = Custodian::appoint(design, setting.seed)?;
        let mut mode = custodian.mode();
        let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
        let mut talk = Talk::begin(first, wire, mode.id(), design.schedule, &mut rng)?;
        let mut moments = Vec::new();
        if wanted(0) {
            let relay = talk.wire.inner().clone();
            moments.push((0, Moment::of(&talk, relay, 0, &custodian)?));
        }
        for (number, line) in (0..).zip(lines) {
            if custodian.turn_to(number, lines.len()) {
                mode = custodian.mode();
            }
            talk.type_in(&line.text);
            talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
            let relay = wanted(number + 1).then(|| talk.wire.inner().clone());
            talk.deliver(line, mode.as_ref())?;
            if let Some(relay) = relay {
                let writer = usize::from(line.sender != talk.alice.address.name);
                moments.push((number + 1, Moment::of(&talk, relay, writer, &custodian)?));
            }
        }
        let safety = Arc::new(talk.safety_numbers());
        let tape = Arc::new(talk.wire.finish().map_err(TransportError::from)?);
        let evidence = moments.into_iter().map(|(theft_at, moment)| Self {
            design,
            theft_at,
            tape: Arc::clone(&tape),
            safety: Arc::clone(&safety),
            moment,
        });
        Ok(evidence.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Conversation, leak};
    use crate::protocol::ScheduleId;

    #[test]
    fn the_first_designs_are_the_headlines_recordings_byte_for_byte() {
        let conversation = Conversation::default();
        let setting = Setting {
            conversation: &conversation,
            seed: 7,
            theft_at: 4,
            clock: None,
            progress: &|| {},
        };
        let tape = |name| {
            let design = Design::named(name).expect("a design");
            Evidence::gather(design, &setting)
                .expect("evidence")
                .tape
                .to_vec()
        };
        let headline = leak::run(conversation.clone(), ScheduleId::Ratchet, 7, &|| {});
        let headline = headline.expect("an outcome");
        assert_eq!(tape("escrow"), headline.escrow.recording.tape);
        assert_eq!(tape("e2e"), headline.e2e.recording.tape);
    }
}
