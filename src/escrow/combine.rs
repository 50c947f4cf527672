//! Shares put together. Each came from somebody who may have changed it, so the key
//! that they give is compared with what the shares say of it; and when there are more
//! shares than it takes, the ones that do not belong are found by leaving them out.
//!
//! One altered share is always named rightly. Two or more that were made to fit each
//! other can put the blame on honest ones, or leave it open: the key is right, and yet
//! some of its shares lie on another polynomial that meets the true one at 0. To tell
//! for certain, each share needs a mark of its own from whoever split the key (Feldman,
//! *A practical scheme for non-interactive verifiable secret sharing*, FOCS 1987).

use std::num::NonZeroU8;

use zeroize::Zeroizing;

use super::{
    authority::EscrowPrivateKey,
    gf256,
    shares::{KeyCheck, Share},
};
use crate::protocol::AuthorityId;

/// The key, and whether all shares are of it.
#[derive(Debug, Clone)]
pub struct Combined {
    /// The private key that the shares' public key belongs to.
    pub key: EscrowPrivateKey,
    /// Which shares are not on one polynomial with it.
    pub strays: Strays,
}

/// Which shares do not belong to the key that the others gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strays {
    /// All belong.
    None,
    /// These were altered, or are of another split.
    These(Vec<NonZeroU8>),
    /// Some, and it cannot be told which: two sets that give the key are equally large,
    /// or there are too many to compare.
    Unclear,
}

/// ```text
/// for each set of k shares, until no other could leave fewer strays:
///   key    = q(0), for the polynomial q through them               (spec §8.5)
///   strays = the shares i whose value is not q(i)
///   keep it if key has the check and the public key of the shares, and strays are fewer
/// ```
///
/// # Errors
/// [`CombineError`] says which shares are not of one split, or that no set of them
/// gives the key. The work is bounded: whoever wrote the shares may not be a friend.
pub fn combine(shares: &[Share]) -> Result<Combined, CombineError> {
    let like = same_split(shares)?;
    let (threshold, found) = (like.threshold, shares.len());
    if found < usize::from(threshold) {
        return Err(CombineError::TooFew { threshold, found });
    }
    let mut search = Search::new(like, shares);
    search.choose(shares);
    let gave_up = search.left == 0 && !search.decided();
    match search.best {
        Some(Fit { key, strays, tied }) => Ok(Combined {
            key,
            strays: match strays {
                _ if tied || gave_up => Strays::Unclear,
                none if none.is_empty() => Strays::None,
                strays => Strays::These(strays),
            },
        }),
        None if gave_up => Err(CombineError::GaveUp { found }),
        None if found == usize::from(threshold) => Err(CombineError::OneIsWrong { threshold }),
        None => Err(CombineError::NoneFit { threshold, found }),
    }
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

/// How many multiplications in the field a search may take: a second or so, and enough
/// to try every 7 of 15.
const MAX_PRODUCTS: usize = 1 << 23;

/// Goes through the sets of as many shares as it takes.
struct Search<'a> {
    /// What the key should be.
    like: &'a Share,
    shares: &'a [Share],
    threshold: usize,
    chosen: Vec<&'a Share>,
    /// Sets that may still be tried.
    left: usize,
    best: Option<Fit>,
}

/// A set of shares that gives the key.
struct Fit {
    key: EscrowPrivateKey,
    /// Shares that are not on its polynomial.
    strays: Vec<NonZeroU8>,
    /// Another set does as well, with other strays.
    tied: bool,
}

impl<'a> Search<'a> {
    fn new(like: &'a Share, shares: &'a [Share]) -> Self {
        let threshold = usize::from(like.threshold).max(1);
        Self {
            like,
            shares,
            threshold,
            chosen: Vec::with_capacity(threshold),
            left: MAX_PRODUCTS / (threshold * (threshold + 32)),
            best: None,
        }
    }

    /// Adds to the chosen shares from `rest`, in every way.
    fn choose(&mut self, rest: &'a [Share]) {
        let missing = self.threshold.saturating_sub(self.chosen.len());
        if missing == 0 {
            self.left = self.left.saturating_sub(1);
            return self.consider();
        }
        if self.left == 0 || self.decided() || rest.len() < missing {
            return;
        }
        if let Some((next, rest)) = rest.split_first() {
            self.chosen.push(next);
            self.choose(rest);
            self.chosen.pop();
            self.choose(rest);
        }
    }

    /// Whether no other set can do as well. Its polynomial would meet this one at 0, so
    /// in at most `k - 2` shares besides, and would have to make up its number from strays.
    fn decided(&self) -> bool {
        self.best
            .as_ref()
            .is_some_and(|fit| 2 * fit.strays.len() + self.threshold < self.shares.len() + 2)
    }

    fn consider(&mut self) {
        let Some(key) = self.key() else { return };
        self.left = self.left.saturating_sub(self.shares.len());
        let strays: Vec<_> = self
            .shares
            .iter()
            .filter(|share| *self.at(share.index.get()) != *share.value.as_bytes())
            .map(|share| share.index)
            .collect();
        match &mut self.best {
            Some(best) if best.strays.len() < strays.len() || best.strays == strays => {}
            Some(best) if best.strays.len() == strays.len() => best.tied = true,
            best => {
                *best = Some(Fit {
                    key,
                    strays,
                    tied: false,
                });
            }
        }
    }

    /// The chosen shares' key, if it is the one.
    fn key(&self) -> Option<EscrowPrivateKey> {
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
