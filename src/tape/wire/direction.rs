//! One direction of a TCP connection: where it stands, the messages in it, what is missing.

use std::time::Duration;

use super::{
    headers::Segment,
    tcp::{Piece, TcpReassembler, WINDOW},
    websocket::{Message, Start, WebSocketReader},
};

#[derive(Default)]
pub(super) struct Direction {
    /// The sequence number of its first byte, from the SYN.
    first: Option<u32>,
    stream: Option<Box<Stream>>,
    /// From where and up to where the other side has received.
    acknowledged: Option<(u32, u32)>,
    /// Whether any of its segments was captured.
    seen: bool,
    /// Whether a FIN or an RST was.
    pub(super) ended: bool,
    /// Whether it is followed from a frame, without a handshake.
    pub(super) joined: bool,
    /// It turned out to be somebody else's, and is followed no further.
    given_up: bool,
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

    /// Whether it is not known where this stands, and may be found out.
    pub(super) fn is_open(&self) -> bool {
        self.stream.is_none() && !self.given_up
    }

    /// Whether any of its segments was captured.
    pub(super) const fn is_seen(&self) -> bool {
        self.seen
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

    /// Whether a SYN with this first byte begins this; if no other SYN is known, only
    /// where this `may` still begin.
    pub(super) fn begins_with(&self, first: u32, may: bool) -> bool {
        match (self.first, &self.stream) {
            (Some(known), _) => known == first,
            // It may come behind the data that it begins.
            (None, Some(stream)) => may && stream.tcp.next().wrapping_sub(first) <= WINDOW,
            (None, None) => may && !self.given_up,
        }
    }

    /// A segment of this was captured.
    pub(super) const fn see(&mut self) {
        self.seen = true;
    }

    /// Takes the number of the first byte, from a SYN.
    pub(super) fn begin(&mut self, first: u32, follow: bool) {
        if self.first.is_none() && self.stream.is_none() && follow {
            self.stream = Some(Stream::begin(first, Start::Handshake));
        }
        self.first.get_or_insert(first);
    }

    /// The other side says that it has received up to there. What was said before and cannot
    /// be, where this stands now, was somebody else's word.
    pub(super) fn acknowledge(&mut self, number: u32) {
        let (from, to) = self.acknowledged.unwrap_or((number, number));
        let ahead = number.wrapping_sub(to) <= WINDOW;
        let stale = self
            .stream
            .as_ref()
            .is_some_and(|it| it.tcp.distance(to).is_none());
        if ahead || stale {
            self.acknowledged = Some((from, number));
        }
    }

    /// Takes a segment's payload, of which `limit` bytes may wait behind a gap; adds the
    /// messages that it completes.
    pub(super) fn take(
        &mut self,
        sequence: u32,
        segment: &Segment<'_>,
        time: Duration,
        limit: usize,
        messages: &mut Vec<Message>,
    ) {
        let length = u64::try_from(segment.payload.len()).unwrap_or(u64::MAX);
        let length = length + u64::from(segment.cut);
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None if self.given_up => return,
            None => match Start::of(segment.payload) {
                Some(start) => {
                    self.joined |= start == Start::Frames;
                    self.stream.insert(Stream::begin(sequence, start))
                }
                None => {
                    // One byte is a keep-alive's, which was received before.
                    self.missing += if length > 1 { length } else { 0 };
                    return;
                }
            },
        };
        if self.joined && stream.tcp.is_before(sequence) {
            self.missing += length;
            return;
        }
        let Stream { tcp, websocket } = &mut **stream;
        let payload = (time, segment.payload, segment.cut);
        let mut deliver = |piece: Piece<'_>| websocket.take(piece, messages);
        tcp.take(sequence, payload, &mut deliver);
        tcp.give_up_gaps(limit, &mut deliver);
    }

    /// Gives up the gaps, and the message that is not whole.
    pub(super) fn give_up_held(&mut self, messages: &mut Vec<Message>) {
        if let Some(stream) = &mut self.stream
            && stream.tcp.held() + stream.websocket.held() > 0
        {
            let Stream { tcp, websocket } = &mut **stream;
            tcp.give_up_gaps(0, &mut |piece| websocket.take(piece, messages));
            websocket.lose_track();
        }
    }

    /// Follows it no further.
    pub(super) fn give_up(&mut self) {
        self.missing = self.missing(true);
        (self.stream, self.given_up) = (None, true);
    }

    /// Bytes that are not in the capture, or were not understood. What the other side has
    /// received beyond the last byte is missing too, or all that it has received if nothing
    /// of this was `seen`; a FIN counts as one byte.
    pub(super) fn missing(&self, seen: bool) -> u64 {
        let Some(stream) = &self.stream else {
            let received = self.acknowledged.filter(|_| !seen);
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
}
