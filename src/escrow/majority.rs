//! Which shares are of one split, by what they say of themselves: whose key they are
//! parts of, how many it takes, and the key's check. Any of that may have been altered,
//! and so the majority decides, whatever the order.
//!
//! Numbers are counted and not files: a share that is given three times has one vote.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::shares::Share;

/// The shares that agree, and the ones that do not.
#[derive(Debug, Clone)]
pub struct Majority<'a> {
    /// Those that say the same, each with its place among the given.
    pub members: Vec<(usize, &'a Share)>,
    /// All others, in the order in which they were given.
    pub inconsistent: Vec<InconsistentShare>,
}

/// A share that does not belong to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InconsistentShare {
    /// Its place among the given, from 0.
    pub at: usize,
    /// In what it is not like them.
    pub differs: Differs,
}

/// In what a share is not like the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// It is a part of another authority's key.
    Key,
    /// It takes more of them, or fewer.
    Threshold,
    /// It has another check.
    Check,
    /// Its point is not on their polynomial.
    Point,
}

/// Sorts shares by key, threshold and check, and takes the side with the most numbers.
///
/// # Errors
/// [`Divided`] if there is no such side.
pub fn majority(shares: &[Share]) -> Result<Majority<'_>, Divided> {
    let mut sides: BTreeMap<_, Vec<(usize, &Share)>> = BTreeMap::new();
    for (at, share) in shares.iter().enumerate() {
        let says = (
            share.of.key().as_bytes(),
            share.threshold,
            share.check.as_bytes(),
        );
        sides.entry(says).or_default().push((at, share));
    }
    let most = sides.values().map(votes).max();
    let (mut largest, smaller): (Vec<_>, Vec<_>) = sides
        .into_values()
        .partition(|side| Some(votes(side)) == most);
    match (largest.pop(), largest.is_empty()) {
        (Some(members), true) => {
            let like = members.first().map(|(_, share)| *share);
            let mut inconsistent: Vec<_> = smaller
                .into_iter()
                .flatten()
                .filter_map(|(at, share)| {
                    let differs = difference(share, like?);
                    Some(InconsistentShare { at, differs })
                })
                .collect();
            inconsistent.sort_unstable_by_key(|share| share.at);
            Ok(Majority {
                members,
                inconsistent,
            })
        }
        (last, _) => {
            largest.extend(last);
            Err(Divided::between(largest))
        }
    }
}

/// How many numbers a side has.
fn votes(side: &Vec<(usize, &Share)>) -> usize {
    let numbers: BTreeSet<_> = side.iter().map(|(_, share)| share.index).collect();
    numbers.len()
}

/// In what two shares differ that are not of one side.
fn difference(one: &Share, other: &Share) -> Differs {
    if one.of != other.of {
        Differs::Key
    } else if one.threshold != other.threshold {
        Differs::Threshold
    } else {
        Differs::Check
    }
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "`id` and `public`",
            Self::Threshold => "`threshold`",
            Self::Check => "`check`",
            Self::Point => "`share` or `value`",
        })
    }
}

/// As many shares say one thing as another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("these shares differ in {differs}, and as many say one thing as another")]
pub struct Divided {
    /// The places of the shares of each side.
    pub sides: Vec<Vec<usize>>,
    /// In what the first two sides differ.
    pub differs: Differs,
}

impl Divided {
    fn between(mut sides: Vec<Vec<(usize, &Share)>>) -> Self {
        sides.sort_unstable_by_key(|side| side.first().map(|(at, _)| *at));
        let mut firsts = sides.iter().filter_map(|side| side.first());
        let differs = match (firsts.next(), firsts.next()) {
            (Some((_, one)), Some((_, other))) => difference(one, other),
            _ => Differs::Key,
        };
        let places = |side: Vec<_>| side.into_iter().map(|(at, _)| at).collect();
        Self {
            sides: sides.into_iter().map(places).collect(),
            differs,
        }
    }
}
