//! One direction of a TCP connection, put in order: segments may come twice, in
//! any order, and overlapping (RFC 9293 §3.4).

use std::{collections::BTreeMap, time::Duration};

/// How far ahead of the next byte a segment may lie, in bytes. What waits behind a gap is
/// bounded anyway, and the farther this is the easier it is for others to put bytes in.
pub(super) const WINDOW: u32 = 1 << 21;

/// What a waiting segment takes besides its bytes.
const OVERHEAD: usize = 96;

/// What comes next in a direction.
pub(super) enum Piece<'a> {
    /// Bytes in order, and when they passed.
    Bytes(Duration, &'a [u8]),
    /// So many bytes that are not in the capture.
    Gap(u64),
}

pub(super) struct TcpReassembler {
    /// The sequence number of the next byte.
    next: u32,
    /// Segments beyond it, by their distance from the beginning.
    early: BTreeMap<u64, Early>,
    /// What they take, in bytes.
    held: usize,
    /// Bytes in order so far, and gaps.
    passed: u64,
}

/// A segment that came too early.
struct Early {
    time: Duration,
    bytes: Vec<u8>,
    /// Bytes of its end that were not captured.
    cut: u32,
}

impl Early {
    fn length(&self) -> u64 {
        length(&self.bytes) + u64::from(self.cut)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl TcpReassembler {
    /// A direction whose next byte has this sequence number.
    pub(super) const fn begin(next: u32) -> Self {
        Self {
            next,
            early: BTreeMap::new(),
            held: 0,
            passed: 0,
        }
    }

    /// The sequence number of the next byte.
    pub(super) const fn next(&self) -> u32 {
        self.next
    }

    /// What segments that came too early take, in bytes.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// How far from the next byte a segment begins, on either side; `None` if it cannot
    /// belong here. Behind, it may be anything that has passed.
    pub(super) fn distance(&self, sequence: u32) -> Option<u32> {
        let ahead = sequence.wrapping_sub(self.next);
        let behind = ahead.wrapping_neg();
        let passed = u32::try_from(self.passed)
            .unwrap_or(u32::MAX)
            .min(u32::MAX / 2);
        if ahead <= WINDOW {
            Some(ahead)
        } else {
            (behind <= passed.max(WINDOW)).then_some(behind)
        }
    }

    /// Whether a segment begins before the first byte that was delivered.
    pub(super) fn is_before(&self, sequence: u32) -> bool {
        let behind = self.next.wrapping_sub(sequence);
        behind <= u32::MAX / 2 && u64::from(behind) > self.passed
    }

    /// Takes a segment that can belong here, of whose end `cut` bytes were not captured.
    pub(super) fn take(
        &mut self,
        sequence: u32,
        (time, payload, cut): (Duration, &[u8], u32),
        deliver: &mut dyn FnMut(Piece<'_>),
    ) {
        let ahead = sequence.wrapping_sub(self.next);
        if ahead <= WINDOW {
            if ahead == 0 && self.early.is_empty() {
                self.deliver(time, payload, cut, deliver);
            } else {
                self.keep(self.passed + u64::from(ahead), time, payload, cut);
            }
        } else {
            let behind = usize::try_from(ahead.wrapping_neg());
            // Most often it lies behind as a whole: it was sent again.
            if let Some(fresh) = behind.ok().and_then(|behind| payload.get(behind..)) {
                self.keep(self.passed, time, fresh, cut);
            }
        }
        self.release(deliver);
    }

    fn keep(&mut self, at: u64, time: Duration, payload: &[u8], cut: u32) {
        let segment = Early {
            time,
            bytes: payload.to_vec(),
            cut,
        };
        let known = self.early.get(&at).map_or(0, Early::length);
        if segment.length() > known {
            self.held += segment.bytes.len() + OVERHEAD;
            if let Some(old) = self.early.insert(at, segment) {
                self.held -= old.bytes.len() + OVERHEAD;
            }
        }
    }

    /// Delivers what is in order by now.
    fn release(&mut self, deliver: &mut dyn FnMut(Piece<'_>)) {
        while let Some(first) = self.early.first_entry() {
            let at = *first.key();
            if at > self.passed {
                break;
            }
            let segment = first.remove();
            self.held -= segment.bytes.len() + OVERHEAD;
            let known = self.passed - at;
            let fresh = usize::try_from(known)
                .ok()
                .and_then(|known| segment.bytes.get(known..));
            match fresh {
                Some(fresh) => self.deliver(segment.time, fresh, segment.cut, deliver),
                None => self.skip(segment.length().saturating_sub(known), deliver),
            }
        }
    }

    fn deliver(
        &mut self,
        time: Duration,
        bytes: &[u8],
        cut: u32,
        deliver: &mut dyn FnMut(Piece<'_>),
    ) {
        if !bytes.is_empty() {
            deliver(Piece::Bytes(time, bytes));
            self.advance(length(bytes));
        }
        self.skip(cut.into(), deliver);
    }

    fn skip(&mut self, bytes: u64, deliver: &mut dyn FnMut(Piece<'_>)) {
        if bytes > 0 {
            deliver(Piece::Gap(bytes));
            self.advance(bytes);
        }
    }

    fn advance(&mut self, bytes: u64) {
        self.passed += bytes;
        let [_, _, _, _, low @ ..] = bytes.to_be_bytes();
        self.next = self.next.wrapping_add(u32::from_be_bytes(low));
    }

    /// Goes on behind gaps until no more than `limit` bytes are held.
    pub(super) fn give_up_gaps(&mut self, limit: usize, deliver: &mut dyn FnMut(Piece<'_>)) {
        while self.held > limit {
            let Some(first) = self.early.keys().next() else {
                break;
            };
            self.skip(first.saturating_sub(self.passed), deliver);
            self.release(deliver);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is delivered, a gap as so many dots.
    fn take(stream: &mut TcpReassembler, sequence: u32, payload: &[u8], cut: u32) -> Vec<u8> {
        let mut out = Vec::new();
        stream.take(sequence, (Duration::ZERO, payload, cut), &mut |piece| {
            collect(&mut out, piece);
        });
        out
    }

    fn collect(out: &mut Vec<u8>, piece: Piece<'_>) {
        match piece {
            Piece::Bytes(_, bytes) => out.extend(bytes),
            Piece::Gap(bytes) => out.extend((0..bytes).map(|_| b'.')),
        }
    }

    #[test]
    fn segments_in_any_order_twice_and_overlapping_give_the_bytes_once() {
        let text: Vec<u8> = (0..=255).cycle().take(2000).collect();
        let start = u32::MAX - 700;
        let mut stream = TcpReassembler::begin(start);
        let mut out = Vec::new();
        for (from, to) in [
            (0, 100),
            (300, 500),
            (90, 120),
            (0, 50),
            (100, 320),
            (1990, 2000),
        ] {
            let sequence = start.wrapping_add(u32::try_from(from).expect("small"));
            out.extend(take(&mut stream, sequence, &text[from..to], 0));
        }
        assert_eq!(out, text[..500]);
        out.extend(take(
            &mut stream,
            start.wrapping_add(450),
            &text[450..1995],
            0,
        ));
        assert_eq!(out, text);
        assert_eq!(stream.held(), 0);
    }

    #[test]
    fn a_gap_is_given_up_when_too_much_waits_behind_it_and_tells_its_length() {
        let mut stream = TcpReassembler::begin(10);
        assert!(take(&mut stream, 13, b"def", 0).is_empty());
        assert!(take(&mut stream, 18, b"ij", 0).is_empty());
        let mut out = Vec::new();
        stream.give_up_gaps(0, &mut |piece| collect(&mut out, piece));
        assert_eq!(out, b"...def..ij");
        assert_eq!(take(&mut stream, 10, b"abc", 0), b"", "it was given up");
    }

    #[test]
    fn what_the_capture_cut_off_is_a_gap() {
        let mut stream = TcpReassembler::begin(0);
        assert_eq!(take(&mut stream, 0, b"ab", 3), b"ab...");
        assert_eq!(take(&mut stream, 5, b"f", 0), b"f");
        assert_eq!(take(&mut stream, 8, b"i", 1), b"");
        assert_eq!(take(&mut stream, 6, b"gh", 0), b"ghi.");
    }
}
