//! One direction of a TCP connection, put in order: segments may come twice, in
//! any order, and overlapping (RFC 9293 §3.4).

use std::collections::BTreeMap;

/// Bytes kept for segments that came too early; beyond it the capture has lost
/// something for good.
const EARLY: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct TcpReassembler {
    /// The sequence number of the next byte.
    next: u32,
    /// Segments beyond it, by their distance from the beginning.
    early: BTreeMap<u64, Vec<u8>>,
    kept: usize,
    /// Bytes in order so far.
    passed: u64,
}

impl TcpReassembler {
    /// A direction whose first segment, a SYN, has this sequence number.
    pub(super) const fn begin(sequence: u32) -> Self {
        Self {
            next: sequence.wrapping_add(1),
            early: BTreeMap::new(),
            kept: 0,
            passed: 0,
        }
    }

    /// Takes a segment; gives the bytes that are now in order. `None` once bytes
    /// are missing for good.
    pub(super) fn take(&mut self, sequence: u32, syn: bool, payload: &[u8]) -> Option<Vec<u8>> {
        if payload.is_empty() {
            return Some(Vec::new());
        }
        let begins = sequence.wrapping_add(u32::from(syn));
        // Distance from the next byte, in a ring of 2^32: the upper half lies behind.
        let ahead = begins.wrapping_sub(self.next);
        if ahead <= u32::MAX / 2 {
            self.keep(self.passed + u64::from(ahead), payload);
        } else {
            let behind = usize::try_from(ahead.wrapping_neg()).ok()?;
            if let Some(fresh) = payload.get(behind..) {
                self.keep(self.passed, fresh);
            }
        }
        if self.kept > EARLY {
            return None;
        }
        self.in_order()
    }

    fn keep(&mut self, at: u64, bytes: &[u8]) {
        let longer = self
            .early
            .get(&at)
            .is_none_or(|kept| kept.len() < bytes.len());
        if longer && !bytes.is_empty() {
            let old = self.early.insert(at, bytes.to_vec());
            self.kept -= old.map_or(0, |old| old.len());
            self.kept += bytes.len();
        }
    }

    fn in_order(&mut self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(first) = self.early.first_entry() {
            let at = *first.key();
            if at > self.passed {
                break;
            }
            let bytes = first.remove();
            self.kept -= bytes.len();
            let known = usize::try_from(self.passed - at).ok()?;
            // A segment may lie wholly within what has passed already.
            let fresh = bytes.get(known..).unwrap_or_default();
            out.extend_from_slice(fresh);
            let length = u32::try_from(fresh.len()).ok()?;
            self.next = self.next.wrapping_add(length);
            self.passed += u64::from(length);
        }
        Some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_in_any_order_twice_and_overlapping_give_the_bytes_once() {
        let text: Vec<u8> = (0..=255).cycle().take(2000).collect();
        let start = u32::MAX - 700;
        let mut direction = TcpReassembler::begin(start.wrapping_sub(1));
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
            out.extend(
                direction
                    .take(sequence, false, &text[from..to])
                    .expect("sound"),
            );
        }
        assert_eq!(out, text[..500]);
        let sequence = start.wrapping_add(450);
        out.extend(
            direction
                .take(sequence, false, &text[450..1995])
                .expect("sound"),
        );
        assert_eq!(out, text);
    }

    #[test]
    fn a_gap_that_never_closes_ends_the_direction() {
        let mut direction = TcpReassembler::begin(0);
        let far = |i: u32| 10_000 + i * 60_000;
        let ended = (0..30).any(|i| direction.take(far(i), false, &[0; 60_000]).is_none());
        assert!(ended);
    }
}
