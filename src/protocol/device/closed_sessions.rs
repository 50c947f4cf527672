//! Which sessions a device has closed: their openings open nothing a second time (spec §9.1).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::protocol::name::{Name, SessionId};

/// The most ids of closed sessions that a device remembers; of one peer at most
/// 64.
pub const MAX_CLOSED_SESSIONS: usize = 1024;

/// The most ids of closed sessions with one peer that a device remembers.
const MAX_PEER_CLOSED_SESSIONS: usize = 64;

/// Ids of closed sessions that peers had begun without a one-time prekey, oldest first.
/// Nothing else refuses such an opening when it comes again.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ClosedSessions(VecDeque<(Name, SessionId)>);

impl ClosedSessions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, peer: &Name, id: &SessionId) -> bool {
        self.0.iter().any(|(name, it)| it == id && name == peer)
    }

    /// Remembers an id. Beyond the bounds the oldest of its peer is forgotten, or the
    /// oldest of a peer that is not chosen, or else the oldest.
    pub(super) fn insert(&mut self, peer: &Name, id: SessionId, is_chosen: impl Fn(&Name) -> bool) {
        let of_peer = |(name, _): &(Name, SessionId)| name == peer;
        if self.0.iter().filter(|it| of_peer(it)).count() >= MAX_PEER_CLOSED_SESSIONS
            && let Some(at) = self.0.iter().position(of_peer)
        {
            self.0.remove(at);
        }
        if self.0.len() >= MAX_CLOSED_SESSIONS {
            let stranger = self.0.iter().position(|(name, _)| !is_chosen(name));
            self.0.remove(stranger.unwrap_or(0));
        }
        self.0.push_back((peer.clone(), id));
    }
}
