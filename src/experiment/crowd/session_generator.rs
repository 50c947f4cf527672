//! One session of a crowd, and the two whose it is.

use std::{
    io::{self, Write},
    mem,
    net::Ipv4Addr,
    time::Duration,
};

use rand::{Rng, rngs::ChaCha20Rng};

use super::{shape::Crowd, words};
use crate::experiment::{ExperimentError, network::Network, seed};
use crate::protocol::Mode;
use crate::transport::{Memory, Tap, TransportError};

/// Two people who take turns, each as many messages long as a session key lasts.
pub(super) struct SessionGenerator {
    crowd: Crowd,
    /// Its number in the crowd, from 0.
    number: u64,
    begins: Duration,
    session: Option<BegunSession>,
    /// Messages said, of those reported, and in all.
    said: u64,
    reported: u64,
    to_say: u64,
}

/// A session that has begun.
struct BegunSession {
    network: Network<Tap<Memory, Blocks>>,
    names: [String; 2],
    words: ChaCha20Rng,
}

/// One block of a recording, and its time.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) time: Duration,
    pub(super) bytes: Vec<u8>,
}

/// Where a session's tap writes: each block by itself, so that other sessions' blocks
/// can be laid between. A tape writes each block at once.
#[derive(Default)]
struct Blocks(Vec<Vec<u8>>);

impl Write for Blocks {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.push(block.to_vec());
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SessionGenerator {
    pub(super) const fn new(crowd: Crowd, number: u64, begins: Duration) -> Self {
        let per_session = crowd.per_key.saturating_mul(crowd.turns());
        let before = per_session.saturating_mul(number);
        let left = crowd.messages.saturating_sub(before);
        Self {
            crowd,
            number,
            begins,
            session: None,
            said: 0,
            reported: 0,
            to_say: if left < per_session {
                left
            } else {
                per_session
            },
        }
    }

    pub(super) const fn has_finished(&self) -> bool {
        self.said >= self.to_say
    }

    /// Messages said since this was last asked.
    pub(super) const fn newly_said(&mut self) -> u64 {
        let before = mem::replace(&mut self.reported, self.said);
        self.said - before
    }

    /// Says what it says until then: the blocks that the tap wrote meanwhile.
    pub(super) fn carry_until(
        &mut self,
        then: Duration,
        mode: &dyn Mode,
    ) -> Result<Vec<Block>, ExperimentError> {
        let mut blocks = Vec::new();
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.begin(mode, &mut blocks)?,
        };
        while !self.has_finished() && session.network.clock < then {
            let turn = self.said / self.crowd.per_key;
            session.say(turn.is_multiple_of(2), self.crowd.size, mode)?;
            session.hand_over(&mut blocks);
            self.said += 1;
        }
        self.session = Some(session);
        Ok(blocks)
    }

    fn begin(
        &self,
        mode: &dyn Mode,
        blocks: &mut Vec<Block>,
    ) -> Result<BegunSession, ExperimentError> {
        let Self { crowd, number, .. } = self;
        let purpose = format!("crowd {} {number}", mode.id().as_str());
        let keys = seed::generator(crowd.seed, &purpose);
        let names = ["a", "b"].map(|side| format!("{side}-{number}"));
        let [first, second] = &names;
        let pair = [
            (first.as_str(), host(*number, 0)),
            (second, host(*number, 1)),
        ];
        let mut tap =
            Tap::new(Memory::default(), Blocks::default()).map_err(TransportError::from)?;
        // The file's own beginning: the crowd's tape has one already.
        mem::take(tap.out());
        let mut network = Network::over(tap, crowd.schedule, self.begins, keys);
        network.join_from(&pair)?;
        network.begin(first, second, mode.id())?;
        let words = seed::generator(crowd.seed, &format!("{purpose} words"));
        let mut session = BegunSession {
            network,
            names,
            words,
        };
        session.hand_over(blocks);
        Ok(session)
    }
}

impl BegunSession {
    /// One message, sent and received.
    fn say(&mut self, first: bool, size: usize, mode: &dyn Mode) -> Result<(), ExperimentError> {
        let text = words::text(size, &mut self.words);
        let [a, b] = &self.names;
        let (from, to) = if first { (a, b) } else { (b, a) };
        self.network.send(from, to, &text, mode)?;
        self.network.deliver(to, &text, mode)
    }

    /// Takes the blocks that the tap has written at this moment; then up to a second
    /// passes.
    fn hand_over(&mut self, blocks: &mut Vec<Block>) {
        let time = self.network.clock;
        let Blocks(written) = mem::take(self.network.wire.out());
        blocks.extend(written.into_iter().map(|bytes| Block { time, bytes }));
        let pause = u64::from(self.words.next_u32() % 1_000_000);
        self.network.clock = time.saturating_add(Duration::from_micros(pause));
    }
}

/// One of the 131,072 addresses that RFC 2544 reserves for such exercises.
fn host(session: u64, side: u32) -> Ipv4Addr {
    let first = u32::from(Ipv4Addr::new(198, 18, 0, 0));
    let pair = u32::try_from(session % (1 << 16)).unwrap_or_default();
    Ipv4Addr::from(first | (pair << 1) | side)
}
