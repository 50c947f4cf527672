//! A relay that hands out its own keys and reads what passes.

use std::{io, time::Duration};

use rand::rngs::ChaCha20Rng;

use crate::attack::{Exposure, Impostor};
use crate::protocol::{KeyBundle, Mode, Name, ScheduleId};
use crate::transport::{Address, Memory, Transport, TransportError};

/// A transport in the attacker's hands.
pub struct LyingRelay {
    honest: Memory,
    impostor: Impostor,
    rng: ChaCha20Rng,
    schedule: ScheduleId,
    /// Who asks, and for whose bundle; everybody, if nobody is named.
    victims: Option<[String; 2]>,
    /// The mode that its victims use at the time.
    pub(super) mode: Box<dyn Mode>,
    /// What it read, in the order in which it passed.
    pub(super) exposures: Vec<Exposure>,
}

impl LyingRelay {
    /// A relay that lies to everybody.
    pub fn new(mode: Box<dyn Mode>, schedule: ScheduleId, rng: ChaCha20Rng) -> Self {
        Self {
            honest: Memory::default(),
            impostor: Impostor::default(),
            rng,
            schedule,
            victims: None,
            mode,
            exposures: Vec::new(),
        }
    }

    /// One that is honest to all but these: the first asks for the second's bundle.
    #[must_use]
    pub fn between(self, victims: [String; 2]) -> Self {
        Self {
            victims: Some(victims),
            ..self
        }
    }
}

impl Transport for LyingRelay {
    fn publish(
        &mut self,
        now: Duration,
        owner: &Address,
        bundles: Vec<Vec<u8>>,
    ) -> Result<(), TransportError> {
        self.honest.publish(now, owner, bundles)
    }

    fn fetch(
        &mut self,
        now: Duration,
        asker: &Address,
        owner: &Address,
    ) -> Result<Vec<u8>, TransportError> {
        let genuine = self.honest.fetch(now, asker, owner)?;
        if let Some([one, other]) = &self.victims
            && (&asker.name, &owner.name) != (one, other)
        {
            return Ok(genuine);
        }
        let genuine = KeyBundle::decode(&genuine).map_err(io::Error::other)?;
        let asker = Name::new(&asker.name).map_err(io::Error::other)?;
        let in_use = (self.mode.as_ref(), self.schedule);
        let bundle = self
            .impostor
            .substitute(&asker, &genuine, in_use, &mut self.rng)
            .map_err(io::Error::other)?;
        Ok(bundle.encode())
    }

    fn send(
        &mut self,
        now: Duration,
        from: &Address,
        to: &Address,
        envelope: Vec<u8>,
    ) -> Result<(), TransportError> {
        if let Some([one, other]) = &self.victims
            && ![[one, other], [other, one]].contains(&[&from.name, &to.name])
        {
            return self.honest.send(now, from, to, envelope);
        }
        let (exposure, again) = self
            .impostor
            .pass(&envelope, self.mode.as_ref(), &mut self.rng)
            .map_err(io::Error::other)?;
        self.exposures.push(exposure);
        self.honest.send(now, from, to, again)
    }

    fn receive(&mut self, owner: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        self.honest.receive(owner)
    }
}
