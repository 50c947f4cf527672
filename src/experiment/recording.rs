//! A conversation, really carried: two devices, a transport, a tap.

use rand::CryptoRng;

use super::{
    ExperimentError,
    conversation::{Conversation, PARTICIPANTS},
    network::{Network, START},
};
use crate::protocol::{Mode, ScheduleId, envelope::Kind};
use crate::tape::Reader;
use crate::transport::Memory;

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
        let mut network = Network::tapped(Memory::default(), schedule, START, rng)?;
        network.join_together(&PARTICIPANTS)?;
        network.begin(conversation.first(), conversation.second(), mode.id())?;
        for line in conversation.lines() {
            network.type_in(&line.text);
            network.carry(line, mode)?;
            sent();
        }
        let tape = network.finish()?;
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
