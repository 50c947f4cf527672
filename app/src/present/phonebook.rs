//! The phones that listen now. A vote is a connection of its own: so listening takes only
//! a part of the places, and what is more than that gives way, first where most come from.
//! Who no longer listens still votes, and asks again by itself.

use std::{collections::BTreeMap, net::IpAddr};

use tokio::sync::oneshot;

use super::{ballot::Voter, papers::household};

/// Streams of one device: a tab, and another that was opened by mistake.
const TABS: usize = 2;

/// Of so many places one is kept free of streams.
const FREE: usize = 5;

/// The streams of all phones, in the order in which they came.
#[derive(Default)]
pub(super) struct Phonebook {
    streams: BTreeMap<u64, Listener>,
    next: u64,
    most: usize,
}

struct Listener {
    voter: Voter,
    from: IpAddr,
    /// Sent on: go.
    end: oneshot::Sender<()>,
}

impl Phonebook {
    /// For a door with so many places.
    pub(super) fn with_places(places: u32) -> Self {
        let places = usize::try_from(places).unwrap_or(usize::MAX);
        Self {
            most: (places - places / FREE).max(1),
            ..Self::default()
        }
    }

    /// How many devices listen.
    pub(super) fn devices(&self) -> usize {
        let mut voters: Vec<&Voter> = self.streams.values().map(|it| &it.voter).collect();
        voters.sort_unstable();
        voters.dedup();
        voters.len()
    }

    /// A stream more; what it leaves no room for ends.
    pub(super) fn enter(&mut self, voter: &Voter, from: IpAddr) -> (u64, oneshot::Receiver<()>) {
        let from = household(from);
        if self.of(|it| it.voter == *voter).count() >= TABS {
            self.end_the_first(|it| it.voter == *voter);
        }
        if self.streams.len() >= self.most
            && let Some(crowd) = self.largest_household()
        {
            self.end_the_first(|it| it.from == crowd);
        }
        let (end, ended) = oneshot::channel();
        let number = self.next;
        self.next = number.wrapping_add(1);
        let voter = voter.clone();
        self.streams.insert(number, Listener { voter, from, end });
        (number, ended)
    }

    /// A stream less.
    pub(super) fn leave(&mut self, number: u64) {
        self.streams.remove(&number);
    }

    fn of(&self, which: impl Fn(&Listener) -> bool) -> impl Iterator<Item = u64> {
        let streams = self.streams.iter();
        streams.filter_map(move |(number, it)| which(it).then_some(*number))
    }

    fn end_the_first(&mut self, which: impl Fn(&Listener) -> bool) {
        let first = self.of(which).next();
        if let Some(it) = first.and_then(|number| self.streams.remove(&number)) {
            let _ = it.end.send(());
        }
    }

    fn largest_household(&self) -> Option<IpAddr> {
        let mut counts: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for it in self.streams.values() {
            *counts.entry(it.from).or_default() += 1;
        }
        let largest = counts.into_iter().max_by_key(|(_, count)| *count);
        largest.map(|(household, _)| household)
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
    fn a_device_has_two_tabs_and_counts_once() {
        let mut book = Phonebook::with_places(100);
        let mut streams = [(); 3].map(|()| book.enter(&voter(1), from(1)));
        assert!(streams[0].1.try_recv().is_ok(), "the oldest has ended");
        assert!(streams[2].1.try_recv().is_err());
        assert_eq!((book.streams.len(), book.devices()), (2, 1));
    }

    #[test]
    fn a_crowd_from_one_place_gives_way_first() {
        let mut book = Phonebook::with_places(10);
        let mut honest = book.enter(&voter(0), from(1));
        let mut crowd: Vec<_> = (1..8).map(|it| book.enter(&voter(it), from(2))).collect();
        assert_eq!(book.devices(), 8, "a fifth of ten places stays free");
        let mut late = book.enter(&voter(8), from(3));
        assert_eq!(book.devices(), 8);
        assert!(crowd[0].1.try_recv().is_ok());
        for stream in [&mut honest, &mut late, &mut crowd[1]] {
            assert!(stream.1.try_recv().is_err());
        }
        book.leave(honest.0);
        assert_eq!(book.devices(), 7);
    }
}
