//! One conversation under one design: carried once, tapped from the first message to
//! the last, and with a copy of everything that could be stolen half-way. Attacks get
//! their loot from here, and nothing else.

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
    /// The tap's recording, from the first message to the last.
    pub(super) tape: Vec<u8>,
    /// The relay, just before the last message before the theft was fetched.
    pub(super) relay: Memory,
    /// The state of the device that had just written when the theft took place.
    pub(super) phone: Zeroizing<Vec<u8>>,
    /// The escrow side at that moment.
    pub(super) holdings: Holdings,
    /// The safety numbers that each of the two sees.
    pub(super) safety: [Vec<SafetyNumber>; 2],
}

impl Evidence {
    /// Carries the conversation.
    pub(super) fn gather(design: Design, setting: &Setting<'_>) -> Result<Self, ExperimentError> {
        let lines = setting.conversation.lines();
        let mut rng = seed::generator(setting.seed, design.name);
        let mut custodian = Custodian::appoint(design, setting.seed)?;
        let mut mode = custodian.mode();
        let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
        let mut talk = Talk::begin(wire, mode.id(), design.schedule, &mut rng)?;
        let mut relay = talk.wire.inner().clone();
        let mut phone = talk.alice.device.export()?;
        let mut holdings = custodian.holdings();
        for (number, line) in (0..).zip(lines) {
            if custodian.turn_to(number, lines.len()) {
                mode = custodian.mode();
            }
            talk.type_in(&line.text);
            talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
            let stolen_next = number + 1 == setting.theft_at;
            if stolen_next {
                relay = talk.wire.inner().clone();
            }
            talk.deliver(line, mode.as_ref())?;
            if stolen_next {
                phone = talk.ends(line.sender).0.device.export()?;
                holdings = custodian.holdings();
            }
        }
        Ok(Self {
            design,
            safety: talk.safety_numbers(),
            tape: talk.wire.finish().map_err(TransportError::from)?,
            relay,
            phone,
            holdings,
        })
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
            Evidence::gather(design, &setting).expect("evidence").tape
        };
        let headline = leak::run(conversation.clone(), ScheduleId::Ratchet, 7, &|| {});
        let headline = headline.expect("an outcome");
        assert_eq!(tape("escrow"), headline.escrow.recording.tape);
        assert_eq!(tape("e2e"), headline.e2e.recording.tape);
    }
}
