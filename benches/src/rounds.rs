//! Rounds, and what is said of them. Everybody has one turn in every round, so that a
//! noisy moment falls on all; a ratio is taken within a round, never between two.

use std::fmt;

use crate::Failure;

/// Gives each of `count` candidates a turn in each of `rounds` rounds; a list of
/// figures for each. Who begins changes from round to round.
///
/// # Errors
/// What `turn` says.
pub fn interleaved(
    rounds: usize,
    count: usize,
    mut turn: impl FnMut(usize) -> Result<f64, Failure>,
) -> Result<Vec<Vec<f64>>, Failure> {
    let mut figures = vec![Vec::with_capacity(rounds); count];
    for round in 0..rounds {
        for place in 0..count {
            let candidate = (round + place) % count;
            if let Some(list) = figures.get_mut(candidate) {
                list.push(turn(candidate)?);
            }
        }
    }
    Ok(figures)
}

/// The middle of many figures, and the quarters of them that lie below and above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Half of the figures are smaller.
    pub median: f64,
    /// A quarter is smaller than the first, a quarter larger than the second.
    pub quartiles: (f64, f64),
}

impl Spread {
    /// Of these figures; nothing of none.
    pub fn of(mut figures: Vec<f64>) -> Option<Self> {
        figures.sort_by(f64::total_cmp);
        let at = |quarters: usize| {
            let last = figures.len().checked_sub(1)?;
            figures.get(last * quarters / 4).copied()
        };
        Some(Self {
            median: at(2)?,
            quartiles: (at(1)?, at(3)?),
        })
    }

    /// Of the first list's figures, each divided by the second's of the same round.
    pub fn of_ratios(dividends: &[f64], divisors: &[f64]) -> Option<Self> {
        let rounds = dividends.iter().zip(divisors);
        Self::of(rounds.map(|(one, other)| one / other).collect())
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.quartiles;
        write!(f, "{:.2} ({low:.2}–{high:.2})", self.median)
    }
}
