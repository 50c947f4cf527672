//! A conversation, really carried: two devices, a transport, a tap.

use rand::CryptoRng;

use super::{
    conversation::Conversation,
    talk::{ExperimentError, Talk},
};
use crate::protocol::{Mode, ScheduleId, envelope::Kind};
use crate::tape::Reader;
use crate::transport::{Memory, Tap, TransportError};

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
        let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
        let mut talk = Talk::begin(conversation.first(), wire, mode.id(), schedule, rng)?;
        for line in conversation.lines() {
            talk.type_in(&line.text);
            talk.send(line.sender, line.text.as_bytes(), mode, rng)?;
            talk.deliver(line, mode)?;
            sent();
        }
        let tape = talk.wire.finish().map_err(TransportError::from)?;
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
