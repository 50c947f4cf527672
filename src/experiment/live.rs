//! A conversation that is not over: each message is carried in both modes at once, and
//! two tapes grow. What Eve makes of them can be asked at any time.
//!
//! Messages that are said in turns, Alice first, give the very bytes of [`super::leak`].

use super::{
    ExperimentError,
    conversation::{Line, PARTICIPANTS},
    evaluation::Evaluation,
    network::{Network, START},
    seed,
};
use crate::attack::{Attacker, EscrowLeak, Wiretap};
use crate::escrow::EscrowPrivateKey;
use crate::mode::{EndToEnd, Escrow};
use crate::protocol::{Envelope, Mode, ModeId, ScheduleId};
use crate::tape::{Packet, Reader};

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
    network: Network,
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
        each(sides, |side| side.play(lines, &mut Wiretap, |_| 0))
    }

    /// What she has of them with the authority's private key.
    ///
    /// # Errors
    /// As [`Evaluation::of`].
    pub fn read_back(&mut self) -> Result<[Eve; 2], ExperimentError> {
        let Self {
            lines, sides, key, ..
        } = self;
        each(sides, |side| {
            let mut leak = EscrowLeak::new(key.clone());
            side.play(lines, &mut leak, |leak| leak.summary().session_keys)
        })
    }
}

fn each<T>(
    [escrow, e2e]: &mut [Side; 2],
    of: impl Fn(&mut Side) -> Result<T, ExperimentError>,
) -> Result<[T; 2], ExperimentError> {
    Ok([of(escrow)?, of(e2e)?])
}

impl Side {
    fn begin(mode: Box<dyn Mode + Send>, seed: u64) -> Result<Self, ExperimentError> {
        let rng = seed::generator(seed, mode.id().as_str());
        let mut network = Network::new(ScheduleId::Ratchet, START, rng)?;
        network.join_together(&PARTICIPANTS)?;
        Ok(Self {
            mode,
            network,
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
        let (network, mode) = (&mut self.network, self.mode.as_ref());
        if first {
            network.begin(line.sender, line.recipient(), mode.id())?;
        }
        network.type_in(&line.text);
        network.carry(line, mode)?;
        let last = self.on_tape()?.pop();
        self.packets.extend(last);
        Ok(())
    }

    /// Every envelope, as the tape has it.
    fn on_tape(&mut self) -> Result<Vec<Packet>, ExperimentError> {
        let mut packets = Vec::new();
        for packet in Reader::new(self.network.wire.out().as_slice())? {
            let packet = packet?;
            if Envelope::decode(&packet.payload).is_ok() {
                packets.push(packet);
            }
        }
        Ok(packets)
    }

    fn play<A: Attacker>(
        &mut self,
        lines: &[Line],
        attacker: &mut A,
        session_keys: impl Fn(&A) -> usize,
    ) -> Result<Eve, ExperimentError> {
        let sent = lines.iter().map(|line| line.text.as_str());
        let tape = self.network.wire.out();
        let evaluation = Evaluation::of(tape, sent, attacker, &|| {})?;
        Ok(Eve {
            mode: self.mode.id(),
            evaluation,
            session_keys: session_keys(attacker),
        })
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
        assert_eq!(*escrow.network.wire.out(), headline.escrow.recording.tape);
        assert_eq!(*e2e.network.wire.out(), headline.e2e.recording.tape);
        let [escrow, e2e] = live.read_back().expect("a evaluation");
        assert_eq!((escrow.evaluation.read, e2e.evaluation.read), (8, 0));
    }
}
