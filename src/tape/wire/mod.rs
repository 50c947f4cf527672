//! From a network interface's frames to the packets of a tape: what a capture of
//! the real traffic takes to read.
//!
//! ```text
//! frame ─ headers ─ (fragments) ─▶ TCP segment ─ connection ─ tcp ─ websocket ─▶ messages
//! ```
//!
//! [`headers`] takes off what stands around a segment, [`connection`] says whose it is,
//! [`tcp`] puts a direction's bytes in order, [`websocket`] finds the messages in them.
//! Every frame is counted: as read, or under the reason why it was not.

mod connection;
mod direction;
mod encapsulation;
mod fragments;
mod frame;
mod headers;
mod layer;
mod link;
mod tcp;
mod websocket;

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use self::{
    connection::{Connection, Worth},
    fragments::{Fragments, Joined},
    headers::{Inner, Segment},
    layer::Layer,
    websocket::Message,
};
use super::{
    coverage::{Coverage, Unread},
    file::Frame,
    packet::Packet,
};

/// Connections followed at a time; beyond it the half that is worth least is forgotten.
const CONNECTIONS: usize = 32_768;

/// What may wait for more to come in all connections together, in bytes.
const HELD: usize = 64 << 20;

/// Reassembled packets within one another, at most.
const NESTED: usize = 4;

/// Follows every connection of a capture.
#[derive(Default)]
pub(super) struct Connections {
    open: HashMap<Ends, Slot>,
    fragments: Fragments,
    frames: u64,
    /// What waits for more to come, in bytes.
    held: usize,
    /// Of what is not open any more, or never was a connection.
    counted: Coverage,
}

/// Two ends, the lower first.
type Ends = (SocketAddr, SocketAddr);

/// The connection between two ends, and the one before it if that goes on: a SYN alone
/// does not end it.
struct Slot {
    now: Connection,
    before: Option<Box<Connection>>,
}

impl Connections {
    /// Takes a frame; gives the messages that it completes.
    pub(super) fn take(&mut self, frame: &Frame<'_>) -> Vec<Packet> {
        self.frames += 1;
        match headers::of_frame(frame.link_type, frame.data, frame.cut()) {
            Ok(inner) => self.inner(inner, 1, 0, frame.time),
            Err(why) => {
                self.counted.count(why, 1);
                Vec::new()
            }
        }
    }

    /// Takes what a frame holds, or so many packets together.
    fn inner(
        &mut self,
        inner: Inner<'_>,
        packets: u64,
        nested: usize,
        time: Duration,
    ) -> Vec<Packet> {
        let fragment = match inner {
            Inner::Segment(segment) => return self.segment(&segment, packets, time),
            Inner::Fragment(fragment) => fragment,
        };
        let (why, packets) = match self.fragments.take(&fragment, packets) {
            Joined::Whole(bytes, parts) if nested < NESTED => {
                let of = fragment.of;
                let layer = Layer::Transport(of.protocol, of.source, of.destination);
                match headers::below(layer, &bytes, 0) {
                    Ok(inner) => return self.inner(inner, parts, nested + 1, time),
                    Err(why) => (why, parts),
                }
            }
            Joined::Whole(_, packets) | Joined::Waiting(packets) => (Unread::Fragment, packets),
        };
        self.counted.count(why, packets);
        Vec::new()
    }

    fn segment(&mut self, segment: &Segment<'_>, packets: u64, time: Duration) -> Vec<Packet> {
        let (source, destination) = (segment.source, segment.destination);
        let (ends, side) = if source <= destination {
            ((source, destination), 0)
        } else {
            ((destination, source), 1)
        };
        let mut found = Vec::new();
        if !self.open.contains_key(&ends) {
            self.make_room(&mut found);
        }
        let slot = self.open.entry(ends).or_insert_with(Slot::new);
        let retired = slot.make_place(side, segment);
        let connection = slot.connection(side, segment);
        let mut messages = Vec::new();
        let held = connection.held();
        connection.last = self.frames;
        connection.take(side, segment, packets, time, &mut messages);
        self.held = self.held + connection.held() - held;
        found.extend(packets_of(messages, source.ip(), destination.ip()));
        if let Some(retired) = retired {
            self.retire(ends, retired, &mut found);
        }
        if self.held > HELD {
            self.give_up_half(&mut found);
        }
        found
    }

    /// Gives up what waits in the connections that are worth least, until half is left.
    fn give_up_half(&mut self, found: &mut Vec<Packet>) {
        for (_, ends) in self.by_worth() {
            if self.held <= HELD / 2 {
                break;
            }
            let Some(slot) = self.open.get_mut(&ends) else {
                continue;
            };
            for connection in slot.connections() {
                self.held -= connection.held();
                for_each_side(ends, connection, found, Connection::give_up_held);
                self.held += connection.held();
            }
        }
    }

    /// The ends of all connections, those that are worth least first.
    fn by_worth(&self) -> Vec<(Worth, Ends)> {
        let open = self.open.iter();
        let mut order: Vec<_> = open.map(|(ends, slot)| (slot.now.worth(), *ends)).collect();
        order.sort_unstable();
        order
    }

    /// Ends what nothing more will come of; gives the messages behind its gaps.
    fn retire(&mut self, ends: Ends, mut connection: Connection, found: &mut Vec<Packet>) {
        self.held -= connection.held();
        for_each_side(ends, &mut connection, found, Connection::give_up_gaps);
        connection.count(&mut self.counted);
    }

    fn make_room(&mut self, found: &mut Vec<Packet>) {
        if self.open.len() < CONNECTIONS {
            return;
        }
        for (_, ends) in self.by_worth().into_iter().take(CONNECTIONS / 2) {
            let Some(slot) = self.open.remove(&ends) else {
                continue;
            };
            for connection in slot.into_connections() {
                let forgotten = connection.is_ours() && connection.goes_on();
                self.counted.losses.forgotten += u64::from(forgotten);
                self.retire(ends, connection, found);
            }
        }
    }

    /// The capture has ended: gives the messages behind gaps that nothing closes any more.
    pub(super) fn finish(&mut self) -> Vec<Packet> {
        let mut found = Vec::new();
        let mut open: Vec<_> = self.open.iter_mut().collect();
        // In an order that the same capture always has.
        open.sort_unstable_by_key(|(ends, _)| **ends);
        for (ends, slot) in open {
            for connection in slot.connections() {
                for_each_side(*ends, connection, &mut found, Connection::give_up_gaps);
            }
        }
        self.held = 0;
        found
    }

    /// Adds what was read so far, and what was not.
    pub(super) fn count(&self, coverage: &mut Coverage) {
        coverage.add(&self.counted);
        coverage.count(Unread::Fragment, self.fragments.unfinished());
        for slot in self.open.values() {
            slot.now.count(coverage);
            if let Some(before) = &slot.before {
                before.count(coverage);
            }
        }
    }
}

impl Slot {
    fn new() -> Self {
        Self {
            now: Connection::new(),
            before: None,
        }
    }

    /// Where a SYN begins another connection on the same ports, makes place for it. Gives
    /// the connection that this ends.
    fn make_place(&mut self, side: usize, segment: &Segment<'_>) -> Option<Connection> {
        let first = segment.sequence.wrapping_add(1);
        let begins = segment.syn && segment.acknowledged.is_none();
        let known = |it: &Connection| it.begins_with(side, first);
        if self.now.is_ours() {
            // The one before is over now, whatever its packets said.
            if let Some(before) = self.before.take() {
                return Some(*before);
            }
        }
        if !begins || known(&self.now) || self.before.as_deref().is_some_and(known) {
            return None;
        }
        let now = std::mem::replace(&mut self.now, Connection::new());
        // A SYN alone says nothing: it must not push out what went before it.
        if now.goes_on() && (self.before.is_none() || now.is_ours()) {
            return self.before.replace(Box::new(now)).map(|it| *it);
        }
        Some(now)
    }

    /// The connection that a segment belongs to: the one that stands nearer to it.
    fn connection(&mut self, side: usize, segment: &Segment<'_>) -> &mut Connection {
        let (syn, sequence) = (segment.syn, segment.sequence);
        let distance = |it: &Connection| match syn {
            true if it.begins_with(side, sequence.wrapping_add(1)) => 0,
            true => u32::MAX,
            false => it.distance(side, sequence).unwrap_or(u32::MAX),
        };
        match &mut self.before {
            Some(before) if distance(before) < distance(&self.now) => before,
            _ => &mut self.now,
        }
    }

    fn connections(&mut self) -> impl Iterator<Item = &mut Connection> {
        self.before
            .as_deref_mut()
            .into_iter()
            .chain([&mut self.now])
    }

    fn into_connections(self) -> impl Iterator<Item = Connection> {
        self.before.map(|it| *it).into_iter().chain([self.now])
    }
}

/// Does something with both directions of a connection; adds the messages that it gives.
fn for_each_side(
    (low, high): Ends,
    connection: &mut Connection,
    found: &mut Vec<Packet>,
    does: fn(&mut Connection, usize, &mut Vec<Message>),
) {
    for (side, source, destination) in [(0, low, high), (1, high, low)] {
        let mut messages = Vec::new();
        does(connection, side, &mut messages);
        found.extend(packets_of(messages, source.ip(), destination.ip()));
    }
}

fn packets_of(
    messages: Vec<Message>,
    source: IpAddr,
    destination: IpAddr,
) -> impl Iterator<Item = Packet> {
    messages.into_iter().map(move |(time, payload)| Packet {
        time,
        source,
        destination,
        payload,
    })
}
