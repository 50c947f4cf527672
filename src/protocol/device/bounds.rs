//! What a device keeps is bounded, so that nobody who may write to it can fill it. When
//! a bound is reached, what strangers left goes first, the oldest before the newer, and
//! what its owner takes part in goes last (spec §9.1).

use super::state::Device;
use crate::protocol::{
    name::{Name, SessionId},
    session::Session,
};

/// The most sessions that a device keeps.
pub const MAX_SESSIONS: usize = 256;

/// The most sessions with one peer that a device keeps.
pub const MAX_PEER_SESSIONS: usize = 8;

/// The most keys of skipped messages that a device keeps, in all its sessions.
pub const MAX_DEVICE_SKIPPED_KEYS: usize = 4000;

/// The most one-time prekeys whose private halves a device keeps: those that were handed
/// out and never used would otherwise gather.
pub const MAX_PREKEYS: usize = 1000;

impl Device {
    /// Closes sessions until there is room for another with this peer.
    pub(super) fn make_room(&mut self, peer: &Name) {
        while self.sessions.get(peer).map_or(0, |it| it.len()) >= MAX_PEER_SESSIONS
            && let Some(id) = self.first_to_go(|name| name == peer)
        {
            self.close(id);
        }
        while self.sessions() >= MAX_SESSIONS
            && let Some(id) = self.first_to_go(|_| true)
        {
            self.close(id);
        }
    }

    /// Closes every session with somebody.
    pub(super) fn close_sessions(&mut self, peer: &Name) {
        let ids = self.sessions.get(peer).into_iter().flatten();
        for id in ids.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.close((peer.clone(), id));
        }
        self.active.remove(peer);
    }

    /// Deletes keys of skipped messages beyond the device's bound.
    pub(super) fn delete_excess_keys(&mut self) {
        let kept = self
            .all_sessions()
            .map(Session::skipped_keys)
            .sum::<usize>();
        let mut excess = kept.saturating_sub(MAX_DEVICE_SKIPPED_KEYS);
        while excess > 0 {
            let sessions = self.sessions.iter();
            let sessions = sessions
                .flat_map(|(peer, it)| it.iter().map(move |(id, it)| (peer, id, it)))
                .filter(|(_, _, session)| session.skipped_keys() > 0);
            let first = sessions.min_by_key(|(peer, _, session)| self.order(peer, session));
            let Some((peer, id)) = first.map(|(peer, id, _)| (peer.clone(), *id)) else {
                return;
            };
            let sessions = self.sessions.get_mut(&peer);
            let Some(session) = sessions.and_then(|it| it.get_mut(&id)) else {
                return;
            };
            excess -= session.delete_oldest_skipped(excess);
        }
    }

    pub(super) fn delete_excess_prekeys(&mut self) {
        while self.one_time_prekeys.len() > MAX_PREKEYS {
            self.one_time_prekeys.pop_first();
        }
    }

    /// Brings a state that another program wrote within the bounds.
    pub(super) fn keep_bounds(&mut self) {
        let sessions = self.sessions.iter();
        let ours = sessions.filter(|(_, it)| it.values().any(|it| it.is_ours()));
        self.chosen.extend(ours.map(|(peer, _)| peer.clone()));
        while self.sessions() > MAX_SESSIONS
            && let Some(id) = self.first_to_go(|_| true)
        {
            self.close(id);
        }
        self.delete_excess_keys();
        self.delete_excess_prekeys();
    }

    fn all_sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions
            .values()
            .flat_map(|it| it.values().map(Box::as_ref))
    }

    /// The session to be closed first, of those with some peers.
    fn first_to_go(&self, of: impl Fn(&Name) -> bool) -> Option<(Name, SessionId)> {
        let peers = self.sessions.iter().filter(|(peer, _)| of(peer));
        let sessions = peers.flat_map(|(peer, it)| it.iter().map(move |(id, it)| (peer, id, it)));
        let (peer, id, _) = sessions.min_by_key(|(peer, _, session)| self.order(peer, session))?;
        Some((peer.clone(), *id))
    }

    /// Strangers' sessions go first, then those that are only read, then those that somebody
    /// else began and nobody answered; of these the one that was used longest ago.
    fn order(&self, peer: &Name, session: &Session) -> impl Ord + use<> {
        let chosen = self.chosen.contains(peer);
        (
            chosen,
            !session.read_only,
            session.is_ours(),
            session.last_use,
        )
    }

    /// Closes a session. A contact that the owner did not choose goes with its last.
    fn close(&mut self, (peer, id): (Name, SessionId)) {
        let Some(sessions) = self.sessions.get_mut(&peer) else {
            return;
        };
        if sessions.remove(&id).is_some_and(|it| it.replayable) {
            let chosen = &self.chosen;
            self.closed.insert(&peer, id, |name| chosen.contains(name));
        }
        if sessions.is_empty() {
            self.sessions.remove(&peer);
            if !self.chosen.contains(&peer) {
                self.contacts.remove(&peer);
            }
        }
        if self.active.get(&peer) == Some(&id) {
            self.active.remove(&peer);
        }
    }
}
