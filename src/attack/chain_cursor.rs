//! The message keys of one chain, in whatever order its messages lie on the tape.
//!
//! A chain goes one way, so the attacker keeps a checkpoint every so often and goes on
//! from the nearest one. Checkpoints follow from the session key alone, so they are kept
//! whether or not a message opens: a forged number costs one walk, and no second one
//! while there is room for its checkpoints.

use crate::crypto::{ChainKey, MessageKey};
use crate::protocol::chain::{MAX_CHAIN, MessageKeys};

/// Steps between checkpoints.
const STRIDE: u32 = 128;

/// A position in one chain.
#[derive(Debug)]
pub(super) enum ChainCursor {
    /// Any message key at once.
    Fixed(MessageKeys),
    /// A chain: checkpoints at 0, 128, 256, …, and the last position reached.
    Chain {
        checkpoints: Vec<ChainKey>,
        here: (u32, ChainKey),
    },
}

impl ChainCursor {
    pub(super) fn new(keys: MessageKeys) -> Self {
        match keys {
            MessageKeys::Chain(start) => Self::Chain {
                here: (0, start.clone()),
                checkpoints: vec![start],
            },
            fixed @ MessageKeys::Fixed(_) => Self::Fixed(fixed),
        }
    }

    /// Whether there is nothing to walk.
    pub(super) const fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// How many checkpoints are kept.
    pub(super) const fn checkpoints(&self) -> usize {
        match self {
            Self::Fixed(_) => 0,
            Self::Chain { checkpoints, .. } => checkpoints.len(),
        }
    }

    /// Forgets all checkpoints but the first: slower from here on, and smaller.
    pub(super) fn forget_checkpoints(&mut self) {
        if let Self::Chain { checkpoints, .. } = self {
            checkpoints.truncate(1);
            checkpoints.shrink_to_fit();
        }
    }

    /// The key of message `number`; nothing beyond the longest chain.
    pub(super) fn key(&mut self, number: u32) -> Option<MessageKey> {
        match self {
            Self::Fixed(keys) => Some(keys.clone().next(number).0),
            Self::Chain { .. } if number >= MAX_CHAIN => None,
            Self::Chain { checkpoints, here } => {
                let (mut at, mut chain) = nearest(checkpoints, here, number)?;
                while at < number {
                    (_, chain) = chain.step();
                    at += 1;
                    if at.is_multiple_of(STRIDE)
                        && usize::try_from(at / STRIDE) == Ok(checkpoints.len())
                    {
                        checkpoints.push(chain.clone());
                    }
                }
                let (key, chain) = chain.step();
                *here = (at + 1, chain);
                Some(key)
            }
        }
    }
}

/// Where to go on from: the last position if it lies before, or else the nearest
/// checkpoint.
fn nearest(
    checkpoints: &[ChainKey],
    here: &(u32, ChainKey),
    number: u32,
) -> Option<(u32, ChainKey)> {
    let last = u32::try_from(checkpoints.len()).ok()?.checked_sub(1)?;
    let checkpoint = (number / STRIDE).min(last);
    let at = checkpoint * STRIDE;
    if (at..=number).contains(&here.0) {
        return Some(here.clone());
    }
    let chain = checkpoints.get(usize::try_from(checkpoint).ok()?)?;
    Some((at, chain.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SessionKey;

    #[test]
    fn every_order_gives_the_same_keys() {
        let session_key = SessionKey::from_bytes([7; 32]);
        let mut in_order = Vec::new();
        let mut chain = session_key.chain();
        for _ in 0..1000 {
            let (key, next) = chain.step();
            in_order.push(*key.as_bytes());
            chain = next;
        }
        let mut cursor = ChainCursor::new(MessageKeys::Chain(session_key.chain()));
        for number in [0, 1, 2, 999, 3, 127, 128, 129, 640, 256, 255, 999, 0] {
            let key = cursor.key(number).expect("a key");
            let index = usize::try_from(number).expect("small");
            assert_eq!(*key.as_bytes(), in_order[index], "{number}");
        }
        assert!(cursor.key(MAX_CHAIN).is_none());
    }
}
