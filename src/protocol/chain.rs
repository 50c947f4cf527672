//! A run: the messages that one side sends under one session key.
//!
//! The network may lose messages, repeat them and bring them in any order. So a
//! receiver keeps the keys of the messages it skipped, each until its message
//! comes, and never more than a bound: a peer must not fill its memory, nor keep
//! it busy deriving.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::access::AccessField;
use crate::crypto::{AgreementPublic, ChainKey, MessageKey, SessionKey};

/// The most messages that one envelope may skip in its run.
pub const MAX_SKIP: u32 = 1000;

/// The most keys of skipped messages that one session keeps; the oldest go first.
pub const MAX_STORED: usize = 2000;

/// The most messages in one run of the ratchet: its chain must be walked to reach
/// them. Then the sender must wait for an answer.
pub const MAX_CHAIN: u32 = 1 << 20;

/// How message keys follow from a session key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum MessageKeys {
    /// Ratchet: each step forgets the one before (spec §6.2).
    Chain(ChainKey),
    /// Static: any number, any time, from a session key that is kept (spec §6.3).
    Fixed(SessionKey),
}

impl MessageKeys {
    /// How many messages a run may have.
    pub const fn limit(&self) -> u32 {
        match self {
            Self::Chain(_) => MAX_CHAIN,
            Self::Fixed(_) => u32::MAX,
        }
    }

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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SendingChain {
    pub(super) public: AgreementPublic,
    pub(super) previous: u32,
    /// Disclosed once for the session key, repeated on every message of the run.
    pub(super) access: Vec<AccessField>,
    keys: MessageKeys,
    sent: u32,
}

impl SendingChain {
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
    pub(super) fn next(&mut self) -> Result<(u32, MessageKey), ChainError> {
        let number = self.sent;
        if number >= self.keys.limit() {
            return Err(ChainError::Exhausted);
        }
        let (key, keys) = self.keys.clone().next(number);
        self.keys = keys;
        self.sent = number.saturating_add(1);
        Ok((number, key))
    }
}

/// A run of the peer's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReceivingChain {
    pub(super) public: AgreementPublic,
    /// What was admitted with its first message; every other must carry the same.
    pub(super) access: Vec<AccessField>,
    /// Nothing once the run has ended: only skipped messages can still come.
    keys: Option<MessageKeys>,
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

impl ReceivingChain {
    pub(super) const fn new(
        public: AgreementPublic,
        access: Vec<AccessField>,
        keys: MessageKeys,
    ) -> Self {
        Self {
            public,
            access,
            keys: Some(keys),
            next: 0,
            skipped: BTreeMap::new(),
        }
    }

    /// The key of message `number`, without changing anything yet.
    pub(super) fn reach(&self, number: u32) -> Result<Reach, ChainError> {
        if let Some(key) = self.skipped.get(&number) {
            return Ok(Reach {
                key: key.clone(),
                step: Step::Late(number),
            });
        }
        let keys = match &self.keys {
            Some(keys) if number >= self.next => keys.clone(),
            _ => return Err(ChainError::Repeated),
        };
        let skip = number.saturating_sub(self.next);
        if skip > MAX_SKIP {
            return Err(ChainError::TooManySkipped { skip });
        }
        if number >= keys.limit() {
            return Err(ChainError::Exhausted);
        }
        let (keys, skipped) = walk(keys, self.next, number);
        let (key, keys) = keys.next(number);
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
                self.keys = Some(keys);
                self.next = next;
                self.skipped.extend(skipped);
            }
        }
    }

    /// Ends the run, which had `length` messages: keeps the keys of the first
    /// [`MAX_SKIP`] that it still owes, and nothing that could give any other.
    pub(super) fn end(&mut self, length: u32) {
        if let Some(keys) = self.keys.take() {
            let end = length.min(self.next.saturating_add(MAX_SKIP));
            let (_, owed) = walk(keys, self.next, end);
            self.skipped.extend(owed);
        }
    }

    pub(super) fn stored(&self) -> usize {
        self.skipped.len()
    }

    /// Forgets the oldest skipped key.
    pub(super) fn forget_oldest(&mut self) {
        self.skipped.pop_first();
    }
}

/// The keys of messages `from` up to, and without, `to`.
fn walk(mut keys: MessageKeys, from: u32, to: u32) -> (MessageKeys, Vec<(u32, MessageKey)>) {
    let mut walked = Vec::new();
    for number in from..to {
        let key;
        (key, keys) = keys.next(number);
        walked.push((number, key));
    }
    (keys, walked)
}

/// Why a run has no key for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
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
    #[error("the run has as many messages as a run may have")]
    Exhausted,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(keys: MessageKeys) -> ReceivingChain {
        ReceivingChain::new(AgreementPublic::from_bytes([1; 32]), Vec::new(), keys)
    }

    fn chain() -> MessageKeys {
        MessageKeys::Chain(SessionKey::from_bytes([7; 32]).chain())
    }

    #[test]
    fn an_ended_run_gives_what_it_owes_once_and_no_other_key() {
        let mut run = run(chain());
        let reach = run.reach(1).expect("a key");
        run.commit(reach);
        run.end(4);
        assert_eq!(run.stored(), 3);
        for number in [0, 2, 3] {
            let reach = run.reach(number).expect("owed");
            run.commit(reach);
        }
        for number in 0..10 {
            assert_eq!(run.reach(number).err(), Some(ChainError::Repeated));
        }
    }

    #[test]
    fn an_ended_run_keeps_no_more_than_the_bound() {
        let mut run = run(chain());
        run.end(u32::MAX);
        assert_eq!(u32::try_from(run.stored()), Ok(MAX_SKIP));
    }

    #[test]
    fn a_chain_ends_where_a_run_must() {
        let mut sending =
            SendingChain::new(AgreementPublic::from_bytes([1; 32]), 0, Vec::new(), chain());
        sending.sent = MAX_CHAIN - 1;
        assert!(sending.next().is_ok());
        assert_eq!(sending.next().err(), Some(ChainError::Exhausted));
        let mut receiving = run(chain());
        receiving.next = MAX_CHAIN - 1;
        assert!(receiving.reach(MAX_CHAIN - 1).is_ok());
        assert_eq!(
            receiving.reach(MAX_CHAIN).err(),
            Some(ChainError::Exhausted)
        );
    }
}
