//! A chain: the messages that one side sends under one session key. The specification
//! calls it a *run*, since under the static schedule no key of it follows from another.
//!
//! The network may lose messages, repeat them and bring them in any order. So a
//! receiver keeps the keys of the messages it skipped, each until its message
//! comes, and never more than a bound: a peer must not fill its memory, nor keep
//! it busy deriving.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::access::AccessField;
use crate::crypto::{AgreementPublic, ChainKey, MessageKey, SessionKey};

/// The most messages that one envelope may skip in its chain.
pub const MAX_SKIP: u32 = 1000;

/// The most skipped keys that one session keeps; beyond it the oldest are deleted.
pub const MAX_SKIPPED_KEYS: usize = 2000;

/// The most messages in one chain under the ratchet, since a receiver derives all keys up
/// to a message's. Then the sender must wait for an answer.
pub const MAX_CHAIN: u32 = 1 << 20;

/// How message keys follow from a session key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum MessageKeys {
    /// Ratchet: each chain key replaces the one before (spec §6.2).
    Chain(ChainKey),
    /// Static: any number, any time, from a session key that is kept (spec §6.3).
    Fixed(SessionKey),
}

impl MessageKeys {
    /// How many messages a chain may have.
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

/// The chain that this side is sending.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SendingChain {
    pub(super) public: AgreementPublic,
    pub(super) previous: u32,
    /// Disclosed once for the session key, repeated on every message of the chain.
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
        self.sent = number + 1;
        Ok((number, key))
    }
}

/// A chain of the peer's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReceivingChain {
    pub(super) public: AgreementPublic,
    /// What was admitted with its first message; every other must carry the same.
    pub(super) access: Vec<AccessField>,
    /// `None` once the chain is closed: only skipped messages can still come.
    keys: Option<MessageKeys>,
    next: u32,
    /// Boxed, so that no copy of a key is left where the map moves its entries.
    skipped: BTreeMap<u32, Box<MessageKey>>,
}

/// A message's key, and the change of its chain that waits for the message to
/// authenticate.
pub(super) struct PendingStep {
    pub(super) key: MessageKey,
    change: Change,
}

enum Change {
    UseSkipped(u32),
    Advance {
        keys: MessageKeys,
        next: u32,
        skipped: Vec<(u32, Box<MessageKey>)>,
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

    /// Derives the key of message `number` and changes nothing yet.
    pub(super) fn prepare(&self, number: u32) -> Result<PendingStep, ChainError> {
        if let Some(key) = self.skipped.get(&number) {
            return Ok(PendingStep {
                key: MessageKey::clone(key),
                change: Change::UseSkipped(number),
            });
        }
        let keys = match &self.keys {
            Some(keys) if number >= self.next => keys.clone(),
            _ => return Err(ChainError::Repeated),
        };
        let skip = number - self.next;
        if skip > MAX_SKIP {
            return Err(ChainError::TooManySkipped { skip });
        }
        if number >= keys.limit() {
            return Err(ChainError::Exhausted);
        }
        let (keys, skipped) = keys_between(keys, self.next, number);
        let (key, keys) = keys.next(number);
        Ok(PendingStep {
            key,
            change: Change::Advance {
                keys,
                next: number + 1,
                skipped,
            },
        })
    }

    /// Makes the change that [`Self::prepare`] found, once the message has authenticated.
    pub(super) fn commit(&mut self, pending: PendingStep) {
        match pending.change {
            Change::UseSkipped(number) => {
                self.skipped.remove(&number);
            }
            Change::Advance {
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

    /// Closes the chain, which had `length` messages: keeps the keys of the first
    /// [`MAX_SKIP`] that have not come, and nothing that another could be derived from.
    pub(super) fn close(&mut self, length: u32) {
        if let Some(keys) = self.keys.take() {
            let end = length.min(self.next.saturating_add(MAX_SKIP));
            let (_, skipped) = keys_between(keys, self.next, end);
            self.skipped.extend(skipped);
        }
    }

    /// How many keys of skipped messages are kept.
    pub(super) fn skipped_keys(&self) -> usize {
        self.skipped.len()
    }

    /// Deletes the skipped keys with the lowest numbers, at most so many; gives how many.
    pub(super) fn delete_oldest_skipped(&mut self, count: usize) -> usize {
        (0..count).map_while(|_| self.skipped.pop_first()).count()
    }
}

/// The keys of messages `from` up to, and without, `to`.
fn keys_between(
    mut keys: MessageKeys,
    from: u32,
    to: u32,
) -> (MessageKeys, Vec<(u32, Box<MessageKey>)>) {
    let mut derived = Vec::new();
    for number in from..to {
        let key;
        (key, keys) = keys.next(number);
        derived.push((number, Box::new(key)));
    }
    (keys, derived)
}

/// Why a chain has no key for a message.
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
    /// A chain that its sender may not make longer.
    #[error("the run has as many messages as a run may have")]
    Exhausted,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiving() -> ReceivingChain {
        ReceivingChain::new(
            AgreementPublic::from_bytes([1; 32]),
            Vec::new(),
            ratchet_keys(),
        )
    }

    fn ratchet_keys() -> MessageKeys {
        MessageKeys::Chain(SessionKey::from_bytes([7; 32]).chain())
    }

    #[test]
    fn a_closed_chain_gives_each_skipped_key_once_and_no_other() {
        let mut chain = receiving();
        let pending = chain.prepare(1).expect("a key");
        chain.commit(pending);
        chain.close(4);
        assert_eq!(chain.skipped_keys(), 3);
        for number in [0, 2, 3] {
            let pending = chain.prepare(number).expect("a skipped key");
            chain.commit(pending);
        }
        for number in 0..10 {
            assert_eq!(chain.prepare(number).err(), Some(ChainError::Repeated));
        }
    }

    #[test]
    fn a_closed_chain_keeps_no_more_skipped_keys_than_the_bound() {
        let mut chain = receiving();
        chain.close(u32::MAX);
        assert_eq!(u32::try_from(chain.skipped_keys()), Ok(MAX_SKIP));
    }

    #[test]
    fn a_chain_has_no_message_beyond_its_limit() {
        let public = AgreementPublic::from_bytes([1; 32]);
        let mut sending = SendingChain::new(public, 0, Vec::new(), ratchet_keys());
        sending.sent = MAX_CHAIN - 1;
        assert!(sending.next().is_ok());
        assert_eq!(sending.next().err(), Some(ChainError::Exhausted));
        let mut receiving = receiving();
        receiving.next = MAX_CHAIN - 1;
        assert!(receiving.prepare(MAX_CHAIN - 1).is_ok());
        assert_eq!(
            receiving.prepare(MAX_CHAIN).err(),
            Some(ChainError::Exhausted)
        );
    }
}
