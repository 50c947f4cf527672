//! One conversation under one design: carried once, tapped from the first message to
//! the last, and with a copy of everything that could be stolen half-way. Attacks get
//! their loot from here, and nothing else.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{
    ExperimentError,
    build::Build,
    conversation::PARTICIPANTS,
    design::Design,
    detection::DetectionInput,
    evaluation::Evaluation,
    key_custody::{Holdings, KeyCustody},
    network::{Network, START},
    outcome::Outcome,
    randomness, seed,
    setting::Setting,
};
use crate::attack::{Attacker, EscrowLeak, RelayDatabase};
use crate::protocol::{ModeId, SafetyNumber};
use crate::transport::Memory;

/// What a conversation leaves behind.
#[derive(Debug)]
pub struct Evidence {
    pub(super) design: Design,
    /// How many messages were sent before the theft.
    pub(super) theft_at: usize,
    /// The tap's recording, from the first message to the last.
    pub(super) tape: Arc<Vec<u8>>,
    /// The safety numbers that each of the two sees.
    pub(super) safety: Arc<[Vec<SafetyNumber>; 2]>,
    /// What there was to steal.
    pub(super) moment: Moment,
    /// What ran on the devices.
    builds: Arc<[Build]>,
}

/// A copy of everything that could be stolen, at one moment.
#[derive(Debug)]
pub struct Moment {
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
        network: &Network,
        relay: Memory,
        writer: usize,
        custody: &KeyCustody,
    ) -> Result<Self, ExperimentError> {
        let [alice, bob] = PARTICIPANTS;
        let state = |name| Ok::<_, ExperimentError>(network.device(name)?.export()?);
        Ok(Self {
            relay,
            devices: [state(alice)?, state(bob)?],
            writer,
            holdings: custody.holdings(),
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

    /// Axes that are passed over here are the custody's and the supply's.
    fn gather_at(
        design: Design,
        setting: &Setting<'_>,
        wanted: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<Self>, ExperimentError> {
        let conversation = setting.conversation;
        let Design {
            name,
            family: _,
            mode,
            schedule,
            authorities: _,
            custody: _,
            check: _,
            keeper: _,
            generator: _,
            since: _,
            registration: _,
            client: _,
            session_ids: _,
            products: _,
        } = design;
        let rng = seed::generator(setting.seed, name);
        let mut custody = KeyCustody::new(design, setting.seed)?;
        let network = Network::new(schedule, START, rng)?;
        let mut network = network.supplied_by(design, setting.seed);
        network.join_together(&PARTICIPANTS)?;
        network.begin(conversation.first(), conversation.second(), mode)?;
        let mut moments = Vec::new();
        if wanted(0) {
            let relay = network.transport().clone();
            moments.push((0, Moment::of(&network, relay, 0, &custody)?));
        }
        custody.carry(conversation, |custody, number, line, mode| {
            let (from, to) = (line.sender, line.recipient());
            network.type_in(&line.text);
            network.send(from, to, line.text.as_bytes(), mode)?;
            let relay = wanted(number + 1).then(|| network.transport().clone());
            network.deliver(to, line.text.as_bytes(), mode)?;
            if let Some(relay) = relay {
                let writer = PARTICIPANTS.iter().position(|name| *name == from);
                let writer = writer.ok_or(ExperimentError::NoSuchPerson)?;
                moments.push((number + 1, Moment::of(&network, relay, writer, custody)?));
            }
            Ok(())
        })?;
        let safety = Arc::new(network.safety_numbers(PARTICIPANTS)?);
        let builds = network.builds();
        let tape = Arc::new(network.finish()?);
        let builds: Arc<[Build]> = builds.into();
        let evidence = moments.into_iter().map(|(theft_at, moment)| Self {
            design,
            theft_at,
            tape: Arc::clone(&tape),
            safety: Arc::clone(&safety),
            moment,
            builds: Arc::clone(&builds),
        });
        Ok(evidence.collect())
    }

    /// What whoever runs the relay can read with: the key that lies beside the mail, or
    /// else nothing but what is public.
    pub(super) fn provider(&self) -> Result<Box<dyn Attacker>, ExperimentError> {
        if self.design.mode == ModeId::Escrow && self.design.keeper.is_beside_the_mail() {
            let key = self.moment.holdings.key_in_use()?;
            return Ok(Box::new(EscrowLeak::new(key)));
        }
        let directory = self.moment.relay.directory();
        Ok(Box::new(RelayDatabase::new(directory)))
    }

    /// What there is to look at for whoever wants to notice something: the safety numbers, what
    /// a laboratory finds in fresh devices, a rebuild of the client. It is the same
    /// whatever is read.
    pub(super) fn detection(&self, setting: &Setting<'_>) -> DetectionInput<'_> {
        let rebuilt = Build::rebuilt(self.design.client);
        DetectionInput {
            randomness: Some(randomness::test(self.design, setting.seed)),
            rebuild_differs: rebuilt.is_some_and(|it| self.builds.iter().any(|other| *other != it)),
            ..DetectionInput::of(&self.safety)
        }
    }

    /// Plays the whole tape to an attacker.
    pub(super) fn play(
        &self,
        setting: &Setting<'_>,
        attacker: &mut dyn Attacker,
    ) -> Result<Outcome, ExperimentError> {
        let texts = setting.conversation.texts();
        let evaluation = Evaluation::of(&self.tape, texts, attacker, &|| {})?;
        Ok(Outcome {
            read: evaluation.read_flags(),
            metadata: evaluation.metadata,
            noticed_by: self.detection(setting).noticed_by(),
            ..Outcome::default()
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
        let setting = Setting::new(&conversation, 7, 4);
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
