//! IP packets in parts, put together (RFC 791 §3.2, RFC 8200 §4.5).

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use etherparse::defrag::IpDefragBuf;

use super::headers::{Fragment, FragmentId};

/// Packets that wait for parts, at most. Each is 64 KiB at most.
const WAITING: usize = 256;

/// The most pieces that a packet is in at a time. Each part is compared with all.
const PIECES: usize = 64;

/// How long a packet waits for its parts; then its number is another packet's.
const LIFETIME: Duration = Duration::from_secs(30);

#[derive(Default)]
pub(super) struct Fragments {
    waiting: HashMap<FragmentId, Waiting>,
    /// Oldest first; it may name packets that are complete by now.
    order: VecDeque<FragmentId>,
}

struct Waiting {
    buffer: IpDefragBuf,
    /// In how many packets the parts came that are not counted yet.
    packets: u64,
    begun: Duration,
    /// Complete: as many copies of its parts may follow, where a capture has them twice.
    copies: Option<u64>,
}

/// What a fragment led to.
pub(super) enum Joined {
    /// The packet is complete: its bytes, and in how many parts they came.
    Whole(Vec<u8>, u64),
    /// Parts are missing; so many others were given up for it.
    Waiting(u64),
}

impl Fragments {
    /// Takes a fragment that came in so many packets.
    pub(super) fn take(&mut self, fragment: &Fragment<'_>, packets: u64, time: Duration) -> Joined {
        let mut given_up = self.forget_stale(fragment, time);
        if !self.waiting.contains_key(&fragment.of) {
            given_up += self.make_room();
            self.order.push_back(fragment.of);
        }
        let waiting = self
            .waiting
            .entry(fragment.of)
            .or_insert_with(|| Waiting::new(fragment, time));
        match waiting.take(fragment, packets) {
            Some((whole, packets)) => Joined::Whole(whole, packets),
            None => Joined::Waiting(given_up),
        }
    }

    /// Forgets a packet that cannot be this part's: too old, or contradicted by it. Tells how
    /// many parts it had.
    fn forget_stale(&mut self, fragment: &Fragment<'_>, time: Duration) -> u64 {
        let stale = |it: &Waiting| time.saturating_sub(it.begun) > LIFETIME || !it.agrees(fragment);
        if !self.waiting.get(&fragment.of).is_some_and(stale) {
            return 0;
        }
        self.order.retain(|it| *it != fragment.of);
        let forgotten = self.waiting.remove(&fragment.of);
        forgotten.map_or(0, |it| it.packets)
    }

    /// The parts of packets that are not complete.
    pub(super) fn unfinished(&self) -> u64 {
        self.waiting.values().map(|it| it.packets).sum()
    }

    /// Gives up the oldest packet if there are too many; tells how many parts it had.
    fn make_room(&mut self) -> u64 {
        if self.order.len() < WAITING {
            return 0;
        }
        let oldest = self.order.pop_front();
        let given_up = oldest.and_then(|it| self.waiting.remove(&it));
        given_up.map_or(0, |it| it.packets)
    }
}

impl Waiting {
    fn new(fragment: &Fragment<'_>, begun: Duration) -> Self {
        Self {
            buffer: IpDefragBuf::new(fragment.of.protocol, Vec::new(), Vec::new()),
            packets: 0,
            begun,
            copies: None,
        }
    }

    /// Whether a part can be one of this packet's.
    fn agrees(&self, fragment: &Fragment<'_>) -> bool {
        let from = usize::from(fragment.offset.byte_offset());
        let to = from + fragment.payload.len();
        let end = self.buffer.end().map(usize::from);
        match self.copies {
            None => {
                let ends = end.is_none_or(|end| to <= end && (fragment.more || to == end));
                let beyond = !fragment.more && self.buffer.data().len() > to;
                ends && !beyond && self.buffer.sections().len() < PIECES
            }
            Some(left) => left > 0 && self.buffer.data().get(from..to) == Some(fragment.payload),
        }
    }

    /// Adds a part; gives the packet when it is complete, and again with each copy of a part.
    fn take(&mut self, fragment: &Fragment<'_>, packets: u64) -> Option<(Vec<u8>, u64)> {
        self.packets += packets;
        match &mut self.copies {
            Some(left) => *left -= 1,
            None => {
                let (offset, more) = (fragment.offset, fragment.more);
                let added = self.buffer.add(offset, more, fragment.payload);
                if added.is_err() || !self.buffer.is_complete() {
                    return None;
                }
                self.copies = Some(self.packets);
            }
        }
        let packets = std::mem::take(&mut self.packets);
        Some((self.buffer.data().clone(), packets))
    }
}
