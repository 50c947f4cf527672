//! IP packets in parts, put together (RFC 791 §3.2, RFC 8200 §4.5).

use std::collections::{HashMap, VecDeque};

use etherparse::defrag::IpDefragBuf;

use super::headers::{Fragment, FragmentId};

/// Packets that wait for parts, at most. Each is 64 KiB at most.
const WAITING: usize = 256;

#[derive(Default)]
pub(super) struct Fragments {
    waiting: HashMap<FragmentId, Waiting>,
    /// Oldest first; it may name packets that are complete by now.
    order: VecDeque<FragmentId>,
}

struct Waiting {
    buffer: IpDefragBuf,
    packets: u64,
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
    pub(super) fn take(&mut self, fragment: &Fragment<'_>, packets: u64) -> Joined {
        let mut given_up = 0;
        if !self.waiting.contains_key(&fragment.of) {
            given_up = self.make_room();
            self.order.push_back(fragment.of);
        }
        let waiting = self.waiting.entry(fragment.of).or_insert_with(|| Waiting {
            buffer: IpDefragBuf::new(fragment.of.protocol, Vec::new(), Vec::new()),
            packets: 0,
        });
        waiting.packets += packets;
        let added = waiting
            .buffer
            .add(fragment.offset, fragment.more, fragment.payload);
        // One that contradicts the others is a part of nothing.
        if added.is_ok()
            && waiting.buffer.is_complete()
            && let Some(whole) = self.waiting.remove(&fragment.of)
        {
            return Joined::Whole(whole.buffer.take_bufs().0, whole.packets);
        }
        Joined::Waiting(given_up)
    }

    /// The parts of packets that are not complete.
    pub(super) fn unfinished(&self) -> u64 {
        self.waiting.values().map(|it| it.packets).sum()
    }

    /// Gives up the oldest packet if there are too many; tells how many parts it had.
    fn make_room(&mut self) -> u64 {
        while self.order.len() >= WAITING {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(waiting) = self.waiting.remove(&oldest) {
                return waiting.packets;
            }
        }
        0
    }
}
