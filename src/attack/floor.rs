//! The floor: how long the bare cryptography of an attack takes on this machine.
//!
//! Nobody who reads these texts can do less than this for each session key and each
//! message:
//!
//! ```text
//! for each session key:  session_key = OpenBase(escrow key, access field)
//!                          (one X25519, one HPKE key schedule, one opening of 48 bytes)
//!                        chain_0 = Expand(session_key, "doormat v1 chain", 32)
//! for each message:      message_key = HMAC(chain, 0x01); chain = HMAC(chain, 0x02)
//!                          (static: one Expand instead)
//!                        Open(message_key, header, ciphertext)
//! ```
//!
//! The counts are those of the attack that has just run, the sizes their mean, and the
//! primitives the very functions that it called, on as many threads, dealt out evenly. A
//! chain cannot be walked by two threads at once, and here that is not counted: with
//! fewer chains than threads the floor is lower than any attack comes. Everything else is
//! left out: reading the tape, decoding, finding out what belongs together, writing,
//! and making the messages that are opened here. They are really sealed, each under a
//! key of its own, and each must open.

use std::time::Duration;

use rayon::prelude::*;

use super::{bulk::BatchResult, opener, unwrap};
use crate::crypto::{AgreementPublic, SessionKey, keys::TAG_BYTES};
use crate::escrow::EscrowPrivateKey;
use crate::protocol::{AccessContext, AccessField, Name, ScheduleId, SessionId};

/// What an attack took, in primitives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Floor {
    /// Session keys unwrapped.
    pub session_keys: u64,
    /// Messages opened with them.
    pub messages: u64,
    /// Bytes of a message's header, in the mean.
    pub header: usize,
    /// Bytes of a message's text, in the mean.
    pub text: usize,
    /// The schedule of most of them.
    pub schedule: ScheduleId,
}

/// Bytes of texts that are opened in one go, at most: what a cache holds.
const CHUNK: usize = 256 * 1024;

impl Floor {
    /// What these results took.
    pub fn of(result: &BatchResult) -> Self {
        let mean = |sum: u64| {
            let mean = sum.checked_div(result.opened.messages).unwrap_or_default();
            usize::try_from(mean).unwrap_or_default()
        };
        let mostly_static = result.opened.fixed > result.opened.messages / 2;
        Self {
            session_keys: result.session_keys,
            messages: result.opened.messages,
            header: mean(result.opened.header_bytes),
            text: mean(result.opened.text_bytes),
            schedule: if mostly_static {
                ScheduleId::Static
            } else {
                ScheduleId::Ratchet
            },
        }
    }

    /// How long that takes on `threads` threads, which must be those of the attack.
    /// Nothing if a message did not open, which would be a defect.
    pub fn measure(
        &self,
        loot: &EscrowPrivateKey,
        threads: usize,
        clock: &(dyn Fn() -> Duration + Sync),
    ) -> Option<Duration> {
        let threads = threads.max(1);
        let sealed = SealedChain::new(self, loot)?;
        let done: Option<Vec<Done>> = (0..threads)
            .into_par_iter()
            .with_max_len(1)
            .map(|thread| {
                let share = self.share(u64::try_from(thread).ok()?, u64::try_from(threads).ok()?);
                share.work(loot, &sealed, clock)
            })
            .collect();
        let done = done?.into_iter().fold(Done::default(), Done::and);
        let is_all = (done.session_keys, done.messages) == (self.session_keys, self.messages);
        is_all.then_some(done.time / u32::try_from(threads).ok()?)
    }

    /// Messages that are opened in one go, at most.
    fn chunk(&self) -> u64 {
        let messages = CHUNK / self.text.saturating_add(TAG_BYTES);
        u64::try_from(messages.max(1)).unwrap_or(1)
    }

    /// One thread's part.
    fn share(&self, thread: u64, threads: u64) -> Self {
        let part = |all: u64| all / threads + u64::from(thread < all % threads);
        Self {
            session_keys: part(self.session_keys),
            messages: part(self.messages),
            ..*self
        }
    }

    /// Chain after chain, each with its part of the messages, in chunks; where there are more
    /// threads than chains, some have messages of a chain only. The clock runs while a chunk
    /// does, not while it is made ready.
    fn work(
        mut self,
        loot: &EscrowPrivateKey,
        sealed: &SealedChain,
        clock: &dyn Fn() -> Duration,
    ) -> Option<Done> {
        let mut done = Done::default();
        let mut ready = Vec::new();
        while self.session_keys > 0 || self.messages > 0 {
            let mut left = self.messages / self.session_keys.max(1);
            let mut to_unwrap = self.session_keys.min(1);
            self.session_keys = self.session_keys.saturating_sub(1);
            self.messages = self.messages.saturating_sub(left);
            while to_unwrap > 0 || left > 0 {
                let chunk = left.min(self.chunk());
                left = left.saturating_sub(chunk);
                sealed.make_ready(chunk, &mut ready);
                let begun = clock();
                if to_unwrap > 0 {
                    unwrap::session_key(loot, &sealed.field, &sealed.context)?;
                }
                sealed.open(&mut ready)?;
                done = done.and(Done {
                    time: clock().saturating_sub(begun),
                    session_keys: to_unwrap,
                    messages: u64::try_from(ready.len()).ok()?,
                });
                to_unwrap = 0;
            }
        }
        Some(done)
    }
}

/// What was really done, and how long it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Done {
    time: Duration,
    session_keys: u64,
    messages: u64,
}

impl Done {
    const fn and(self, other: Self) -> Self {
        Self {
            time: self.time.saturating_add(other.time),
            session_keys: self.session_keys + other.session_keys,
            messages: self.messages + other.messages,
        }
    }
}

/// A chain like those of the attack: an access field, and the first messages of it.
struct SealedChain {
    schedule: ScheduleId,
    session_key: SessionKey,
    field: AccessField,
    context: AccessContext,
    header: Vec<u8>,
    messages: Vec<Vec<u8>>,
}

impl SealedChain {
    fn new(floor: &Floor, loot: &EscrowPrivateKey) -> Option<Self> {
        let session_key = SessionKey::from_bytes([7; 32]);
        let context = AccessContext {
            session: SessionId::from_bytes([1; 32]),
            sender: Name::new("a-1").ok()?,
            recipient: Name::new("b-1").ok()?,
            ratchet_public: AgreementPublic::from_bytes([2; 32]),
        };
        let header = vec![3; floor.header];
        let text = vec![b'a'; floor.text];
        let mut keys = floor.schedule.message_keys(&session_key);
        let chunk = u32::try_from(floor.messages.min(floor.chunk())).ok()?;
        let messages = (0..chunk).map(|number| {
            let (key, after) = keys.clone().next(number);
            keys = after;
            key.seal(&header, &text)
        });
        Some(Self {
            messages: messages.collect(),
            schedule: floor.schedule,
            field: AccessField::seal(&session_key, &context, loot.public()).ok()?,
            session_key,
            context,
            header,
        })
    }

    /// The first so many messages, to be opened where they stand.
    fn make_ready(&self, count: u64, ready: &mut Vec<Vec<u8>>) {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let messages = self.messages.get(..count).unwrap_or(&self.messages);
        ready.truncate(messages.len());
        for (ready, message) in ready.iter_mut().zip(messages) {
            ready.clone_from(message);
        }
        let more = messages.get(ready.len()..).unwrap_or_default();
        ready.extend_from_slice(more);
    }

    fn open(&self, messages: &mut [Vec<u8>]) -> Option<()> {
        let mut keys = self.schedule.message_keys(&self.session_key);
        for (number, message) in (0..).zip(messages) {
            let (key, after) = keys.next(number);
            keys = after;
            opener::open_in_place(key.as_bytes(), [0; 12], &self.header, message)?;
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_done_on_any_number_of_threads() {
        let loot = EscrowPrivateKey::from_bytes([5; 32]);
        for (session_keys, messages) in [(1, 2), (3, 8), (0, 5), (2, 0), (7, 7), (1, 3000)] {
            let floor = Floor {
                session_keys,
                messages,
                header: 20,
                text: 256,
                schedule: ScheduleId::Ratchet,
            };
            let sealed = SealedChain::new(&floor, &loot).expect("sealed");
            for threads in 1..5 {
                let shares = (0..threads).map(|thread| floor.share(thread, threads));
                let done = shares
                    .map(|share| share.work(&loot, &sealed, &|| Duration::ZERO))
                    .map(|done| done.expect("it opens"))
                    .fold(Done::default(), Done::and);
                assert_eq!((done.session_keys, done.messages), (session_keys, messages));
            }
        }
    }
}
