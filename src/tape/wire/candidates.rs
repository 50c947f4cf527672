//! The connections between two ends: one after the other, and where strangers send into
//! a capture several at a time. A segment belongs to the one that stands nearest to it; so
//! what was forged stands beside what it imitates, and takes nothing from it.

use super::{
    connection::{Connection, Worth},
    headers::Segment,
    websocket::Start,
};
use crate::tape::coverage::Coverage;

/// Connections that are followed between two ends at a time.
const CANDIDATES: usize = 4;

/// The newest is the last.
#[derive(Default)]
pub(super) struct Candidates(Vec<Connection>);

impl Candidates {
    /// The connection that a segment belongs to, which it may begin. Gives one that had to
    /// go for it.
    pub(super) fn find(
        &mut self,
        side: usize,
        segment: &Segment<'_>,
    ) -> (Option<&mut Connection>, Option<Connection>) {
        let mut gone = None;
        let at = match self.standing_at(side, segment) {
            Some(at) => at,
            None if self.0.is_empty() || begins_another(segment) => {
                gone = self.make_room();
                self.0.push(Connection::new());
                self.0.len() - 1
            }
            None => self.0.len() - 1,
        };
        (self.0.get_mut(at), gone)
    }

    /// Which connection stands where a segment begins, or may.
    fn standing_at(&self, side: usize, segment: &Segment<'_>) -> Option<usize> {
        let (sequence, newest_first) = (segment.sequence, || self.0.iter().enumerate().rev());
        if segment.syn {
            let first = sequence.wrapping_add(1);
            let known = newest_first().find(|(_, it)| it.begins_with(side, first));
            return known.map(|(at, _)| at);
        }
        let near = newest_first()
            .filter_map(|(at, it)| Some((it.distance(side, sequence)?, at)))
            .min_by_key(|(distance, _)| *distance);
        let open = || newest_first().find(|(_, it)| it.is_open(side));
        near.map(|(_, at)| at).or_else(|| open().map(|(at, _)| at))
    }

    fn make_room(&mut self) -> Option<Connection> {
        let least = (0..self.0.len()).min_by_key(|at| self.0.get(*at).map(Connection::worth));
        least
            .filter(|_| self.0.len() >= CANDIDATES)
            .map(|at| self.0.remove(at))
    }

    pub(super) fn is_ours(&self) -> bool {
        self.0.iter().any(Connection::is_ours)
    }

    /// What waits for more to come, in bytes.
    pub(super) fn held(&self) -> usize {
        self.0.iter().map(Connection::held).sum()
    }

    /// How much the loss of all would cost.
    pub(super) fn worth(&self) -> Option<Worth> {
        self.0.iter().map(Connection::worth).max()
    }

    /// Adds the packets of all, and what is missing of them.
    pub(super) fn count(&self, coverage: &mut Coverage) {
        let seen = self.seen();
        self.0.iter().for_each(|it| it.count(seen, coverage));
    }

    /// Of which directions anything was captured.
    pub(super) fn seen(&self) -> [bool; 2] {
        let both = self.0.iter().map(Connection::seen);
        both.fold([false; 2], |[low, high], [a, b]| [low || a, high || b])
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.0.iter_mut()
    }

    pub(super) fn into_all(self) -> impl Iterator<Item = Connection> {
        self.0.into_iter()
    }
}

/// Whether a segment that belongs to no connection begins another one.
fn begins_another(segment: &Segment<'_>) -> bool {
    segment.syn || Start::of(segment.payload).is_some()
}
