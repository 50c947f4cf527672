//! A conversation that is not over: each message is carried in both modes at once, and
//! two tapes grow. What Eve makes of them can be asked at any time.
//!
//! Messages that are said in turns, Alice first, give the very bytes of [`super::leak`].

use rand::rngs::ChaCha20Rng;

use super::{
    conversation::Line,
    evaluation::Evaluation,
    seed,
    talk::{ExperimentError, HOSTS, START, Talk},
};
use crate::attack::{EscrowLeak, Wiretap};
use crate::escrow::EscrowPrivateKey;
use crate::mode::{EndToEnd, Escrow};
use crate::protocol::{Envelope, Mode, ModeId, ScheduleId};
use crate::tape::{Packet, Reader};
use crate::transport::{Memory, Tap, TransportError};

/// One conversation, carried in both modes.
pub struct Live {
    seed: u64,
    key: EscrowPrivateKey,
    lines: Vec<Line>,
    sides: [Side; 2],
}

/// One of the two modes.
pub struct Side {
    mode: Box<dyn Mode + Send>,
    talk: Talk<Tap<Memory, Vec<u8>>>,
    rng: ChaCha20Rng,
    packets: Vec<Packet>,
}

/// What Eve makes of one tape.
#[derive(Debug, Clone)]
pub struct Eve {
    /// Which tape.
    pub mode: ModeId,
    /// Message by message.
    pub evaluation: Evaluation,
    /// Session keys that she opened.
    pub session_keys: usize,
}

impl Live {
    /// Two people with a device each, in two modes; nothing has been said.
    ///
    /// # Errors
    /// [`ExperimentError`] if anything refuses, which would be a defect.
    pub fn begin(seed: u64) -> Result<Self, ExperimentError> {
        let key = EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"));
        let escrow = Box::new(Escrow(vec![*key.public()]));
        Ok(Self {
            seed,
            key,
            lines: Vec::new(),
            sides: [
                Side::begin(escrow, seed)?,
                Side::begin(Box::new(EndToEnd), seed)?,
            ],
        })
    }

    /// Carries one message in both modes. Whoever says the first begins the session.
    ///
    /// # Errors
    /// [`ExperimentError`] if anything refuses, which would be a defect.
    pub fn say(&mut self, line: Line) -> Result<(), ExperimentError> {
        let first = self.lines.is_empty();
        for side in &mut self.sides {
            side.carry(&line, first)?;
        }
        self.lines.push(line);
        Ok(())
    }

    /// The number that reproduces every byte.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// What was said so far.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The escrow mode, then the end-to-end mode.
    pub const fn sides(&self) -> &[Side; 2] {
        &self.sides
    }

    /// The authority's private key.
    pub const fn key(&self) -> &EscrowPrivateKey {
        &self.key
    }

    /// What Eve has of the tapes alone.
    ///
    /// # Errors
    /// As [`Evaluation::of`].
    pub fn overhear(&mut self) -> Result<[Eve; 2], ExperimentError> {
        let Self { lines, sides, .. } = self;
        let [escrow, e2e] = sides;
        let eve = |side: &mut Side| {
            let mode = side.mode.id();
            let evaluation = side.play(lines, &mut Wiretap)?;
            let session_keys = 0;
            Ok::<_, ExperimentError>(Eve {
                mode,
                evaluation,
                session_keys,
            })
        };
        Ok([eve(escrow)?, eve(e2e)?])
    }

    /// What she has of them with the authority's private key.
    ///
    /// # Errors
    /// As [`Evaluation::of`].
    pub fn read_back(&mut self) -> Result<[Eve; 2], ExperimentError> {
        let Self {
            lines, sides, key, ..
        } = self;
        let [escrow, e2e] = sides;
        let eve = |side: &mut Side| {
            let mode = side.mode.id();
            let mut leak = EscrowLeak::new(key.clone());
            let evaluation = side.play(lines, &mut leak)?;
            let session_keys = leak.summary().session_keys;
            Ok::<_, ExperimentError>(Eve {
                mode,
                evaluation,
                session_keys,
            })
        };
        Ok([eve(escrow)?, eve(e2e)?])
    }
}

impl Side {
    fn begin(mode: Box<dyn Mode + Send>, seed: u64) -> Result<Self, ExperimentError> {
        let mut rng = seed::generator(seed, mode.id().as_str());
        let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
        let talk = Talk::meet(HOSTS, START, wire, &mut rng)?;
        Ok(Self {
            mode,
            talk,
            rng,
            packets: Vec::new(),
        })
    }

    /// The mode.
    pub fn mode(&self) -> ModeId {
        self.mode.id()
    }

    /// The envelopes on the tape, in their order.
    pub fn packets(&self) -> &[Packet] {
        &self.packets
    }

    fn carry(&mut self, line: &Line, first: bool) -> Result<(), ExperimentError> {
        let mode: &dyn Mode = &*self.mode;
        let (talk, rng) = (&mut self.talk, &mut self.rng);
        if first {
            talk.begin_again(line.sender, mode.id(), ScheduleId::Ratchet, rng)?;
        }
        talk.type_in(&line.text);
        talk.send(line.sender, line.text.as_bytes(), mode, rng)?;
        talk.deliver(line, mode)?;
        let last = self.on_tape()?.pop();
        self.packets.extend(last);
        Ok(())
    }

    /// Every envelope, as the tape has it.
    fn on_tape(&mut self) -> Result<Vec<Packet>, ExperimentError> {
        let mut packets = Vec::new();
        for packet in Reader::new(self.talk.wire.out().as_slice())? {
            let packet = packet?;
            if Envelope::decode(&packet.payload).is_ok() {
                packets.push(packet);
            }
        }
        Ok(packets)
    }

    fn play(
        &mut self,
        lines: &[Line],
        attack: &mut dyn crate::attack::Attacker,
    ) -> Result<Evaluation, ExperimentError> {
        let sent = lines.iter().map(|line| line.text.as_str());
        Evaluation::of(self.talk.wire.out(), sent, attack, &|| {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Conversation, leak};

    #[test]
    fn what_is_said_live_is_the_headlines_recording_byte_for_byte() {
        let conversation = Conversation::default();
        let mut live = Live::begin(7).expect("two people");
        for line in conversation.lines() {
            live.say(line.clone()).expect("carried");
        }
        let headline = leak::run(conversation, ScheduleId::Ratchet, 7, &|| {});
        let headline = headline.expect("an outcome");
        let [escrow, e2e] = &mut live.sides;
        assert_eq!(*escrow.talk.wire.out(), headline.escrow.recording.tape);
        assert_eq!(*e2e.talk.wire.out(), headline.e2e.recording.tape);
        let [escrow, e2e] = live.read_back().expect("a evaluation");
        assert_eq!((escrow.evaluation.read, e2e.evaluation.read), (8, 0));
    }
}
