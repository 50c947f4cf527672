//! The message keys of one run, in whatever order its messages lie on the tape.
//!
//! A chain goes one way, so the attacker leaves a mark every so often and goes on
//! from the nearest one. Marks are left whether or not a message opens: they follow
//! from the session key alone. So a forged number costs her one walk, and no second one
//! while there is room for its marks.

use crate::crypto::{ChainKey, MessageKey};
use crate::protocol::chain::{MAX_CHAIN, MessageKeys};

/// Steps between marks.
const STRIDE: u32 = 128;

/// The way along one run.
#[derive(Debug)]
pub(super) enum Road {
    /// Any message key at once.
    Fixed(MessageKeys),
    /// A chain: marks at 0, 128, 256, …, and the last place reached.
    Chain {
        marks: Vec<ChainKey>,
        here: (u32, ChainKey),
    },
}

impl Road {
    pub(super) fn new(keys: MessageKeys) -> Self {
        match keys {
            MessageKeys::Chain(start) => Self::Chain {
                here: (0, start.clone()),
                marks: vec![start],
            },
            fixed @ MessageKeys::Fixed(_) => Self::Fixed(fixed),
        }
    }

    /// Whether this is no road to walk.
    pub(super) const fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// How many marks have been left.
    pub(super) const fn marks(&self) -> usize {
        match self {
            Self::Fixed(_) => 0,
            Self::Chain { marks, .. } => marks.len(),
        }
    }

    /// Forgets all marks but the first: slower from here on, and smaller.
    pub(super) fn forget_marks(&mut self) {
        if let Self::Chain { marks, .. } = self {
            marks.truncate(1);
            marks.shrink_to_fit();
        }
    }

    /// The key of message `number`; nothing beyond the longest run.
    pub(super) fn key(&mut self, number: u32) -> Option<MessageKey> {
        match self {
            Self::Fixed(keys) => Some(keys.clone().next(number).0),
            Self::Chain { .. } if number >= MAX_CHAIN => None,
            Self::Chain { marks, here } => {
                let (mut at, mut chain) = nearest(marks, here, number)?;
                while at < number {
                    (_, chain) = chain.step();
                    at = at.saturating_add(1);
                    if at.is_multiple_of(STRIDE) && usize::try_from(at / STRIDE) == Ok(marks.len())
                    {
                        marks.push(chain.clone());
                    }
                }
                let (key, chain) = chain.step();
                *here = (at.saturating_add(1), chain);
                Some(key)
            }
        }
    }
}

/// Where to go on from: the last place if it lies before, or else the nearest mark.
fn nearest(marks: &[ChainKey], here: &(u32, ChainKey), number: u32) -> Option<(u32, ChainKey)> {
    let mark = (number / STRIDE).min(u32::try_from(marks.len()).ok()?.saturating_sub(1));
    let at = mark.saturating_mul(STRIDE);
    if (at..=number).contains(&here.0) {
        return Some(here.clone());
    }
    let chain = marks.get(usize::try_from(mark).ok()?)?;
    Some((at, chain.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SessionKey;

    #[test]
    fn every_road_leads_to_the_same_key() {
        let session_key = SessionKey::from_bytes([7; 32]);
        let mut straight = Vec::new();
        let mut chain = session_key.chain();
        for _ in 0..1000 {
            let (key, next) = chain.step();
            straight.push(*key.as_bytes());
            chain = next;
        }
        let mut road = Road::new(MessageKeys::Chain(session_key.chain()));
        for number in [0, 1, 2, 999, 3, 127, 128, 129, 640, 256, 255, 999, 0] {
            let key = road.key(number).expect("a key");
            let index = usize::try_from(number).expect("small");
            assert_eq!(*key.as_bytes(), straight[index], "{number}");
        }
        assert!(road.key(MAX_CHAIN).is_none());
    }
}
