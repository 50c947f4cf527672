//! Counts, as the page writes them.

use crate::report::matrix::summary::Summary;
use crate::text::grouped;

/// `3 of 4`
pub(super) fn of((number, of): (usize, usize)) -> String {
    format!("{} of {}", grouped(number), grouped(of))
}

/// `3 of 4 before, 1 of 4 after`
pub(super) fn counts(summary: &Summary) -> String {
    format!("{} before, {} after", of(summary.past), of(summary.future))
}
