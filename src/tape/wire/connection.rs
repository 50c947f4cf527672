//! One TCP connection: whose it is, what its two directions carry, what is missing.
//!
//! Anybody may have sent a packet of a capture. A repeated SYN begins nothing anew, an RST
//! ends nothing that goes on, and what lies far from where a direction stands is not
//! taken: what a receiver would have refused must not hide what it accepted.

use std::time::Duration;

use super::{direction::Direction, headers::Segment, websocket::Message};
use crate::tape::coverage::{Coverage, Unread};

/// What may wait behind a gap in a direction that is doormat's, and in one that may be.
const EARLY: (usize, usize) = (1 << 20, 64 * 1024);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Foreign,
    Undecided,
    Ours,
}

/// How much a connection's loss would cost: somebody else's the least, then one that is
/// over; of the others one that said nothing, or little.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Worth(bool, Verdict, u64, u64);

pub(super) struct Connection {
    directions: [Direction; 2],
    verdict: Verdict,
    /// All of its packets; those that were cut short; those out of the window.
    packets: u64,
    cut: u64,
    outside: u64,
    /// Whether its beginning was captured, and how many packets said something.
    begun: bool,
    spoken: u64,
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
            spoken: 0,
            last: 0,
        }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.verdict == Verdict::Ours
    }

    pub(super) fn worth(&self) -> Worth {
        let over = self.directions.iter().all(|it| it.ended);
        let goes_on = self.verdict != Verdict::Foreign && !over;
        Worth(goes_on, self.verdict, self.spoken, self.last)
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

    /// Whether it is not known where this direction stands.
    pub(super) fn is_open(&self, side: usize) -> bool {
        let direction = self.directions.get(side);
        self.verdict != Verdict::Foreign && direction.is_some_and(Direction::is_open)
    }

    /// Whether a SYN with this first byte begins this connection, and not another one on
    /// the same ports.
    pub(super) fn begins_with(&self, side: usize, first: u32) -> bool {
        let foreign = self.verdict == Verdict::Foreign;
        let direction = self.directions.get(side);
        direction.is_some_and(|it| it.begins_with(first, !foreign))
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
        let inside = self.segment(side, segment, time, messages);
        if segment.cut > 0 {
            self.cut += packets;
        } else if !inside {
            self.outside += packets;
        }
        if inside && !segment.payload.is_empty() {
            self.spoken += packets;
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
        let [low, high] = &mut self.directions;
        let (direction, other) = if side == 0 { (low, high) } else { (high, low) };
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        if segment.syn {
            self.begun = true;
            direction.begin(sequence, self.verdict == Verdict::Undecided);
        }
        direction.see();
        if direction.distance(sequence).is_none() && !direction.is_open() {
            return self.verdict == Verdict::Foreign;
        }
        if let Some(acknowledged) = segment.acknowledged {
            other.acknowledge(acknowledged);
        }
        direction.ended |= segment.fin || segment.rst;
        // What an RST carries is words about it (RFC 9293 §3.5.3).
        if segment.rst || segment.payload.is_empty() && segment.cut == 0 {
            return true;
        }
        match self.verdict {
            Verdict::Ours => direction.take(sequence, segment, time, EARLY.0, messages),
            Verdict::Undecided => direction.take(sequence, segment, time, EARLY.1, messages),
            Verdict::Foreign => {}
        }
        true
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

    /// Gives up what a direction holds: the gaps, and then the message that is not whole.
    pub(super) fn give_up_held(&mut self, side: usize, messages: &mut Vec<Message>) {
        if let Some(direction) = self.directions.get_mut(side) {
            direction.give_up_held(messages);
        }
        self.decide();
    }

    /// Of which directions anything was captured.
    pub(super) fn seen(&self) -> [bool; 2] {
        self.directions.each_ref().map(Direction::is_seen)
    }

    /// Adds its packets, and what is missing of it. `seen` are the directions of which
    /// anything was captured, in this connection or beside it.
    pub(super) fn count(&self, seen: [bool; 2], coverage: &mut Coverage) {
        let whole = self.packets - self.cut;
        match self.verdict {
            Verdict::Foreign => coverage.count(Unread::OtherTraffic, self.packets),
            Verdict::Undecided => {
                coverage.count(Unread::CutShort, self.cut);
                let nothing_said = self.begun && self.spoken == 0 && self.cut == 0;
                let why = match (nothing_said, self.cut) {
                    (true, _) => Unread::OtherTraffic,
                    (_, 0) => Unread::BeganBefore,
                    // Because of the others it cannot be told whose they are.
                    _ => Unread::CutShort,
                };
                coverage.count(why, whole);
            }
            Verdict::Ours => {
                coverage.read += whole - self.outside;
                coverage.count(Unread::CutShort, self.cut);
                coverage.count(Unread::OutOfWindow, self.outside);
                let directions = self.directions.iter().zip(seen);
                let missing: u64 = directions.map(|(it, seen)| it.missing(seen)).sum();
                let joined = self.directions.iter().any(|it| it.joined);
                coverage.losses.bytes += missing;
                coverage.losses.joined += u64::from(joined);
                coverage.losses.connections += u64::from(joined || missing > 0);
            }
        }
    }
}
