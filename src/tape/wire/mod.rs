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

mod candidates;
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
    cmp::Reverse,
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use self::{
    candidates::Candidates,
    connection::Connection,
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

/// Pairs of ends followed at a time; beyond it the half that is worth least is forgotten.
const CONNECTIONS: usize = 32_768;

/// What may wait for more to come in all connections together, in bytes.
const HELD: usize = 64 << 20;

/// Reassembled packets within one another, at most.
const NESTED: usize = 4;

/// Follows every connection of a capture.
#[derive(Default)]
pub(super) struct Connections {
    open: HashMap<Ends, Candidates>,
    fragments: Fragments,
    frames: u64,
    /// What waits for more to come, in bytes.
    held: usize,
    /// Of what is not open any more, or never was a connection.
    counted: Coverage,
}

/// What stands around the packets between two ends, and these, the lower first. What comes
/// through a tunnel is not what comes without it: who may send the one need not be able to
/// send the other.
type Ends = (u64, SocketAddr, SocketAddr);

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
        let (why, packets) = match self.fragments.take(&fragment, packets, time) {
            Joined::Whole(bytes, parts) if nested < NESTED => {
                let of = fragment.of;
                let layer = Layer::Transport(of.protocol, of.source, of.destination);
                match headers::below(layer, &bytes, 0, of.tunnels) {
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
            ((segment.tunnels, source, destination), 0)
        } else {
            ((segment.tunnels, destination, source), 1)
        };
        let mut found = Vec::new();
        if !self.open.contains_key(&ends) {
            self.make_room(&mut found);
        }
        let (connection, gone) = self.open.entry(ends).or_default().find(side, segment);
        if let Some(connection) = connection {
            let (held, mut messages) = (connection.held(), Vec::new());
            connection.last = self.frames;
            connection.take(side, segment, packets, time, &mut messages);
            self.held = self.held + connection.held() - held;
            found.extend(packets_of(messages, source.ip(), destination.ip()));
        }
        if let Some(gone) = gone {
            // Others stand beside it: what is not seen here may be seen there.
            self.retire(ends, gone, [true; 2], &mut found);
        }
        if self.held > HELD {
            self.give_up_half(&mut found);
        }
        found
    }

    /// Gives up what waits until half is left: in connections that are doormat's last, and
    /// most where most waits.
    fn give_up_half(&mut self, found: &mut Vec<Packet>) {
        let holders = self.open.iter().filter(|(_, it)| it.held() > 0);
        let mut holders: Vec<_> = holders
            .map(|(ends, it)| (it.is_ours(), Reverse(it.held()), *ends))
            .collect();
        holders.sort_unstable();
        for (_, _, ends) in holders {
            if self.held <= HELD / 2 {
                break;
            }
            let connections = self.open.get_mut(&ends);
            for connection in connections.into_iter().flat_map(Candidates::iter_mut) {
                self.held -= connection.held();
                for_each_side(ends, connection, found, Connection::give_up_held);
                self.held += connection.held();
            }
        }
    }

    /// Ends what nothing more will come of; gives the messages behind its gaps.
    fn retire(
        &mut self,
        ends: Ends,
        mut connection: Connection,
        seen: [bool; 2],
        found: &mut Vec<Packet>,
    ) {
        self.held -= connection.held();
        for_each_side(ends, &mut connection, found, Connection::give_up_held);
        connection.count(seen, &mut self.counted);
    }

    fn make_room(&mut self, found: &mut Vec<Packet>) {
        if self.open.len() < CONNECTIONS {
            return;
        }
        let open = self.open.iter();
        let mut order: Vec<_> = open.map(|(ends, it)| (it.worth(), *ends)).collect();
        order.sort_unstable();
        for (_, ends) in order.into_iter().take(CONNECTIONS / 2) {
            let Some(connections) = self.open.remove(&ends) else {
                continue;
            };
            let seen = connections.seen();
            for connection in connections.into_all() {
                self.counted.losses.forgotten += u64::from(connection.is_ours());
                self.retire(ends, connection, seen, found);
            }
        }
    }

    /// The capture has ended: gives the messages behind gaps that nothing closes any more.
    pub(super) fn finish(&mut self) -> Vec<Packet> {
        let mut found = Vec::new();
        let mut open: Vec<_> = self.open.iter_mut().collect();
        // In an order that the same capture always has.
        open.sort_unstable_by_key(|(ends, _)| **ends);
        for (ends, connections) in open {
            for connection in connections.iter_mut() {
                for_each_side(*ends, connection, &mut found, Connection::give_up_held);
            }
        }
        self.held = 0;
        found
    }

    /// Adds what was read so far, and what was not.
    pub(super) fn count(&self, coverage: &mut Coverage) {
        coverage.add(&self.counted);
        coverage.count(Unread::Fragment, self.fragments.unfinished());
        self.open.values().for_each(|it| it.count(coverage));
    }
}

/// Does something with both directions of a connection; adds the messages that it gives.
fn for_each_side(
    (_, low, high): Ends,
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
