//! People with a device each, on one line: what every experiment does between its first
//! contact and its end.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use rand::{CryptoRng, rngs::ChaCha20Rng};

use super::{
    ExperimentError,
    build::Build,
    conversation::Line,
    design::Design,
    supply::{Source, Supply},
};
use crate::protocol::{
    Device, Envelope, Identity, KeyBundle, Mode, ModeId, Name, OpenError, SafetyNumber, ScheduleId,
    device::BeginError, handshake,
};
use crate::transport::{Address, Memory, Tap, Transport, TransportError};

/// When every experiment begins: 2026-01-05 09:00 UTC. Its clock is simulated.
pub const START: Duration = Duration::from_secs(1_767_603_600);

/// How many one-time prekeys a device of an experiment publishes.
const ONE_TIME_PREKEYS: usize = 4;

/// People, the transport between them, what time it is, and where randomness comes from.
#[derive(Debug)]
pub struct Network<T = Tap<Memory, Vec<u8>>, R = ChaCha20Rng> {
    pub(super) wire: T,
    pub(super) clock: Duration,
    pub(super) rng: R,
    people: BTreeMap<String, Participant>,
    schedule: ScheduleId,
    /// Where devices come from, if that is not as published.
    supply: Option<Supply>,
    envelopes: usize,
}

/// A person with a device, somewhere on the network.
#[derive(Debug)]
pub(super) struct Participant {
    pub(super) device: Device,
    /// What it draws from, if not from what the others do.
    source: Option<Source>,
    address: Address,
}

impl Participant {
    fn rng<'a>(
        &'a mut self,
        common: &'a mut dyn CryptoRng,
    ) -> (&'a mut Device, &'a mut dyn CryptoRng) {
        let rng = self.source.as_mut().map_or(common, Source::rng);
        (&mut self.device, rng)
    }
}

impl Network {
    /// A tapped line with nobody on it yet; `clock` is the time since 1970-01-01 00:00 UTC.
    ///
    /// # Errors
    /// [`ExperimentError`] if the tape cannot be begun.
    pub fn new(
        schedule: ScheduleId,
        clock: Duration,
        rng: ChaCha20Rng,
    ) -> Result<Self, ExperimentError> {
        Self::tapped(Memory::default(), schedule, clock, rng)
    }
}

impl<T: Transport, R: CryptoRng> Network<Tap<T, Vec<u8>>, R> {
    /// The same over another transport, with a tap before it.
    ///
    /// # Errors
    /// [`ExperimentError`] if the tape cannot be begun.
    pub fn tapped(
        transport: T,
        schedule: ScheduleId,
        clock: Duration,
        rng: R,
    ) -> Result<Self, ExperimentError> {
        let wire = Tap::new(transport, Vec::new()).map_err(TransportError::from)?;
        Ok(Self::over(wire, schedule, clock, rng))
    }

    /// The transport under the tap.
    pub const fn transport(&self) -> &T {
        self.wire.inner()
    }

    /// Takes the tap off, and the tape out: a pcapng file.
    ///
    /// # Errors
    /// [`ExperimentError`] if it cannot be ended.
    pub fn finish(self) -> Result<Vec<u8>, ExperimentError> {
        Ok(self.wire.finish().map_err(TransportError::from)?)
    }
}

impl<T: Transport, R: CryptoRng> Network<T, R> {
    /// Over a transport as it is.
    pub const fn over(wire: T, schedule: ScheduleId, clock: Duration, rng: R) -> Self {
        Self {
            wire,
            clock,
            rng,
            people: BTreeMap::new(),
            schedule,
            supply: None,
            envelopes: 0,
        }
    }

    /// Whoever comes from now on has a device of this design's maker: its generator, its
    /// client, and whether it registers (see [`supply`](super::supply)). `seed` decides the
    /// points of a generator, and whose implant it is.
    #[must_use]
    pub fn supplied_by(self, design: Design, seed: u64) -> Self {
        let supply = Some(Supply::of(design, seed));
        Self { supply, ..self }
    }

    /// Somebody comes with a new device, and publishes its key bundles.
    ///
    /// # Errors
    /// [`ExperimentError`] if the name is none.
    pub fn join(&mut self, name: &str) -> Result<(), ExperimentError> {
        self.join_together(&[name])
    }

    /// Several come, each to the next host of those that RFC 5737 reserves for
    /// documentation; they publish when all are there.
    pub(super) fn join_together(&mut self, names: &[&str]) -> Result<(), ExperimentError> {
        let hosts = (1..=u8::MAX).skip(self.people.len());
        let hosts = hosts.map(|last| Ipv4Addr::new(192, 0, 2, last));
        let people: Vec<_> = names.iter().copied().zip(hosts).collect();
        self.join_from(&people)
    }

    /// The same from hosts of their own.
    pub(super) fn join_from(&mut self, people: &[(&str, Ipv4Addr)]) -> Result<(), ExperimentError> {
        let mut arriving = Vec::new();
        for (name, host) in people {
            let address = Address {
                name: (*name).to_owned(),
                host: (*host).into(),
            };
            arriving.push(self.set_up(address)?);
        }
        for mut person in arriving {
            let (device, rng) = person.rng(&mut self.rng);
            let bundles = device.publish(ONE_TIME_PREKEYS, rng);
            let bundles = bundles.iter().map(KeyBundle::encode).collect();
            self.wire.publish(self.clock, &person.address, bundles)?;
            let name = person.address.name.clone();
            if let Some(supply) = self.supply
                && let Some(source) = supply.by_update(&name, &person.device)?
            {
                person.source = Some(source);
            }
            self.people.insert(name, person);
        }
        Ok(())
    }

    /// A new device, and what it says before it has keys.
    fn set_up(&mut self, address: Address) -> Result<Participant, ExperimentError> {
        let name = Name::new(&address.name)?;
        let supply = self.supply;
        let mut source = supply.and_then(|it| it.at_set_up(&address.name));
        let rng: &mut dyn CryptoRng = match &mut source {
            Some(source) => source.rng(),
            None => &mut self.rng,
        };
        if let Some(words) = supply.and_then(|it| it.first_words(&name, rng)) {
            self.wire.register(self.clock, &address, &words.encode())?;
        }
        Ok(Participant {
            device: Device::new(name, rng),
            source,
            address,
        })
    }

    /// `from` begins a session with `to`: another one, if there is one already.
    pub(super) fn begin(
        &mut self,
        from: &str,
        to: &str,
        mode: ModeId,
    ) -> Result<(), ExperimentError> {
        let address = self.person(to)?.address.clone();
        let writer = self
            .people
            .get_mut(from)
            .ok_or(ExperimentError::NoSuchPerson)?;
        let bundle = self.wire.fetch(self.clock, &writer.address, &address)?;
        let bundle = KeyBundle::decode(&bundle).map_err(BeginError::from)?;
        if self.supply.is_some_and(|it| it.derives_ids()) {
            let (device, rng) = writer.rng(&mut self.rng);
            device.begin_derived(&bundle, mode, self.schedule, rng)?;
        } else {
            writer.source.iter_mut().for_each(Source::begins_session);
            let (device, rng) = writer.rng(&mut self.rng);
            device.begin(&bundle, mode, self.schedule, rng)?;
        }
        Ok(())
    }

    /// One message, sealed, carried, opened, and compared with what was said; a session
    /// begins if there is none. Gives its number on the tape, counted from 0.
    ///
    /// # Errors
    /// [`ExperimentError`] if somebody is not here, or anything refuses.
    pub fn say(
        &mut self,
        from: &str,
        to: &str,
        text: &str,
        mode: &dyn Mode,
    ) -> Result<usize, ExperimentError> {
        let number = self.send(from, to, text.as_bytes(), mode)?;
        self.deliver(to, text.as_bytes(), mode)?;
        Ok(number)
    }

    /// A conversation's line, said as [`say`](Self::say) does.
    pub(super) fn carry(&mut self, line: &Line, mode: &dyn Mode) -> Result<(), ExperimentError> {
        self.say(line.sender, line.recipient(), &line.text, mode)?;
        Ok(())
    }

    /// Seals a message and leaves it in the recipient's mailbox.
    ///
    /// # Errors
    /// [`ExperimentError`] if somebody is not here, or anything refuses.
    pub fn send(
        &mut self,
        from: &str,
        to: &str,
        text: &[u8],
        mode: &dyn Mode,
    ) -> Result<usize, ExperimentError> {
        let recipient = Name::new(to)?;
        if !self.person(from)?.device.can_write_to(&recipient) {
            self.begin(from, to, mode.id())?;
        }
        let address = self.person(to)?.address.clone();
        let writer = self
            .people
            .get_mut(from)
            .ok_or(ExperimentError::NoSuchPerson)?;
        let (device, rng) = writer.rng(&mut self.rng);
        let envelope = device.seal(&recipient, text, mode, rng)?;
        self.wire
            .send(self.clock, &writer.address, &address, envelope)?;
        let number = self.envelopes;
        self.envelopes += 1;
        Ok(number)
    }

    /// Opens the oldest envelope in somebody's mailbox.
    ///
    /// # Errors
    /// [`ExperimentError`] if somebody is not here, or the device refuses.
    pub fn receive(
        &mut self,
        to: &str,
        mode: &dyn Mode,
    ) -> Result<Option<Vec<u8>>, ExperimentError> {
        Ok(self.try_receive(to, mode)?.transpose()?)
    }

    /// The same, if a refusal is what the experiment is about.
    pub(super) fn try_receive(
        &mut self,
        to: &str,
        mode: &dyn Mode,
    ) -> Result<Option<Result<Vec<u8>, OpenError>>, ExperimentError> {
        let reader = self
            .people
            .get_mut(to)
            .ok_or(ExperimentError::NoSuchPerson)?;
        let Some(envelope) = self.wire.receive(&reader.address)? else {
            return Ok(None);
        };
        if self.supply.is_some_and(|it| it.derives_ids())
            && !has_derived_id(&envelope, reader.device.identity())
        {
            return Err(ExperimentError::SessionId);
        }
        let opened = reader.device.open(&envelope, mode);
        Ok(Some(opened.map(|message| message.text.to_vec())))
    }

    /// Opens the oldest envelope in a mailbox, which must be this text.
    pub(super) fn deliver(
        &mut self,
        to: &str,
        text: &[u8],
        mode: &dyn Mode,
    ) -> Result<(), ExperimentError> {
        if self.receive(to, mode)?.as_deref() == Some(text) {
            Ok(())
        } else {
            Err(ExperimentError::Undelivered)
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.clock = self.clock.saturating_add(time);
    }

    /// Lets as much time pass as it takes to think of a text and type it: two
    /// seconds, five characters a second, a minute at the most.
    pub(super) fn type_in(&mut self, text: &str) {
        let longest = Duration::from_secs(60);
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let typing = Duration::from_millis(200).saturating_mul(characters);
        self.wait(typing.saturating_add(Duration::from_secs(2)).min(longest));
    }

    /// What time it is, since 1970-01-01 00:00 UTC.
    pub const fn clock(&self) -> Duration {
        self.clock
    }

    /// Somebody's device.
    ///
    /// # Errors
    /// [`ExperimentError::NoSuchPerson`] if nobody has this name.
    pub fn device(&self, name: &str) -> Result<&Device, ExperimentError> {
        Ok(&self.person(name)?.device)
    }

    /// The safety numbers that each of these sees for the others' devices.
    pub(super) fn safety_numbers(
        &self,
        names: [&str; 2],
    ) -> Result<[Vec<SafetyNumber>; 2], ExperimentError> {
        let [one, other] = names;
        let numbers = |name| Ok::<_, ExperimentError>(self.device(name)?.safety_numbers());
        Ok([numbers(one)?, numbers(other)?])
    }

    /// The builds that run on the devices here.
    pub(super) fn builds(&self) -> Vec<Build> {
        let sources = self.people.values().map(|person| person.source.as_ref());
        let implanted = sources.map(|it| it.is_some_and(Source::is_implant));
        implanted.map(Build::shipped).collect()
    }

    /// Somebody's device and where randomness comes from.
    pub(super) fn device_mut(
        &mut self,
        name: &str,
    ) -> Result<(&mut Device, &mut dyn CryptoRng), ExperimentError> {
        let person = self.people.get_mut(name);
        let person = person.ok_or(ExperimentError::NoSuchPerson)?;
        Ok(person.rng(&mut self.rng))
    }

    fn person(&self, name: &str) -> Result<&Participant, ExperimentError> {
        self.people.get(name).ok_or(ExperimentError::NoSuchPerson)
    }
}

/// Whether an envelope that begins a session has the id that follows from its keys
/// (spec §5.5).
fn has_derived_id(envelope: &[u8], recipient: &Identity) -> bool {
    let Ok(Envelope { header, .. }) = Envelope::decode(envelope) else {
        return true;
    };
    header.opening.is_none_or(|opening| {
        let (initiator, ephemeral) = (&opening.initiator, &opening.ephemeral);
        header.session == handshake::derived_id(initiator, ephemeral, recipient)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{design::Design, seed};
    use crate::mode::EndToEnd;

    #[test]
    fn where_session_ids_are_derived_an_opening_with_another_is_refused() {
        let rng = seed::generator(7, "refusal");
        let network = Network::new(ScheduleId::Ratchet, START, rng).expect("a network");
        let design = Design::named("implanted-derived").expect("a design");
        let mut network = network.supplied_by(design, 7);
        network
            .join_together(&["alice", "bob"])
            .expect("two people");
        let bundle = network.device("bob").expect("bob").lasting_bundle();
        let (alice, rng) = network.device_mut("alice").expect("alice");
        let (mode, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
        alice
            .begin(&bundle, mode, schedule, rng)
            .expect("a session");
        network
            .send("alice", "bob", b"hello", &EndToEnd)
            .expect("it is sent");
        let refused = network.receive("bob", &EndToEnd);
        assert!(matches!(refused, Err(ExperimentError::SessionId)));
    }
}
