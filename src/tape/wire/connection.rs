//! One TCP connection: whose it is, what its two directions carry, what is missing.
//!
//! Anybody may have sent a packet of a capture. A repeated SYN begins nothing anew, an RST
//! ends nothing that goes on, and what lies far from where a direction stands is not
//! taken: what a receiver would have refused must not hide what it accepted.

use std::time::Duration;

use super::{
    direction::Direction,
    headers::Segment,
    websocket::{Message, begins_ours},
};
use crate::tape::coverage::{Coverage, Unread};

/// What may wait behind a gap in a direction that is doormat's, and in one that may be.
const EARLY: (usize, usize) = (1 << 20, 64 * 1024);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Foreign,
    Undecided,
    Ours,
}

/// How much a connection's loss would cost.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth(bool, Verdict, u64);

pub(super) struct Connection {
    directions: [Direction; 2],
    verdict: Verdict,
    /// All of its packets; those that were cut short; those out of the window.
    packets: u64,
    cut: u64,
    outside: u64,
    /// Whether its beginning was captured, and whether anything was said.
    begun: bool,
    spoken: bool,
    /// The frame that it was last seen in, counted over all.
    pub(super) last: u64,
}

impl Connection {
    pub(super) fn new() -> Self {
        Self {
            directions: [Direction::default(), Direction::default()],
            verdict: Verdict::Undecided,
            packets: 0,
            cut: 0,
            outside: 0,
            begun: false,
            spoken: false,
            last: 0,
        }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.verdict == Verdict::Ours
    }

    /// Whether more of it may come that is to be read.
    pub(super) fn goes_on(&self) -> bool {
        self.verdict != Verdict::Foreign && !self.directions.iter().all(|it| it.ended)
    }

    /// How much its loss would cost: somebody else's first, one of ours that goes on last.
    pub(super) fn worth(&self) -> Worth {
        Worth(self.goes_on(), self.verdict, self.last)
    }

    /// What waits for more to come, in bytes.
    pub(super) fn held(&self) -> usize {
        self.directions.iter().map(Direction::held).sum()
    }

    /// How far a segment that begins there is from where this direction stands; `None` if it
    /// cannot belong there.
    pub(super) fn distance(&self, side: usize, sequence: u32) -> Option<u32> {
        self.directions.get(side)?.distance(sequence)
    }

    /// Whether a SYN with this first byte begins this connection, and not another one on
    /// the same ports.
    pub(super) fn begins_with(&self, side: usize, first: u32) -> bool {
        let direction = self.directions.get(side);
        direction.is_none_or(|it| it.begins_with(first))
    }

    /// Takes a segment that came in so many packets; adds the messages that it completes.
    pub(super) fn take(
        &mut self,
        side: usize,
        segment: &Segment<'_>,
        packets: u64,
        time: Duration,
        messages: &mut Vec<Message>,
    ) {
        self.packets += packets;
        if segment.cut > 0 {
            self.cut += packets;
        }
        if !self.segment(side, segment, time, messages) && segment.cut == 0 {
            self.outside += packets;
        }
        self.decide();
    }

    /// `false` if the segment lies out of the window.
    fn segment(
        &mut self,
        side: usize,
        segment: &Segment<'_>,
        time: Duration,
        messages: &mut Vec<Message>,
    ) -> bool {
        if let (Some(acknowledged), Some(other)) =
            (segment.acknowledged, self.directions.get_mut(1 - side))
        {
            other.acknowledge(acknowledged);
        }
        let Some(direction) = self.directions.get_mut(side) else {
            return true;
        };
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        if segment.syn {
            self.begun = true;
            if !direction.begin(sequence, self.verdict == Verdict::Undecided) {
                return false;
            }
        }
        direction.seen = true;
        direction.ended |= segment.fin || segment.rst;
        if segment.payload.is_empty() && segment.cut == 0 {
            return true;
        }
        self.spoken = true;
        let limit = match self.verdict {
            Verdict::Ours => EARLY.0,
            Verdict::Undecided => EARLY.1,
            // Another connection of ours may begin where somebody else's ended.
            Verdict::Foreign if begins_ours(segment.payload) => {
                self.verdict = Verdict::Undecided;
                EARLY.1
            }
            Verdict::Foreign => return true,
        };
        direction.take(sequence, segment, time, limit, messages)
    }

    fn decide(&mut self) {
        if self.directions.iter().any(Direction::is_ours) {
            self.verdict = Verdict::Ours;
        }
        for direction in self.directions.iter_mut().filter(|it| it.is_foreign()) {
            direction.give_up();
            if self.verdict == Verdict::Undecided {
                self.verdict = Verdict::Foreign;
            }
        }
        if self.verdict == Verdict::Foreign {
            self.directions.iter_mut().for_each(Direction::give_up);
        }
    }

    /// Goes on behind every gap of a direction: nothing will close it any more.
    pub(super) fn give_up_gaps(&mut self, side: usize, messages: &mut Vec<Message>) {
        if let Some(direction) = self.directions.get_mut(side) {
            direction.give_up_gaps(messages);
        }
        self.decide();
    }

    /// Gives up what a direction holds: the gaps, and the message that is not whole.
    pub(super) fn give_up_held(&mut self, side: usize, messages: &mut Vec<Message>) {
        if let Some(direction) = self.directions.get_mut(side) {
            direction.give_up_held(messages);
        }
        self.decide();
    }

    /// Adds its packets, and what is missing of it.
    pub(super) fn count(&self, coverage: &mut Coverage) {
        match self.verdict {
            Verdict::Foreign => coverage.count(Unread::OtherTraffic, self.packets),
            Verdict::Undecided if self.cut > 0 => coverage.count(Unread::CutShort, self.packets),
            Verdict::Undecided if self.begun && !self.spoken => {
                coverage.count(Unread::OtherTraffic, self.packets);
            }
            Verdict::Undecided => coverage.count(Unread::BeganBefore, self.packets),
            Verdict::Ours => {
                coverage.read += self.packets - self.cut - self.outside;
                coverage.count(Unread::CutShort, self.cut);
                coverage.count(Unread::OutOfWindow, self.outside);
                let missing: u64 = self.directions.iter().map(Direction::missing).sum();
                let joined = self.directions.iter().any(|it| it.joined);
                coverage.losses.bytes += missing;
                coverage.losses.joined += u64::from(joined);
                coverage.losses.connections += u64::from(joined || missing > 0);
            }
        }
    }
}
