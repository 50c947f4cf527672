//! The messages in one direction of a WebSocket connection (RFC 6455): the HTTP
//! handshake first, then frames, masked from client to server, whole or in
//! fragments, with control frames between them.
//!
//! Where the capture began in the middle, or has lost something, the reader goes on at the
//! next segment that begins with a handshake or with a frame of doormat's.

use std::time::Duration;

use super::{
    frame::{self, FrameHead, Opcode},
    tcp::Piece,
};

/// The subprotocol that makes a connection ours.
const SUBPROTOCOL: &str = "doormat.v1";

/// The longest handshake, in bytes.
const LONGEST_HANDSHAKE: usize = 16 * 1024;

/// A message, and when its last byte passed.
pub(super) type Message = (Duration, Vec<u8>);

pub(super) struct WebSocketReader {
    state: State,
    /// Bytes of a handshake or a frame that is not whole yet.
    waiting: Vec<u8>,
    /// The fragments of a message so far, and whether they are binary.
    fragments: Option<(bool, Vec<u8>)>,
    /// Whether this has turned out to be one of ours.
    ours: bool,
    /// Bytes that were not captured, or not understood.
    missing: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Handshake,
    Frames,
    /// Where the next frame begins is not known.
    Lost,
    /// Somebody else's.
    Foreign,
}

/// What a segment may begin with, so that a reader can start there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Handshake,
    Frames,
}

impl Start {
    /// How a reader can start with these bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if [b"GET ".as_slice(), b"HTTP/1.1 "]
            .iter()
            .any(|it| bytes.starts_with(it))
        {
            Some(Self::Handshake)
        } else {
            frame::is_ours(bytes).then_some(Self::Frames)
        }
    }
}

impl WebSocketReader {
    pub(super) const fn new(start: Start) -> Self {
        Self {
            state: match start {
                Start::Handshake => State::Handshake,
                Start::Frames => State::Frames,
            },
            waiting: Vec::new(),
            fragments: None,
            ours: matches!(start, Start::Frames),
            missing: 0,
        }
    }

    /// Whether this has turned out to be one of ours.
    pub(super) const fn is_ours(&self) -> bool {
        self.ours
    }

    /// Whether this has turned out to be none of ours.
    pub(super) fn is_foreign(&self) -> bool {
        self.state == State::Foreign
    }

    /// Bytes that were not captured, or not understood, so far.
    pub(super) const fn missing(&self) -> u64 {
        self.missing
    }

    /// What waits for its end, in bytes.
    pub(super) fn held(&self) -> usize {
        let fragments = self.fragments.as_ref().map_or(0, |(_, it)| it.len());
        self.waiting.capacity() + fragments
    }

    /// Takes what comes next; adds the binary messages that it completes.
    pub(super) fn take(&mut self, piece: Piece<'_>, messages: &mut Vec<Message>) {
        match piece {
            Piece::Bytes(time, bytes) => self.bytes(time, bytes, messages),
            Piece::Gap(bytes) => {
                self.missing += bytes;
                self.lose_track();
            }
        }
    }

    /// Where the next frame begins is not known any more.
    pub(super) fn lose_track(&mut self) {
        if self.state != State::Foreign {
            let fragments = self.fragments.take().map_or(0, |(_, it)| it.len());
            self.count_missing(self.waiting.len() + fragments);
            self.waiting = Vec::new();
            self.state = State::Lost;
        }
    }

    fn count_missing(&mut self, bytes: usize) {
        self.missing += u64::try_from(bytes).unwrap_or(u64::MAX);
    }

    fn bytes(&mut self, time: Duration, bytes: &[u8], messages: &mut Vec<Message>) {
        if self.state == State::Lost {
            match Start::of(bytes) {
                Some(Start::Handshake) => self.state = State::Handshake,
                Some(Start::Frames) => (self.state, self.ours) = (State::Frames, true),
                None => self.count_missing(bytes.len()),
            }
        }
        if matches!(self.state, State::Lost | State::Foreign) {
            return;
        }
        let looked_at = self.waiting.len();
        self.waiting.extend_from_slice(bytes);
        if self.state == State::Handshake {
            self.handshake(looked_at);
        }
        if self.state == State::Frames && self.frames(time, messages).is_none() {
            self.lose_track();
        }
    }

    /// Looks for the handshake's end; up to `looked_at` it is not there.
    fn handshake(&mut self, looked_at: usize) {
        const END: &[u8] = b"\r\n\r\n";
        let from = looked_at.saturating_sub(END.len() - 1);
        let unseen = self.waiting.get(from..).unwrap_or_default();
        let Some(end) = unseen.windows(END.len()).position(|w| w == END) else {
            let http = [b"GET ".as_slice(), b"HTTP"];
            let begun = http.iter().any(|it| {
                let shown = self.waiting.len().min(it.len());
                self.waiting.get(..shown) == it.get(..shown)
            });
            if !begun || self.waiting.len() > LONGEST_HANDSHAKE {
                self.refuse();
            }
            return;
        };
        let head = self.waiting.drain(..from + end + END.len());
        if names_us(head.as_slice()) {
            drop(head);
            (self.state, self.ours) = (State::Frames, true);
        } else {
            drop(head);
            self.refuse();
        }
    }

    /// No handshake of ours: what was ours before goes on being looked for.
    fn refuse(&mut self) {
        if self.ours {
            self.lose_track();
        } else {
            self.waiting = Vec::new();
            self.state = State::Foreign;
        }
    }

    /// Takes the frames that are whole. `None` if what follows is no frame of ours.
    fn frames(&mut self, time: Duration, messages: &mut Vec<Message>) -> Option<()> {
        let mut waiting = std::mem::take(&mut self.waiting);
        let mut taken = 0;
        let mut sound = Some(());
        loop {
            let rest = waiting.get(taken..).unwrap_or_default();
            let head = match FrameHead::parse(rest) {
                Ok(Some(head)) => head,
                Ok(None) => break,
                Err(_) => {
                    sound = None;
                    break;
                }
            };
            let Some(payload) = rest.get(head.header..head.header + head.length) else {
                break;
            };
            taken += head.header + head.length;
            if let Some(message) = self.frame(&head, payload) {
                messages.push((time, message));
            }
        }
        // A connection that waits for nothing holds nothing.
        if taken < waiting.len() {
            waiting.drain(..taken);
            self.waiting = waiting;
        }
        sound
    }

    /// Takes a frame; gives the binary message that it completes.
    fn frame(&mut self, head: &FrameHead, payload: &[u8]) -> Option<Vec<u8>> {
        let (binary, message) = match head.opcode {
            Opcode::Control => return None,
            Opcode::Begin { binary } => {
                if let Some((_, unfinished)) = self.fragments.take() {
                    self.count_missing(unfinished.len());
                }
                (binary, head.unmask(payload))
            }
            Opcode::Continue => match self.fragments.take() {
                Some((binary, mut message)) if message.len() + payload.len() <= frame::LONGEST => {
                    message.extend(head.unmask(payload));
                    (binary, message)
                }
                // Its beginning is missing, or it is longer than any of ours.
                begun => {
                    self.count_missing(payload.len() + begun.map_or(0, |(_, it)| it.len()));
                    return None;
                }
            },
        };
        if head.last {
            return binary.then_some(message);
        }
        self.fragments = Some((binary, message));
        None
    }
}

/// Whether a request or a response names the subprotocol.
fn names_us(head: &[u8]) -> bool {
    String::from_utf8_lossy(head).lines().any(|line| {
        line.split_once(':').is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("sec-websocket-protocol")
                && value.split(',').any(|it| it.trim() == SUBPROTOCOL)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: &[u8] =
        b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: doormat.v1\r\n\r\n";

    const ENVELOPE: &[u8] = b"\x01\x01\x02\x01 and so on";

    fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let mut out = vec![first];
        let masked = if mask.is_some() { 0x80 } else { 0 };
        match payload.len() {
            length @ 0..=125 => out.push(masked | u8::try_from(length).expect("short")),
            length => {
                out.push(masked | 126);
                out.extend(u16::try_from(length).expect("short").to_be_bytes());
            }
        }
        out.extend(mask.iter().flatten());
        let key = mask.unwrap_or_default();
        out.extend(payload.iter().zip(key.iter().cycle()).map(|(b, m)| b ^ m));
        out
    }

    /// The reader and the messages after these pieces; `None` is a gap of ten bytes.
    fn read<'a>(
        pieces: impl IntoIterator<Item = Option<&'a [u8]>>,
    ) -> (WebSocketReader, Vec<Vec<u8>>) {
        let (mut reader, mut messages) = (WebSocketReader::new(Start::Handshake), Vec::new());
        for piece in pieces {
            let piece = piece.map_or(Piece::Gap(10), |bytes| Piece::Bytes(Duration::ZERO, bytes));
            reader.take(piece, &mut messages);
        }
        let messages = messages.into_iter().map(|(_, message)| message).collect();
        (reader, messages)
    }

    #[test]
    fn masked_and_fragmented_messages_come_whole_however_the_bytes_are_cut() {
        let long = vec![7; 300];
        let stream = [
            HANDSHAKE.to_vec(),
            frame(0x82, Some([1, 2, 3, 4]), b"masked"),
            frame(0x81, None, b"{\"type\":\"text\"}"),
            frame(0x02, Some([9, 9, 9, 9]), b"in "),
            frame(0x89, None, b"ping"),
            frame(0x00, None, b"three "),
            frame(0x80, None, b"parts"),
            frame(0x82, None, &long),
        ]
        .concat();
        for size in [1, 2, 7, 1000] {
            let (reader, messages) = read(stream.chunks(size).map(Some));
            assert!(reader.is_ours());
            assert_eq!(reader.missing(), 0);
            assert_eq!(
                messages,
                [b"masked".to_vec(), b"in three parts".to_vec(), long.clone()]
            );
        }
    }

    #[test]
    fn other_connections_are_given_up_at_once() {
        for bytes in [
            b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".as_slice(),
            b"SSH-2.0-OpenSSH",
            &[0x16, 3, 1],
        ] {
            let (reader, _) = read([Some(bytes)]);
            assert!(reader.is_foreign() && !reader.is_ours());
        }
    }

    #[test]
    fn behind_a_gap_the_next_frame_of_ours_is_found_and_what_lies_between_is_counted() {
        for mask in [None, Some([5, 6, 7, 8])] {
            let ours = frame(0x82, mask, ENVELOPE);
            let ping = frame(0x89, mask, b"");
            let behind_a_ping = [ping, ours.clone()].concat();
            let (reader, messages) = read([
                Some(HANDSHAKE),
                Some(ours.as_slice()),
                None,
                Some(b"the end of some frame"),
                Some(&behind_a_ping),
                Some(&ours),
            ]);
            assert_eq!(messages, [ENVELOPE; 3]);
            assert_eq!(reader.missing(), 10 + 21);
        }
    }

    #[test]
    fn a_message_whose_beginning_is_missing_is_counted_and_the_next_is_read() {
        let text = br#"{"type":"accepted"}"#;
        let rest = [
            frame(0x81, None, text),
            frame(0x80, None, b"its end"),
            frame(0x82, None, ENVELOPE),
        ]
        .concat();
        let (reader, messages) = read([Some(HANDSHAKE), None, Some(&rest)]);
        assert_eq!(messages, [ENVELOPE]);
        assert_eq!(reader.missing(), 10 + 7);
    }

    #[test]
    fn a_frame_that_claims_gigabytes_is_not_waited_for() {
        let huge = [HANDSHAKE, &[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]].concat();
        let ours = frame(0x82, None, ENVELOPE);
        let (reader, messages) = read([Some(huge.as_slice()), Some(&ours)]);
        assert_eq!(messages, [ENVELOPE]);
        assert_eq!(reader.missing(), 10);
    }
}
