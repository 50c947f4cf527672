//! Any number of people on one tapped line: who begins a session with whom follows
//! from who writes to whom.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use rand::rngs::ChaCha20Rng;

use super::talk::{ExperimentError, Participant};
use crate::protocol::{Device, KeyBundle, Mode, Name, ScheduleId, device::BeginError};
use crate::transport::{Memory, Tap, Transport, TransportError};

/// People who write to each other, and a tap.
#[derive(Debug)]
pub struct Scene<T = Memory> {
    wire: Tap<T, Vec<u8>>,
    people: BTreeMap<String, Participant>,
    schedule: ScheduleId,
    clock: Duration,
    rng: ChaCha20Rng,
    envelopes: usize,
}

impl Scene {
    /// Nobody is here yet; `clock` is the time since 1970-01-01 00:00 UTC.
    ///
    /// # Errors
    /// [`ExperimentError`] if the tape cannot be begun.
    pub fn new(
        schedule: ScheduleId,
        clock: Duration,
        rng: ChaCha20Rng,
    ) -> Result<Self, ExperimentError> {
        Self::over(Memory::default(), schedule, clock, rng)
    }
}

impl<T: Transport> Scene<T> {
    /// The same over another transport.
    ///
    /// # Errors
    /// [`ExperimentError`] if the tape cannot be begun.
    pub fn over(
        wire: T,
        schedule: ScheduleId,
        clock: Duration,
        rng: ChaCha20Rng,
    ) -> Result<Self, ExperimentError> {
        Ok(Self {
            wire: Tap::new(wire, Vec::new()).map_err(TransportError::from)?,
            people: BTreeMap::new(),
            schedule,
            clock,
            rng,
            envelopes: 0,
        })
    }

    /// Somebody comes with a new device, and publishes its key bundles.
    ///
    /// # Errors
    /// [`ExperimentError`] if the name is none.
    pub fn join(&mut self, name: &str) -> Result<(), ExperimentError> {
        let last = u8::try_from(self.people.len().saturating_add(1)).unwrap_or(253);
        let host = Ipv4Addr::new(192, 0, 2, last);
        let mut person = Participant::new(name, host, &mut self.rng)?;
        person.publish(&mut self.wire, self.clock, &mut self.rng)?;
        self.people.insert(name.to_owned(), person);
        Ok(())
    }

    /// One message, sealed, carried and opened; a session begins if there is none. Gives
    /// its number on the tape, counted from 0.
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
        if self.receive(to, mode)?.as_deref() == Some(text.as_bytes()) {
            Ok(number)
        } else {
            Err(ExperimentError::Undelivered)
        }
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
        let address = self.person(to)?.address.clone();
        let recipient = Name::new(to)?;
        let (clock, schedule) = (self.clock, self.schedule);
        let writer = self
            .people
            .get_mut(from)
            .ok_or(ExperimentError::Undelivered)?;
        if !writer.device.can_write_to(&recipient) {
            let bundle = self.wire.fetch(clock, &writer.address, &address)?;
            let bundle = KeyBundle::decode(&bundle).map_err(BeginError::from)?;
            let rng = &mut self.rng;
            writer.device.begin(&bundle, mode.id(), schedule, rng)?;
        }
        let envelope = writer.device.seal(&recipient, text, mode, &mut self.rng)?;
        self.wire.send(clock, &writer.address, &address, envelope)?;
        let number = self.envelopes;
        self.envelopes = number.saturating_add(1);
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
        let reader = self
            .people
            .get_mut(to)
            .ok_or(ExperimentError::Undelivered)?;
        let Some(envelope) = self.wire.receive(&reader.address)? else {
            return Ok(None);
        };
        let message = reader.device.open(&envelope, mode)?;
        Ok(Some(message.text.to_vec()))
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.clock = self.clock.saturating_add(time);
    }

    /// What time it is, since 1970-01-01 00:00 UTC.
    pub const fn clock(&self) -> Duration {
        self.clock
    }

    /// Somebody's device.
    ///
    /// # Errors
    /// [`ExperimentError::Undelivered`] if nobody has this name.
    pub fn device(&self, name: &str) -> Result<&Device, ExperimentError> {
        Ok(&self.person(name)?.device)
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

    fn person(&self, name: &str) -> Result<&Participant, ExperimentError> {
        self.people.get(name).ok_or(ExperimentError::Undelivered)
    }
}
