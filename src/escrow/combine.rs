//! Shares put together. Each came from somebody who may have changed it, so the key
//! that they give is compared with what the shares say of it; and when there are more
//! shares than it takes, the ones that do not belong are found by leaving them out.

use std::num::NonZeroU8;

use zeroize::Zeroizing;

use super::{
    authority::EscrowPrivateKey,
    gf256,
    shares::{KeyCheck, Share},
};
use crate::protocol::AuthorityId;

/// The key, and which shares do not belong to it.
#[derive(Debug, Clone)]
pub struct Combined {
    /// The private key that the shares' public key belongs to.
    pub key: EscrowPrivateKey,
    /// Shares that are not on the key's polynomial: altered, or of another split.
    pub strays: Vec<NonZeroU8>,
}

/// ```text
/// for each k of the shares:
///   key = q(0), for the polynomial q through them          (spec §8.5)
///   if key has the check and the public key of the shares:
///     strays = the shares i whose value is not q(i)
/// ```
///
/// # Errors
/// [`CombineError`] says which shares are not of one split, or that no combination
/// of them gives the key. The work is bounded: whoever wrote the shares may not be
/// a friend.
pub fn combine(shares: &[Share]) -> Result<Combined, CombineError> {
    let like = same_split(shares)?;
    let found = shares.len();
    if found < usize::from(like.threshold) {
        return Err(CombineError::TooFew {
            threshold: like.threshold,
            found,
        });
    }
    let mut search = Search::new(like);
    if let Some(key) = search.choose(shares) {
        let strays = shares
            .iter()
            .filter(|share| *search.at(share.index.get()) != *share.value.as_bytes())
            .map(|share| share.index)
            .collect();
        return Ok(Combined { key, strays });
    }
    Err(match like.threshold {
        _ if search.left == 0 => CombineError::GaveUp { found },
        threshold if found == usize::from(threshold) => CombineError::OneIsWrong { threshold },
        threshold => CombineError::NoneFit { threshold, found },
    })
}

/// The first share, if the others are parts of the same key, none of them twice.
fn same_split(shares: &[Share]) -> Result<&Share, CombineError> {
    let (first, others) = shares.split_first().ok_or(CombineError::None)?;
    for share in others {
        let (one, other) = (first.index, share.index);
        if share.of != first.of {
            return Err(CombineError::OtherKey {
                one,
                of: first.of.id(),
                other,
                found: share.of.id(),
            });
        }
        if share.threshold != first.threshold || share.check != first.check {
            return Err(CombineError::OtherSplit { one, other });
        }
    }
    let mut indices: Vec<_> = shares.iter().map(|share| share.index).collect();
    indices.sort_unstable();
    match indices.windows(2).find(|pair| pair.first() == pair.last()) {
        Some(&[index, ..]) => Err(CombineError::Twice { index }),
        _ => Ok(first),
    }
}

/// How many multiplications in the field a search may take: some seconds, and enough
/// to try all of 7 in 15.
const MAX_PRODUCTS: usize = 1 << 23;

/// Goes through the combinations of as many shares as it takes.
struct Search<'a> {
    /// What the key should be.
    like: &'a Share,
    chosen: Vec<&'a Share>,
    /// Combinations that may still be tried.
    left: usize,
}

impl<'a> Search<'a> {
    fn new(like: &'a Share) -> Self {
        let k = usize::from(like.threshold).max(1);
        Self {
            like,
            chosen: Vec::with_capacity(k),
            left: MAX_PRODUCTS / (k * (k + 32)),
        }
    }

    /// Adds to the chosen shares from `rest` until they give the key; they stay chosen.
    fn choose(&mut self, rest: &'a [Share]) -> Option<EscrowPrivateKey> {
        let missing = usize::from(self.like.threshold).saturating_sub(self.chosen.len());
        if missing == 0 {
            return self.key();
        }
        if self.left == 0 || rest.len() < missing {
            return None;
        }
        let (next, rest) = rest.split_first()?;
        self.chosen.push(next);
        if let Some(key) = self.choose(rest) {
            return Some(key);
        }
        self.chosen.pop();
        self.choose(rest)
    }

    /// The chosen shares' key, if it is the one.
    fn key(&mut self) -> Option<EscrowPrivateKey> {
        self.left = self.left.saturating_sub(1);
        let private = self.at(0);
        let key = (KeyCheck::of(&private) == self.like.check)
            .then(|| EscrowPrivateKey::from_bytes(*private))?;
        (*key.public() == self.like.of).then_some(key)
    }

    /// The chosen shares' polynomial at `x`.
    fn at(&self, x: u8) -> Zeroizing<[u8; 32]> {
        let points: Vec<_> = self
            .chosen
            .iter()
            .map(|share| (share.index.get(), share.value.as_bytes()))
            .collect();
        gf256::interpolate(&points, x)
    }
}

/// Why shares give no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// There is none.
    #[error("there is no share")]
    None,
    /// Fewer than the threshold.
    #[error("it takes {threshold} shares, and {found} came: they say nothing of the key")]
    TooFew {
        /// How many it takes.
        threshold: u8,
        /// How many came.
        found: usize,
    },
    /// One share given twice.
    #[error("share {index} is there twice, and counts once")]
    Twice {
        /// Which.
        index: NonZeroU8,
    },
    /// Parts of two keys.
    #[error("share {one} is of authority {of}, share {other} of authority {found}")]
    OtherKey {
        /// The first share.
        one: NonZeroU8,
        /// Its authority.
        of: AuthorityId,
        /// Another share.
        other: NonZeroU8,
        /// That one's authority.
        found: AuthorityId,
    },
    /// Parts of one key, but their thresholds or their checks differ.
    #[error("shares {one} and {other} differ in `threshold` or `check`: they are not of one split")]
    OtherSplit {
        /// The first share.
        one: NonZeroU8,
        /// The one that differs.
        other: NonZeroU8,
    },
    /// Exactly as many as it takes, and the result is not the key.
    #[error(
        "these {threshold} shares do not give the key: at least one was altered, or is of \
         another split; one share more would tell which"
    )]
    OneIsWrong {
        /// How many it takes.
        threshold: u8,
    },
    /// More than it takes, and no combination gives the key.
    #[error(
        "no {threshold} of these {found} shares give the key: fewer than {threshold} of them \
         are good shares of one split"
    )]
    NoneFit {
        /// How many it takes.
        threshold: u8,
        /// How many came.
        found: usize,
    },
    /// More combinations than are tried.
    #[error(
        "too many combinations of these {found} shares to try them all, and none so far gives the key"
    )]
    GaveUp {
        /// How many came.
        found: usize,
    },
}
