//! One direction of a TCP connection: where it stands, the messages in it, what is missing.

use std::time::Duration;

use super::{
    headers::Segment,
    tcp::{Piece, TcpReassembler, WINDOW},
    websocket::{Message, Start, WebSocketReader},
};

/// After so many segments in a row far from where a direction stands, it stands there.
const OUTSIDE: u32 = 16;

#[derive(Default)]
pub(super) struct Direction {
    /// The sequence number of its first byte, from the SYN.
    first: Option<u32>,
    stream: Option<Box<Stream>>,
    /// From where and up to where the other side has received.
    acknowledged: Option<(u32, u32)>,
    /// Whether any of its segments was captured.
    pub(super) seen: bool,
    /// Whether a FIN or an RST was.
    pub(super) ended: bool,
    /// Whether it is followed from a frame, without a handshake.
    pub(super) joined: bool,
    /// Segments in a row out of the window.
    outside: u32,
    /// Bytes that were not captured or not understood, but for those of `stream`.
    missing: u64,
}

struct Stream {
    tcp: TcpReassembler,
    websocket: WebSocketReader,
}

impl Direction {
    pub(super) fn is_ours(&self) -> bool {
        self.websocket().is_some_and(WebSocketReader::is_ours)
    }

    pub(super) fn is_foreign(&self) -> bool {
        self.websocket().is_some_and(WebSocketReader::is_foreign)
    }

    fn websocket(&self) -> Option<&WebSocketReader> {
        self.stream.as_ref().map(|it| &it.websocket)
    }

    /// What waits for more to come, in bytes.
    pub(super) fn held(&self) -> usize {
        let stream = self.stream.as_ref();
        stream.map_or(0, |it| it.tcp.held() + it.websocket.held())
    }

    /// How far a segment that begins there is from where this stands; `None` if it cannot
    /// belong here.
    pub(super) fn distance(&self, sequence: u32) -> Option<u32> {
        self.stream.as_ref()?.tcp.distance(sequence)
    }

    /// Whether a SYN with this first byte begins this.
    pub(super) fn begins_with(&self, first: u32) -> bool {
        match (self.first, &self.stream) {
            (Some(known), _) => known == first,
            // It may come behind the data that it begins.
            (None, Some(stream)) => stream.tcp.next().wrapping_sub(first) <= WINDOW,
            (None, None) => true,
        }
    }

    /// Takes the number of the first byte, from a SYN. `false` if another one is known.
    pub(super) fn begin(&mut self, first: u32, follow: bool) -> bool {
        if self.first.is_none() && self.stream.is_none() && follow {
            self.stream = Some(Stream::begin(first, Start::Handshake));
        }
        *self.first.get_or_insert(first) == first
    }

    /// The other side has received up to there.
    pub(super) fn acknowledge(&mut self, number: u32) {
        let (from, to) = self.acknowledged.unwrap_or((number, number));
        if number.wrapping_sub(to) <= WINDOW {
            self.acknowledged = Some((from, number));
        }
    }

    /// Takes a segment's payload, of which `limit` bytes may wait behind a gap; adds the
    /// messages that it completes. `false` if it lies out of the window.
    pub(super) fn take(
        &mut self,
        sequence: u32,
        segment: &Segment<'_>,
        time: Duration,
        limit: usize,
        messages: &mut Vec<Message>,
    ) -> bool {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => match Start::of(segment.payload) {
                Some(start) => {
                    self.joined |= start == Start::Frames;
                    self.stream.insert(Stream::begin(sequence, start))
                }
                None => {
                    let unread = u64::try_from(segment.payload.len()).unwrap_or(u64::MAX);
                    self.missing += unread + u64::from(segment.cut);
                    return true;
                }
            },
        };
        if stream.tcp.distance(sequence).is_some() {
            self.outside = 0;
        } else if self.outside + 1 < OUTSIDE {
            self.outside += 1;
            return false;
        } else {
            self.outside = 0;
            stream.move_to(sequence, messages);
        }
        let Stream { tcp, websocket } = &mut **stream;
        let payload = (time, segment.payload, segment.cut);
        let mut deliver = |piece: Piece<'_>| websocket.take(piece, messages);
        tcp.take(sequence, payload, &mut deliver);
        tcp.give_up_gaps(limit, &mut deliver);
        true
    }

    /// Goes on behind every gap: nothing will close it any more.
    pub(super) fn give_up_gaps(&mut self, messages: &mut Vec<Message>) {
        if let Some(stream) = &mut self.stream {
            stream.give_up_gaps(messages);
        }
    }

    /// Gives up the gaps, and the message that is not whole.
    pub(super) fn give_up_held(&mut self, messages: &mut Vec<Message>) {
        if let Some(stream) = &mut self.stream {
            stream.give_up_gaps(messages);
            stream.websocket.lose_track();
        }
    }

    /// Follows it no further.
    pub(super) fn give_up(&mut self) {
        self.missing = self.missing();
        self.stream = None;
    }

    /// Bytes that are not in the capture, or were not understood. What the other side has
    /// received beyond the last byte is missing too; a FIN counts as one byte.
    pub(super) fn missing(&self) -> u64 {
        let Some(stream) = &self.stream else {
            let received = self.acknowledged.filter(|_| !self.seen);
            let unseen = received.map_or(0, |(from, to)| to.wrapping_sub(from));
            return self.missing + u64::from(unseen);
        };
        let unseen = self
            .acknowledged
            .map(|(_, to)| to.wrapping_sub(stream.tcp.next()))
            .filter(|unseen| (2..=WINDOW).contains(unseen) && stream.tcp.held() == 0);
        self.missing + stream.websocket.missing() + u64::from(unseen.unwrap_or(0))
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
