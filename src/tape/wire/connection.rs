//! One TCP connection: whose it is, what its two directions carry, what is missing.
//!
//! Anybody may have sent a packet of a capture. A repeated SYN begins nothing anew, an RST
//! ends nothing that goes on, and what lies far from where a direction stands is not
//! taken: what a receiver would have refused must not hide what it accepted.

use std::time::Duration;

use super::{
    headers::Segment,
    tcp::{Piece, TcpReassembler, WINDOW},
    websocket::{Message, Start, WebSocketReader, names_us},
};
use crate::tape::coverage::{Coverage, Unread};

/// What may wait behind a gap in a direction that is doormat's, and in one that may be.
const EARLY: (usize, usize) = (1 << 20, 64 * 1024);

/// After so many segments in a row far from where a direction stands, it stands there.
const OUTSIDE: u32 = 16;

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

#[derive(Default)]
struct Direction {
    /// The sequence number of its first byte, from the SYN.
    first: Option<u32>,
    stream: Option<Box<Stream>>,
    /// From where and up to where the other side has received.
    acknowledged: Option<(u32, u32)>,
    /// Whether any of its segments was captured.
    seen: bool,
    /// Segments in a row out of the window.
    outside: u32,
    ended: bool,
    /// Followed from a frame, without a handshake.
    joined: bool,
    /// Bytes that were not captured or not understood, but for those of `stream`.
    missing: u64,
}

struct Stream {
    tcp: TcpReassembler,
    websocket: WebSocketReader,
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
        let streams = self.directions.iter().filter_map(|it| it.stream.as_ref());
        streams.map(|it| it.tcp.held() + it.websocket.held()).sum()
    }

    /// How far a segment that begins there is from where this direction stands; `None` if it
    /// cannot belong there.
    pub(super) fn distance(&self, side: usize, sequence: u32) -> Option<u32> {
        let stream = self.direction(side)?.stream.as_ref()?;
        stream.tcp.distance(sequence)
    }

    /// Whether a SYN with this first byte begins this connection, and not another one on
    /// the same ports.
    pub(super) fn begins_with(&self, side: usize, first: u32) -> bool {
        self.direction(side).is_none_or(|it| match it.first {
            Some(known) => known == first,
            // It may come behind the data that it begins.
            None => it
                .stream
                .as_ref()
                .is_none_or(|it| it.tcp.next().wrapping_sub(first) <= WINDOW),
        })
    }

    fn direction(&self, side: usize) -> Option<&Direction> {
        self.directions.get(side)
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
        direction.seen = true;
        let sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        if segment.syn {
            self.begun = true;
            if !direction.begin(sequence, self.verdict == Verdict::Undecided) {
                return false;
            }
        }
        direction.ended |= segment.fin;
        if segment.rst {
            self.directions.iter_mut().for_each(|it| it.ended = true);
        }
        if segment.payload.is_empty() && segment.cut == 0 {
            return true;
        }
        self.spoken = true;
        self.payload(side, sequence, segment, time, messages)
    }

    /// `false` if the payload lies out of the window.
    fn payload(
        &mut self,
        side: usize,
        sequence: u32,
        segment: &Segment<'_>,
        time: Duration,
        messages: &mut Vec<Message>,
    ) -> bool {
        let Some(direction) = self.directions.get_mut(side) else {
            return true;
        };
        if direction.stream.is_none() {
            let start = match (self.verdict, Start::of(segment.payload)) {
                // Another connection of ours may begin where somebody else's ended.
                (Verdict::Foreign, Some(Start::Handshake)) if names_us(segment.payload) => {
                    self.verdict = Verdict::Undecided;
                    Start::Handshake
                }
                (Verdict::Foreign, _) => return true,
                (_, Some(start)) => start,
                (_, None) => {
                    let unread = u64::try_from(segment.payload.len()).unwrap_or(u64::MAX);
                    direction.missing += unread + u64::from(segment.cut);
                    return true;
                }
            };
            direction.joined |= start == Start::Frames;
            direction.stream = Some(Stream::begin(sequence, start));
        }
        let Some(stream) = &mut direction.stream else {
            return true;
        };
        let fits = stream.tcp.distance(sequence).is_some();
        direction.outside = if fits { 0 } else { direction.outside + 1 };
        if !fits && direction.outside < OUTSIDE {
            return false;
        }
        let limit = if self.verdict == Verdict::Ours {
            EARLY.0
        } else {
            EARLY.1
        };
        if !fits {
            direction.outside = 0;
            stream.move_to(sequence, messages);
        }
        let Stream { tcp, websocket } = &mut **stream;
        let payload = (time, segment.payload, segment.cut);
        tcp.take(sequence, payload, &mut |piece| {
            websocket.take(piece, messages)
        });
        tcp.give_up_gaps(limit, &mut |piece| websocket.take(piece, messages));
        true
    }

    fn decide(&mut self) {
        for direction in &mut self.directions {
            let Some(stream) = &direction.stream else {
                continue;
            };
            if stream.websocket.is_ours() {
                self.verdict = Verdict::Ours;
            } else if stream.websocket.is_foreign() {
                direction.give_up();
                if self.verdict == Verdict::Undecided {
                    self.verdict = Verdict::Foreign;
                }
            }
        }
        if self.verdict == Verdict::Foreign {
            self.directions.iter_mut().for_each(Direction::give_up);
        }
    }

    /// Goes on behind every gap of a direction: nothing will close it any more.
    pub(super) fn give_up_gaps(&mut self, side: usize, messages: &mut Vec<Message>) {
        let direction = self.directions.get_mut(side);
        if let Some(stream) = direction.and_then(|it| it.stream.as_mut()) {
            stream.give_up_gaps(messages);
        }
        self.decide();
    }

    /// Gives up what a direction holds: the gaps, and the message that is not whole.
    pub(super) fn give_up_held(&mut self, side: usize, messages: &mut Vec<Message>) {
        self.give_up_gaps(side, messages);
        let direction = self.directions.get_mut(side);
        if let Some(stream) = direction.and_then(|it| it.stream.as_mut()) {
            stream.websocket.lose_track();
        }
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

impl Direction {
    /// Takes the number of the first byte. `false` if another one is known.
    fn begin(&mut self, first: u32, follow: bool) -> bool {
        match self.first {
            Some(known) => known == first,
            None => {
                self.first = Some(first);
                if self.stream.is_none() && follow {
                    self.stream = Some(Stream::begin(first, Start::Handshake));
                }
                true
            }
        }
    }

    fn acknowledge(&mut self, number: u32) {
        let (from, to) = self.acknowledged.unwrap_or((number, number));
        if number.wrapping_sub(to) <= WINDOW {
            self.acknowledged = Some((from, number));
        }
    }

    fn give_up(&mut self) {
        self.missing = self.missing();
        self.stream = None;
    }

    /// Bytes that are not in the capture, or were not understood. What the other side has
    /// received beyond the last byte is missing too; a FIN counts as one byte.
    fn missing(&self) -> u64 {
        let Some(stream) = &self.stream else {
            let received = self
                .acknowledged
                .map_or(0, |(from, to)| to.wrapping_sub(from));
            return self.missing + if self.seen { 0 } else { received.into() };
        };
        let received = self.acknowledged.map(|(_, to)| to);
        let unseen = received.map_or(0, |it| it.wrapping_sub(stream.tcp.next()));
        let unseen = if (2..=WINDOW).contains(&unseen) && stream.tcp.held() == 0 {
            unseen
        } else {
            0
        };
        self.missing + stream.websocket.missing() + u64::from(unseen)
    }
}

impl Stream {
    fn begin(next: u32, start: Start) -> Box<Self> {
        Box::new(Self {
            tcp: TcpReassembler::begin(next),
            websocket: WebSocketReader::new(start),
        })
    }

    fn give_up_gaps(&mut self, messages: &mut Vec<Message>) {
        let Self { tcp, websocket } = self;
        tcp.give_up_gaps(0, &mut |piece| websocket.take(piece, messages));
    }

    /// Goes on at another place.
    fn move_to(&mut self, sequence: u32, messages: &mut Vec<Message>) {
        self.give_up_gaps(messages);
        let ahead = sequence.wrapping_sub(self.tcp.next());
        if ahead <= u32::MAX / 2 {
            self.websocket.take(Piece::Gap(ahead.into()), messages);
        } else {
            self.websocket.lose_track();
        }
        self.tcp = TcpReassembler::begin(sequence);
    }
}
