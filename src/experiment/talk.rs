//! Two people on a tapped transport, one message at a time: what every experiment
//! does between its first contact and its end.

use std::{net::Ipv4Addr, time::Duration};

use rand::CryptoRng;

use super::conversation::{Line, PARTICIPANTS};
use crate::crypto::passphrase::PassphraseError;
use crate::escrow::SplitError;
use crate::protocol::{
    Device, KeyBundle, Mode, ModeId, Name, OpenError, SafetyNumber, ScheduleId, SealError,
    device::{BeginError, ImportError},
    name::NotAName,
};
use crate::tape::TapeError;
use crate::transport::{Address, Transport, TransportError};

/// When every experiment begins: 2026-01-05 09:00 UTC. Its clock is simulated.
pub const START: Duration = Duration::from_secs(1_767_603_600);

/// How many one-time prekeys a device of an experiment publishes.
pub(super) const ONE_TIME_PREKEYS: usize = 4;

/// Alice's and Bob's hosts: addresses that RFC 5737 reserves for documentation.
pub(super) const HOSTS: [(&str, Ipv4Addr); 2] = {
    let [alice, bob] = PARTICIPANTS;
    [
        (alice, Ipv4Addr::new(192, 0, 2, 1)),
        (bob, Ipv4Addr::new(192, 0, 2, 2)),
    ]
};

/// A conversation being carried.
#[derive(Debug)]
pub(super) struct Talk<T> {
    pub(super) wire: T,
    pub(super) alice: Participant,
    pub(super) bob: Participant,
    pub(super) clock: Duration,
}

/// A person with a device, somewhere on the network.
#[derive(Debug)]
pub(super) struct Participant {
    pub(super) device: Device,
    pub(super) address: Address,
}

impl<T: Transport> Talk<T> {
    /// Both publish their key bundles, and whoever is to write first begins a session
    /// with the other.
    pub(super) fn begin(
        first: &str,
        wire: T,
        mode: ModeId,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExperimentError> {
        let mut talk = Self::meet(HOSTS, START, wire, rng)?;
        talk.begin_again(first, mode, schedule, rng)?;
        Ok(talk)
    }

    /// The same for any two people, at any time; the first of the two writes first.
    pub(super) fn between(
        pair: [(&str, Ipv4Addr); 2],
        clock: Duration,
        wire: T,
        mode: ModeId,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExperimentError> {
        let mut talk = Self::meet(pair, clock, wire, rng)?;
        let [(first, _), _] = pair;
        talk.begin_again(first, mode, schedule, rng)?;
        Ok(talk)
    }

    /// Both publish their key bundles; there is no session yet.
    pub(super) fn meet(
        [(alice, alices_host), (bob, bobs_host)]: [(&str, Ipv4Addr); 2],
        clock: Duration,
        mut wire: T,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExperimentError> {
        let mut alice = Participant::new(alice, alices_host, rng)?;
        let mut bob = Participant::new(bob, bobs_host, rng)?;
        for participant in [&mut alice, &mut bob] {
            participant.publish(&mut wire, clock, rng)?;
        }
        Ok(Self {
            wire,
            alice,
            bob,
            clock,
        })
    }

    /// `sender` begins another session.
    pub(super) fn begin_again(
        &mut self,
        sender: &str,
        mode: ModeId,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ExperimentError> {
        let clock = self.clock;
        let (from, to, wire) = self.ends(sender);
        let bundle = wire.fetch(clock, &from.address, &to.address)?;
        let bundle = KeyBundle::decode(&bundle).map_err(BeginError::from)?;
        from.device.begin(&bundle, mode, schedule, rng)?;
        Ok(())
    }

    /// The sender of a message, its recipient, and the wire between them.
    pub(super) fn ends(&mut self, sender: &str) -> (&mut Participant, &mut Participant, &mut T) {
        if sender == self.alice.address.name {
            (&mut self.alice, &mut self.bob, &mut self.wire)
        } else {
            (&mut self.bob, &mut self.alice, &mut self.wire)
        }
    }

    /// Lets as much time pass as it takes to think of a text and type it: two
    /// seconds, five characters a second, a minute at the most.
    pub(super) fn type_in(&mut self, text: &str) {
        let millis = u64::try_from(text.chars().count())
            .unwrap_or(u64::MAX)
            .saturating_mul(200);
        let time = Duration::from_millis(millis.saturating_add(2000).min(60_000));
        self.clock = self.clock.saturating_add(time);
    }

    /// Seals a text and sends it: the envelope's bytes.
    pub(super) fn send(
        &mut self,
        sender: &str,
        text: &[u8],
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, ExperimentError> {
        let clock = self.clock;
        let (from, to, wire) = self.ends(sender);
        let name = to.device.name().clone();
        let envelope = from.device.seal(&name, text, mode, rng)?;
        wire.send(clock, &from.address, &to.address, envelope.clone())?;
        Ok(envelope)
    }

    /// Opens the oldest envelope in the recipient's mailbox, as its device does.
    pub(super) fn receive(
        &mut self,
        sender: &str,
        mode: &dyn Mode,
    ) -> Result<Result<Vec<u8>, OpenError>, ExperimentError> {
        let (_, to, wire) = self.ends(sender);
        let envelope = wire
            .receive(&to.address)?
            .ok_or(ExperimentError::Undelivered)?;
        let opened = to.device.open(&envelope, mode);
        Ok(opened.map(|message| message.text.to_vec()))
    }

    /// The same for a message that must arrive intact.
    pub(super) fn deliver(&mut self, line: &Line, mode: &dyn Mode) -> Result<(), ExperimentError> {
        if self.receive(line.sender, mode)?? == line.text.as_bytes() {
            Ok(())
        } else {
            Err(ExperimentError::Undelivered)
        }
    }

    /// The safety numbers that each of the two sees for the other's devices.
    pub(super) fn safety_numbers(&self) -> [Vec<SafetyNumber>; 2] {
        [&self.alice, &self.bob].map(|it| it.device.safety_numbers())
    }
}

impl Participant {
    pub(super) fn new(
        name: &str,
        host: Ipv4Addr,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, ExperimentError> {
        Ok(Self {
            device: Device::new(Name::new(name)?, rng),
            address: Address {
                name: name.to_owned(),
                host: host.into(),
            },
        })
    }

    /// Leaves key bundles in the directory.
    pub(super) fn publish(
        &mut self,
        wire: &mut impl Transport,
        clock: Duration,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), ExperimentError> {
        let bundles = self.device.publish(ONE_TIME_PREKEYS, rng);
        let bundles = bundles.iter().map(KeyBundle::encode).collect();
        Ok(wire.publish(clock, &self.address, bundles)?)
    }
}

/// Something in the experiment refused. With the parts of this crate that is a
/// defect: it is reported rather than passed over.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ExperimentError {
    #[error(transparent)]
    Name(#[from] NotAName),
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Begin(#[from] BeginError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Tape(#[from] TapeError),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error("a device could not be written down: {0}")]
    Written(#[from] serde_json::Error),
    #[error("this passphrase does not open the backup")]
    WrongPassphrase,
    #[error("there is nothing of the kind to steal")]
    NoLoot,
    #[error("a message did not arrive as it was sent")]
    Undelivered,
    #[error("an attack read something else than what was sent")]
    Misread,
    #[error("a thread of the experiment did not finish")]
    Thread,
}
