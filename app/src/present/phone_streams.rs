//! The phones' open event streams. A vote takes a connection of its own, so streams may
//! take only a part of the phones' connections. When there are too many, the oldest of the
//! address prefix with the most streams ends. A phone without a stream can still vote, and
//! its page opens another stream by itself.

use std::{collections::BTreeMap, net::IpAddr};

use tokio::sync::oneshot;

use super::ballot::Voter;
use crate::transport::admission::address_prefix;

/// The most streams of one device, which may have the page open in two tabs.
const STREAMS_PER_DEVICE: usize = 2;

/// One connection in so many is kept free of streams.
const RESERVED: usize = 5;

/// The streams of all phones, the oldest first.
#[derive(Default)]
pub(super) struct PhoneStreams {
    streams: BTreeMap<u64, PhoneStream>,
    next: u64,
    most: usize,
}

struct PhoneStream {
    voter: Voter,
    prefix: IpAddr,
    /// Ends the stream when something is sent on it.
    end: oneshot::Sender<()>,
}

impl PhoneStreams {
    /// For a listener that admits so many connections.
    pub(super) fn with_places(places: u32) -> Self {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Self {
            most: (places - places / RESERVED).max(1),
            ..Self::default()
        }
    }

    /// How many devices have a stream.
    pub(super) fn devices(&self) -> usize {
        let mut voters: Vec<&Voter> = self.streams.values().map(|it| &it.voter).collect();
        voters.sort_unstable();
        voters.dedup();
        voters.len()
    }

    /// Adds a stream, and ends those for which there is no room then: its number, and what
    /// ends it.
    pub(super) fn add(&mut self, voter: &Voter, from: IpAddr) -> (u64, oneshot::Receiver<()>) {
        if self.matching(|it| it.voter == *voter).count() >= STREAMS_PER_DEVICE {
            self.end_oldest(|it| it.voter == *voter);
        }
        if self.streams.len() >= self.most
            && let Some(largest) = self.largest_prefix()
        {
            self.end_oldest(|it| it.prefix == largest);
        }
        let (end, ended) = oneshot::channel();
        let number = self.next;
        self.next += 1;
        let stream = PhoneStream {
            voter: voter.clone(),
            prefix: address_prefix(from),
            end,
        };
        self.streams.insert(number, stream);
        (number, ended)
    }

    /// Removes a stream that has ended.
    pub(super) fn remove(&mut self, number: u64) {
        self.streams.remove(&number);
    }

    fn matching(&self, which: impl Fn(&PhoneStream) -> bool) -> impl Iterator<Item = u64> {
        let streams = self.streams.iter();
        streams.filter_map(move |(number, it)| which(it).then_some(*number))
    }

    fn end_oldest(&mut self, which: impl Fn(&PhoneStream) -> bool) {
        let oldest = self.matching(which).next();
        if let Some(it) = oldest.and_then(|number| self.streams.remove(&number)) {
            let _ = it.end.send(());
        }
    }

    /// The address prefix with the most streams.
    fn largest_prefix(&self) -> Option<IpAddr> {
        let mut counts: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for it in self.streams.values() {
            *counts.entry(it.prefix).or_default() += 1;
        }
        let largest = counts.into_iter().max_by_key(|(_, count)| *count);
        largest.map(|(prefix, _)| prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voter(number: u8) -> Voter {
        Voter::new([number; 16])
    }

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn a_device_has_two_streams_and_counts_once() {
        let mut phones = PhoneStreams::with_places(100);
        let mut streams = [(); 3].map(|()| phones.add(&voter(1), from(1)));
        assert!(streams[0].1.try_recv().is_ok(), "the oldest has ended");
        assert!(streams[2].1.try_recv().is_err());
        assert_eq!((phones.streams.len(), phones.devices()), (2, 1));
    }

    #[test]
    fn the_address_with_the_most_streams_loses_one_first() {
        let mut phones = PhoneStreams::with_places(10);
        let mut honest = phones.add(&voter(0), from(1));
        let mut crowd: Vec<_> = (1..8).map(|it| phones.add(&voter(it), from(2))).collect();
        assert_eq!(phones.devices(), 8, "a fifth of ten places stays free");
        let mut late = phones.add(&voter(8), from(3));
        assert_eq!(phones.devices(), 8);
        assert!(crowd[0].1.try_recv().is_ok());
        for stream in [&mut honest, &mut late, &mut crowd[1]] {
            assert!(stream.1.try_recv().is_err());
        }
        phones.remove(honest.0);
        assert_eq!(phones.devices(), 7);
    }
}
