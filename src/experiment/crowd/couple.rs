//! One session of a crowd, and the two whose it is.

use std::{
    io::{self, Write},
    mem,
    net::Ipv4Addr,
    time::Duration,
};

use rand::{Rng, rngs::ChaCha20Rng};

use super::{Crowd, words};
use crate::experiment::{
    seed,
    talk::{ExperimentError, Talk},
};
use crate::protocol::Mode;
use crate::transport::{Memory, Tap, TransportError};

/// Two people who take turns, each as many messages long as a session key lasts.
pub(super) struct Couple {
    crowd: Crowd,
    /// Its number in the crowd, from 0.
    number: u64,
    begins: Duration,
    conversation: Option<Conversation>,
    /// Messages said, of those reported, and in all.
    said: u64,
    reported: u64,
    to_say: u64,
}

/// A couple that has begun.
struct Conversation {
    talk: Talk<Tap<Memory, Sheets>>,
    names: [String; 2],
    keys: ChaCha20Rng,
    words: ChaCha20Rng,
}

/// One block of a recording, and its time.
#[derive(Clone)]
pub(super) struct Sheet {
    pub(super) time: Duration,
    pub(super) block: Vec<u8>,
}

/// Where a couple's tap writes: each block by itself, so that other couples' blocks
/// can be laid between. A tape writes each block at once.
#[derive(Default)]
struct Sheets(Vec<Vec<u8>>);

impl Write for Sheets {
    fn write(&mut self, block: &[u8]) -> io::Result<usize> {
        self.0.push(block.to_vec());
        Ok(block.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Couple {
    pub(super) const fn new(crowd: Crowd, number: u64, begins: Duration) -> Self {
        let per_session = crowd.per_key.saturating_mul(crowd.turns());
        let before = per_session.saturating_mul(number);
        let left = crowd.messages.saturating_sub(before);
        Self {
            crowd,
            number,
            begins,
            conversation: None,
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
        self.said.saturating_sub(before)
    }

    /// Says what it says until then: the blocks that the tap wrote meanwhile.
    pub(super) fn talk_until(
        &mut self,
        then: Duration,
        mode: &dyn Mode,
    ) -> Result<Vec<Sheet>, ExperimentError> {
        let mut sheets = Vec::new();
        let mut conversation = match self.conversation.take() {
            Some(conversation) => conversation,
            None => self.begin(mode, &mut sheets)?,
        };
        while !self.has_finished() && conversation.talk.clock < then {
            let turn = self.said / self.crowd.per_key;
            conversation.say(turn.is_multiple_of(2), self.crowd.size, mode)?;
            conversation.hand_over(&mut sheets);
            self.said = self.said.saturating_add(1);
        }
        self.conversation = Some(conversation);
        Ok(sheets)
    }

    fn begin(
        &self,
        mode: &dyn Mode,
        sheets: &mut Vec<Sheet>,
    ) -> Result<Conversation, ExperimentError> {
        let Self { crowd, number, .. } = self;
        let purpose = format!("crowd {} {number}", mode.id().as_str());
        let mut keys = seed::generator(crowd.seed, &purpose);
        let names = ["a", "b"].map(|side| format!("{side}-{number}"));
        let [first, second] = &names;
        let pair = [
            (first.as_str(), host(*number, 0)),
            (second, host(*number, 1)),
        ];
        let mut tap =
            Tap::new(Memory::default(), Sheets::default()).map_err(TransportError::from)?;
        // The file's own beginning: the crowd's tape has one already.
        mem::take(tap.out());
        let talk = Talk::between(pair, self.begins, tap, mode.id(), crowd.schedule, &mut keys)?;
        let mut conversation = Conversation {
            talk,
            names,
            keys,
            words: seed::generator(crowd.seed, &format!("{purpose} words")),
        };
        conversation.hand_over(sheets);
        Ok(conversation)
    }
}

impl Conversation {
    /// One message, sent and received.
    fn say(&mut self, first: bool, size: usize, mode: &dyn Mode) -> Result<(), ExperimentError> {
        let text = words::text(size, &mut self.words);
        let [a, b] = &self.names;
        let sender = if first { a } else { b };
        self.talk.send(sender, &text, mode, &mut self.keys)?;
        if self.talk.receive(sender, mode)?? == text {
            Ok(())
        } else {
            Err(ExperimentError::Undelivered)
        }
    }

    /// Takes the blocks that the tap has written at this moment; then up to a second
    /// passes.
    fn hand_over(&mut self, sheets: &mut Vec<Sheet>) {
        let time = self.talk.clock;
        let Sheets(blocks) = mem::take(self.talk.wire.out());
        sheets.extend(blocks.into_iter().map(|block| Sheet { time, block }));
        let pause = u64::from(self.words.next_u32() % 1_000_000);
        self.talk.clock = time.saturating_add(Duration::from_micros(pause));
    }
}

/// One of the 131,072 addresses that RFC 2544 reserves for such exercises.
fn host(couple: u64, side: u32) -> Ipv4Addr {
    let first = u32::from(Ipv4Addr::new(198, 18, 0, 0));
    let pair = u32::try_from(couple % (1 << 16)).unwrap_or_default();
    Ipv4Addr::from(first | (pair << 1) | side)
}
