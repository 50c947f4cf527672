//! A run: the messages that one side sends under one session key.
//!
//! The network may lose messages, repeat them and bring them in any order. So a
//! receiver keeps the keys of the messages it skipped, each until its message
//! comes, and never more than a bound: a peer must not fill its memory, nor keep
//! it busy deriving.

use std::collections::BTreeMap;

use super::access::AccessField;
use crate::crypto::{AgreementPublic, ChainKey, MessageKey, SessionKey};

/// The most messages that one envelope may skip in its run.
pub const MAX_SKIP: u32 = 1000;

/// The most keys of skipped messages that one session keeps; the oldest go first.
pub const MAX_STORED: usize = 2000;

/// The most messages in one run; then its sender must wait for an answer.
pub const MAX_RUN: u32 = 1 << 20;

/// How message keys follow from a session key.
#[derive(Debug, Clone)]
pub enum MessageKeys {
    /// Ratchet: each step forgets the one before (spec §6.2).
    Chain(ChainKey),
    /// Static: any number, any time, from a session key that is kept (spec §6.3).
    Fixed(SessionKey),
}

impl MessageKeys {
    /// The key of message `number`, which must be the next one, and the keys after it.
    pub fn next(self, number: u32) -> (MessageKey, Self) {
        match self {
            Self::Chain(chain) => {
                let (key, chain) = chain.step();
                (key, Self::Chain(chain))
            }
            Self::Fixed(session_key) => (session_key.message_key(number), Self::Fixed(session_key)),
        }
    }
}

/// The run that this side is sending.
#[derive(Debug, Clone)]
pub(super) struct SendingRun {
    pub(super) public: AgreementPublic,
    pub(super) previous: u32,
    /// Disclosed once for the session key, repeated on every message of the run.
    pub(super) access: Vec<AccessField>,
    keys: MessageKeys,
    sent: u32,
}

impl SendingRun {
    pub(super) const fn new(
        public: AgreementPublic,
        previous: u32,
        access: Vec<AccessField>,
        keys: MessageKeys,
    ) -> Self {
        Self {
            public,
            previous,
            access,
            keys,
            sent: 0,
        }
    }

    pub(super) const fn sent(&self) -> u32 {
        self.sent
    }

    /// The next message's number and key.
    pub(super) fn next(&mut self) -> Result<(u32, MessageKey), RunError> {
        let number = self.sent;
        if number >= MAX_RUN {
            return Err(RunError::Exhausted);
        }
        let (key, keys) = self.keys.clone().next(number);
        self.keys = keys;
        self.sent = number.saturating_add(1);
        Ok((number, key))
    }
}

/// A run of the peer's.
#[derive(Debug, Clone)]
pub(super) struct ReceivingRun {
    pub(super) public: AgreementPublic,
    /// What was admitted with its first message; every other must carry the same.
    pub(super) access: Vec<AccessField>,
    keys: MessageKeys,
    next: u32,
    skipped: BTreeMap<u32, MessageKey>,
}

/// How a run will be once a message of it has authenticated.
pub(super) struct Reach {
    pub(super) key: MessageKey,
    step: Step,
}

enum Step {
    Late(u32),
    Forward {
        keys: MessageKeys,
        next: u32,
        skipped: Vec<(u32, MessageKey)>,
    },
}

impl ReceivingRun {
    pub(super) const fn new(
        public: AgreementPublic,
        access: Vec<AccessField>,
        keys: MessageKeys,
    ) -> Self {
        Self {
            public,
            access,
            keys,
            next: 0,
            skipped: BTreeMap::new(),
        }
    }

    /// The key of message `number`, without changing anything yet.
    pub(super) fn reach(&self, number: u32) -> Result<Reach, RunError> {
        if number < self.next {
            let key = self.skipped.get(&number).ok_or(RunError::Repeated)?;
            return Ok(Reach {
                key: key.clone(),
                step: Step::Late(number),
            });
        }
        let (mut keys, skipped) = self.skip_to(number)?;
        let key;
        (key, keys) = keys.next(number);
        Ok(Reach {
            key,
            step: Step::Forward {
                keys,
                next: number.saturating_add(1),
                skipped,
            },
        })
    }

    /// Makes what [`Self::reach`] found true.
    pub(super) fn commit(&mut self, reach: Reach) {
        match reach.step {
            Step::Late(number) => {
                self.skipped.remove(&number);
            }
            Step::Forward {
                keys,
                next,
                skipped,
            } => {
                self.keys = keys;
                self.next = next;
                self.skipped.extend(skipped);
            }
        }
    }

    /// The keys that the peer's run of `length` messages still owes, once it has
    /// begun another.
    pub(super) fn close(&self, length: u32) -> Result<Vec<(u32, MessageKey)>, RunError> {
        if length <= self.next {
            return Ok(Vec::new());
        }
        self.skip_to(length).map(|(_, skipped)| skipped)
    }

    /// Keeps keys that [`Self::close`] found; the run can then only be late.
    pub(super) fn keep(&mut self, skipped: Vec<(u32, MessageKey)>) {
        if let Some((last, _)) = skipped.last() {
            self.next = last.saturating_add(1);
        }
        self.skipped.extend(skipped);
    }

    pub(super) fn stored(&self) -> usize {
        self.skipped.len()
    }

    /// Forgets the oldest skipped key.
    pub(super) fn forget_oldest(&mut self) {
        self.skipped.pop_first();
    }

    fn skip_to(&self, number: u32) -> Result<(MessageKeys, Vec<(u32, MessageKey)>), RunError> {
        let skip = number.saturating_sub(self.next);
        if skip > MAX_SKIP {
            return Err(RunError::TooManySkipped { skip });
        }
        let mut keys = self.keys.clone();
        let mut skipped = Vec::new();
        for number in self.next..number {
            let key;
            (key, keys) = keys.next(number);
            skipped.push((number, key));
        }
        Ok((keys, skipped))
    }
}

/// Why a run has no key for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Opened before, or too old to have a key kept for it.
    #[error("this message was opened before, or its key is no longer kept")]
    Repeated,
    /// A number so far ahead that deriving up to it is refused.
    #[error("the message skips {skip} others; the limit is {MAX_SKIP}")]
    TooManySkipped {
        /// How many it would skip.
        skip: u32,
    },
    /// A run that its sender may not make longer.
    #[error("{MAX_RUN} messages without an answer; wait for one")]
    Exhausted,
}
