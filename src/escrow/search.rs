//! Which polynomial has the key, when not all shares are on it: sets of as many shares
//! as it takes are tried, until one is found that no other could better.
//!
//! Different shares may claim one number. No polynomial has two values there, so one of
//! them is tried at a time, and after the numbers that nobody disputes.

use std::num::NonZeroU8;

use zeroize::Zeroizing;

use super::{
    authority::EscrowPrivateKey,
    gf256,
    shares::{KeyCheck, Share, ShareValue},
};

/// How many multiplications in the field a search may take: a second or so, and enough
/// to try every 7 of 15.
const MAX_PRODUCTS: usize = 1 << 23;

/// A point that somebody says is a share. However often it was given, it counts once.
#[derive(PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub(super) index: NonZeroU8,
    value: &'a ShareValue,
    /// The places among the given shares where it stands.
    pub(super) places: Vec<usize>,
}

/// What is claimed of each number; first the numbers of which one thing is claimed.
pub(super) fn by_number<'a>(shares: &[(usize, &'a Share)]) -> Vec<Vec<Claim<'a>>> {
    let mut shares = shares.to_vec();
    shares.sort_by_key(|(_, share)| share.index);
    let mut numbers: Vec<_> = shares
        .chunk_by(|(_, one), (_, other)| one.index == other.index)
        .map(claims)
        .collect();
    numbers.sort_by_key(Vec::len);
    numbers
}

/// What shares of one number claim.
fn claims<'a>(shares: &[(usize, &'a Share)]) -> Vec<Claim<'a>> {
    let mut claims: Vec<Claim<'_>> = Vec::new();
    for (at, share) in shares {
        match claims.iter_mut().find(|claim| *claim.value == share.value) {
            Some(claim) => claim.places.push(*at),
            None => claims.push(Claim {
                index: share.index,
                value: &share.value,
                places: vec![*at],
            }),
        }
    }
    claims
}

/// A set of shares that gives the key.
pub(super) struct Fit<'a> {
    pub(super) key: EscrowPrivateKey,
    /// Those that are not on its polynomial.
    pub(super) off: Vec<&'a Claim<'a>>,
    /// Those that are not on the polynomials of other sets that do as well.
    pub(super) rivals: Vec<&'a Claim<'a>>,
}

/// Goes through the sets of as many shares as it takes.
pub(super) struct Search<'a> {
    /// What the key should be.
    like: &'a Share,
    numbers: &'a [Vec<Claim<'a>>],
    threshold: usize,
    claims: usize,
    chosen: Vec<&'a Claim<'a>>,
    /// Sets that may still be tried.
    left: usize,
    pub(super) best: Option<Fit<'a>>,
}

impl<'a> Search<'a> {
    /// Searches until the best set is decided, or until [`MAX_PRODUCTS`].
    pub(super) fn new(like: &'a Share, numbers: &'a [Vec<Claim<'a>>]) -> Self {
        let threshold = usize::from(like.threshold).max(1);
        let mut search = Self {
            like,
            numbers,
            threshold,
            claims: numbers.iter().map(Vec::len).sum(),
            chosen: Vec::with_capacity(threshold),
            left: MAX_PRODUCTS / (threshold * (threshold + 32)),
            best: None,
        };
        search.choose(numbers);
        search
    }

    /// Whether sets were left untried that could do better.
    pub(super) fn gave_up(&self) -> bool {
        self.left == 0 && !self.decided()
    }

    /// Adds to the chosen shares from `rest`, in every way.
    fn choose(&mut self, mut rest: &'a [Vec<Claim<'a>>]) {
        let missing = self.threshold - self.chosen.len();
        if missing == 0 {
            self.left -= 1;
            return self.consider();
        }
        while let Some((number, others)) = rest.split_first() {
            if rest.len() < missing {
                return;
            }
            for claim in number {
                if self.left == 0 || self.decided() {
                    return;
                }
                self.chosen.push(claim);
                self.choose(others);
                self.chosen.pop();
            }
            rest = others;
        }
    }

    /// Whether no other set can do as well. Its polynomial would meet this one at 0, so
    /// in at most `k - 2` shares besides, and would have to make up its number from inconsistent shares.
    fn decided(&self) -> bool {
        self.best
            .as_ref()
            .is_some_and(|fit| 2 * fit.off.len() + self.threshold < self.claims + 2)
    }

    fn consider(&mut self) {
        let Some(key) = self.key() else { return };
        self.left = self.left.saturating_sub(self.numbers.len());
        let off = self.off();
        match &mut self.best {
            Some(best) if best.off.len() < off.len() || best.off == off => {}
            Some(best) if best.off.len() == off.len() => best.rivals.extend(off),
            best => {
                *best = Some(Fit {
                    key,
                    off,
                    rivals: Vec::new(),
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

    /// What is not on the chosen shares' polynomial.
    fn off(&self) -> Vec<&'a Claim<'a>> {
        let of_number = |number: &'a Vec<Claim<'a>>| {
            let value = number.first().map(|claim| self.at(claim.index.get()));
            number
                .iter()
                .filter(move |claim| value.as_deref() != Some(claim.value.as_bytes()))
        };
        self.numbers.iter().flat_map(of_number).collect()
    }

    /// The chosen shares' polynomial at `x`.
    fn at(&self, x: u8) -> Zeroizing<[u8; 32]> {
        let points: Vec<_> = self
            .chosen
            .iter()
            .map(|claim| (claim.index.get(), claim.value.as_bytes()))
            .collect();
        gf256::interpolate(&points, x)
    }
}
