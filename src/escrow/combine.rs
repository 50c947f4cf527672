//! Shares put together. Any of them may have been altered. The [majority](majority())
//! decides which are of one split; the key that these give is compared with their public
//! key and check; and when there are more shares than it takes, the inconsistent ones are
//! found by leaving them out.
//!
//! One altered share is always identified. Two or more that were made to fit each other
//! can make honest ones look inconsistent, or leave it open which are: the key is right,
//! and yet some shares lie on another polynomial that meets the true one at 0. To tell
//! for certain takes verifiable secret sharing (Feldman, *A practical scheme for
//! non-interactive verifiable secret sharing*, FOCS 1987).

use std::num::NonZeroU8;

use super::{
    authority::EscrowPrivateKey,
    majority::{Differs, Divided, InconsistentShare, Majority, majority},
    search::{Claim, Fit, Search, by_number},
    shares::Share,
};

/// The key, and whether all shares are of it.
#[derive(Debug, Clone)]
pub struct Combined {
    /// The private key that the shares' public key belongs to.
    pub key: EscrowPrivateKey,
    /// Shares that do not belong to it, in the order in which they were given.
    pub inconsistent: Vec<InconsistentShare>,
    /// The places of shares of which some do not belong, and it cannot be told which: two
    /// sets that give the key are equally large, or there are too many to compare.
    pub unclear: Vec<usize>,
}

/// ```text
/// members = the shares that say what most say                     (spec §8.5)
/// for each set of k of them with different numbers, until no other could leave fewer inconsistent:
///   key    = q(0), for the polynomial q through them
///   inconsistent = the shares i whose value is not q(i)
///   keep it if key has the check and the public key of the shares, and fewer are inconsistent
/// ```
///
/// # Errors
/// [`CombineError`] says that the shares are not of one split, or that no set of them
/// gives the key. The work is bounded, since the shares may be hostile.
pub fn combine(shares: &[Share]) -> Result<Combined, CombineError> {
    if shares.is_empty() {
        return Err(CombineError::None);
    }
    let Majority {
        members,
        mut inconsistent,
    } = majority(shares)?;
    let like = members.first().ok_or(CombineError::None)?.1;
    let (threshold, numbers) = (like.threshold, by_number(&members));
    if numbers.len() < usize::from(threshold) {
        return Err(too_few(threshold, &numbers));
    }
    let found = numbers.iter().map(Vec::len).sum();
    let search = Search::new(like, &numbers);
    let gave_up = search.gave_up();
    match search.best {
        Some(Fit { key, off, rivals }) => {
            let mut unclear: Vec<_> = match (gave_up, rivals.is_empty()) {
                (true, _) => members.iter().map(|(at, _)| *at).collect(),
                (false, false) => places(&off).chain(places(&rivals)).collect(),
                (false, true) => Vec::new(),
            };
            if unclear.is_empty() {
                let differs = Differs::Point;
                inconsistent.extend(places(&off).map(|at| InconsistentShare { at, differs }));
            }
            inconsistent.sort_unstable_by_key(|share| share.at);
            unclear.sort_unstable();
            unclear.dedup();
            Ok(Combined {
                key,
                inconsistent,
                unclear,
            })
        }
        None if gave_up => Err(CombineError::GaveUp { found }),
        None if found == usize::from(threshold) => Err(CombineError::OneIsWrong { threshold }),
        None => Err(CombineError::NoneFit { threshold, found }),
    }
}

fn places<'a>(claims: &'a [&Claim<'_>]) -> impl Iterator<Item = usize> + 'a {
    claims.iter().flat_map(|claim| claim.places.iter().copied())
}

/// Why there are fewer numbers than it takes.
fn too_few(threshold: u8, numbers: &[Vec<Claim<'_>>]) -> CombineError {
    // The numbers of which most is claimed come last.
    if let Some(number @ [one, _, ..]) = numbers.last().map(Vec::as_slice) {
        let mut places: Vec<_> = number.iter().flat_map(|it| it.places.clone()).collect();
        places.sort_unstable();
        return CombineError::OneNumber {
            index: one.index,
            places,
        };
    }
    let mut claims = numbers.iter().flatten();
    match claims.find(|claim| claim.places.len() > 1) {
        Some(claim) => CombineError::Twice {
            index: claim.index,
            places: claim.places.clone(),
        },
        None => CombineError::TooFew {
            threshold,
            found: numbers.len(),
        },
    }
}

/// Why shares give no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// There is none.
    #[error("there is no share")]
    None,
    /// No majority of them is of one split.
    #[error(transparent)]
    Divided(#[from] Divided),
    /// Fewer than the threshold.
    #[error("{} of the key: it takes {threshold}", alone(*found))]
    TooFew {
        /// How many it takes.
        threshold: u8,
        /// How many came.
        found: usize,
    },
    /// One share given more than once, and too few besides.
    #[error("share {index} is there twice, and counts once")]
    Twice {
        /// Which.
        index: NonZeroU8,
        /// Where it stands among the given.
        places: Vec<usize>,
    },
    /// Different shares with one number, and too few besides.
    #[error("two different shares both say number {index}: one of them at most is right")]
    OneNumber {
        /// The number.
        index: NonZeroU8,
        /// Where they stand among the given.
        places: Vec<usize>,
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

/// What too few shares say.
fn alone(found: usize) -> String {
    match found {
        1 => "1 share alone says nothing".into(),
        found => format!("{found} shares alone say nothing"),
    }
}
