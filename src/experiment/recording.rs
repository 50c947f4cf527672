//! A conversation, really carried: two devices, a transport, a tap.

use std::time::Duration;

use rand::CryptoRng;

use super::conversation::{Conversation, Line, PARTICIPANTS};
use crate::protocol::{
    Device, KeyBundle, Mode, Name, OpenError, ScheduleId, SealError, device::BeginError,
    envelope::Kind, name::NotAName,
};
use crate::tape::Reader;
use crate::transport::{Address, Memory, Tap, Transport, TransportError};

/// When every experiment begins: 2026-01-05 09:00 UTC. Its clock is simulated.
pub const START: Duration = Duration::from_secs(1_767_603_600);

/// How many one-time prekeys a device of an experiment publishes.
const ONE_TIME_PREKEYS: usize = 4;

/// What a tap wrote down while a conversation was carried.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The tape: a pcapng file.
    pub tape: Vec<u8>,
}

impl Recording {
    /// Carries a conversation over a tapped transport. Each message is sealed by
    /// its sender's device and opened by its recipient's, and must arrive intact.
    /// `sent` is called after each.
    ///
    /// # Errors
    /// [`ExperimentError`] if anything refuses, which would be a defect.
    pub fn make(
        conversation: &Conversation,
        mode: &dyn Mode,
        schedule: ScheduleId,
        rng: &mut dyn CryptoRng,
        sent: &dyn Fn(),
    ) -> Result<Self, ExperimentError> {
        let mut wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
        let mut clock = START;
        let [alice, bob] = PARTICIPANTS;
        let mut alice = Participant::new(alice, 1, rng)?;
        let mut bob = Participant::new(bob, 2, rng)?;

        for participant in [&mut alice, &mut bob] {
            let bundles = participant.device.publish(ONE_TIME_PREKEYS, rng);
            let bundles = bundles.iter().map(KeyBundle::encode).collect();
            wire.publish(clock, &participant.address, bundles)?;
        }
        let bundle = wire.fetch(clock, &alice.address, &bob.address)?;
        let bundle = KeyBundle::decode(&bundle).map_err(BeginError::from)?;
        alice.device.begin(&bundle, mode.id(), schedule, rng)?;

        for line in conversation.lines() {
            clock = clock.saturating_add(time_to_type(&line.text));
            let (sender, recipient) = if line.sender == alice.address.name {
                (&mut alice, &mut bob)
            } else {
                (&mut bob, &mut alice)
            };
            carry(line, clock, sender, recipient, &mut wire, mode, rng)?;
            sent();
        }
        let tape = wire.finish().map_err(TransportError::from)?;
        Ok(Self { tape })
    }

    /// The bytes of the first envelope on the tape.
    ///
    /// # Errors
    /// [`ExperimentError::Tape`] if the tape does not read back.
    pub fn first_envelope(&self) -> Result<Option<Vec<u8>>, ExperimentError> {
        for packet in Reader::new(self.tape.as_slice())? {
            let payload = packet?.payload;
            if Kind::of(&payload) == Some(Kind::Envelope) {
                return Ok(Some(payload));
            }
        }
        Ok(None)
    }
}

struct Participant {
    device: Device,
    address: Address,
}

impl Participant {
    fn new(name: &str, host: u8, rng: &mut dyn CryptoRng) -> Result<Self, ExperimentError> {
        Ok(Self {
            device: Device::new(Name::new(name)?, rng),
            address: Address {
                name: name.to_owned(),
                host: std::net::Ipv4Addr::new(192, 0, 2, host).into(),
            },
        })
    }
}

fn carry(
    line: &Line,
    clock: Duration,
    sender: &mut Participant,
    recipient: &mut Participant,
    wire: &mut impl Transport,
    mode: &dyn Mode,
    rng: &mut dyn CryptoRng,
) -> Result<(), ExperimentError> {
    let to = recipient.device.name().clone();
    let envelope = sender.device.seal(&to, line.text.as_bytes(), mode, rng)?;
    wire.send(clock, &sender.address, &recipient.address, envelope)?;
    let envelope = wire
        .receive(&recipient.address)?
        .ok_or(ExperimentError::Undelivered)?;
    let message = recipient.device.open(&envelope, mode)?;
    if message.text.as_slice() == line.text.as_bytes() {
        Ok(())
    } else {
        Err(ExperimentError::Undelivered)
    }
}

/// Two seconds to think, five characters a second to type, a minute at the most.
fn time_to_type(text: &str) -> Duration {
    let millis = u64::try_from(text.chars().count())
        .unwrap_or(u64::MAX)
        .saturating_mul(200);
    Duration::from_millis(millis.saturating_add(2000).min(60_000))
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
    Tape(#[from] crate::tape::TapeError),
    #[error("a message did not arrive as it was sent")]
    Undelivered,
    #[error("an attack read something else than what was sent")]
    Misread,
    #[error("a thread of the experiment did not finish")]
    Thread,
}
