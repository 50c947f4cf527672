//! What the relay holds in memory for its clients, and who may hold how much.
//!
//! Counted are the bytes of requests that were read and whose answers are not written yet, and of
//! envelopes between the store and their recipient's connection. Each identity may hold as much
//! as is still free. So one identity holds half of the budget at most, two hold
//! a third each, and however many there are, something is left for the next. Whoever must wait
//! is not read from meanwhile: what floods the relay waits in its clients' connections.

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::transport::control::Digest;

/// What a request or a reply costs besides its bytes.
const OVERHEAD: usize = 1024;

/// Identities whose waiting is looked at when something is given back. A look at all of them
/// would cost more than what they wait for.
const LOOKED_AT: usize = 8;

/// The bounds on one identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shares {
    /// Connections at a time.
    pub(super) places: u32,
    /// Requests that are not answered.
    pub(super) requests: usize,
}

/// The budget of a relay.
pub(super) struct Budget {
    shares: Shares,
    state: Mutex<State>,
}

struct State {
    free: usize,
    accounts: HashMap<Digest, Account>,
    /// Those who wait for others; the one that was looked at longest ago is at the front.
    short: VecDeque<Digest>,
}

/// What one identity has at present.
#[derive(Default)]
struct Account {
    places: u32,
    requests: usize,
    bytes: usize,
    waiting: VecDeque<(Claim, oneshot::Sender<Held>)>,
    /// Whether it is in the queue of those who wait for others.
    is_short: bool,
}

/// What is to be held.
#[derive(Debug, Clone, Copy)]
struct Claim {
    bytes: usize,
    requests: usize,
}

/// What was granted under the lock, to be sent after it.
type Granted = Vec<(oneshot::Sender<Held>, Held)>;

impl Budget {
    pub(super) fn new(bytes: usize, shares: Shares) -> Arc<Self> {
        Arc::new(Self {
            shares,
            state: Mutex::new(State {
                free: bytes,
                accounts: HashMap::new(),
                short: VecDeque::new(),
            }),
        })
    }

    /// A connection of an identity's, unless it has as many as it may.
    pub(super) fn place(self: &Arc<Self>, identity: Digest) -> Option<Place> {
        let mut state = self.lock();
        let account = state.accounts.entry(identity).or_default();
        if account.places >= self.shares.places {
            return None;
        }
        account.places += 1;
        Some(Place {
            budget: Arc::clone(self),
            identity,
        })
    }

    fn held(self: &Arc<Self>, identity: Digest, claim: Claim) -> Held {
        Held {
            budget: Arc::clone(self),
            identity,
            claim,
        }
    }

    fn room(self: &Arc<Self>, identity: Digest, claim: Claim) -> Room {
        let mut state = self.lock();
        let idle = |it: &Account| it.waiting.is_empty();
        if state.accounts.get(&identity).is_none_or(idle)
            && state.take(identity, claim, self.shares)
        {
            drop(state);
            return Room::Now(self.held(identity, claim));
        }
        let (grant, granted) = oneshot::channel();
        let account = state.accounts.entry(identity).or_default();
        account.waiting.push_back((claim, grant));
        state.queue_if_short(identity, self.shares);
        Room::Later(granted)
    }

    fn release(self: &Arc<Self>, identity: Digest, claim: Claim) {
        let mut granted = Granted::new();
        let mut state = self.lock();
        state.free += claim.bytes;
        if let Some(account) = state.accounts.get_mut(&identity) {
            account.bytes = account.bytes.saturating_sub(claim.bytes);
            account.requests = account.requests.saturating_sub(claim.requests);
        }
        // After those who have waited longer.
        state.queue_if_short(identity, self.shares);
        for _ in 0..LOOKED_AT.min(state.short.len()) {
            let Some(short) = state.short.pop_front() else {
                break;
            };
            if let Some(account) = state.accounts.get_mut(&short) {
                account.is_short = false;
            }
            self.grant(&mut state, short, &mut granted);
        }
        state.forget_idle(identity);
        drop(state);
        // What nobody waits for any more is released at once, which takes the lock.
        for (grant, held) in granted {
            let _ = grant.send(held);
        }
    }

    /// Grants an identity what it waits for, as far as there is room.
    fn grant(self: &Arc<Self>, state: &mut State, identity: Digest, granted: &mut Granted) {
        while let Some(account) = state.accounts.get_mut(&identity)
            && let Some((claim, grant)) = account.waiting.pop_front()
        {
            // Who has gone needs none.
            if grant.is_closed() {
                continue;
            }
            if state.take(identity, claim, self.shares) {
                granted.push((grant, self.held(identity, claim)));
            } else {
                let account = state.accounts.entry(identity).or_default();
                account.waiting.push_front((claim, grant));
                break;
            }
        }
        state.queue_if_short(identity, self.shares);
    }

    /// Nothing that can panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Account {
    fn next(&self) -> Option<&(Claim, oneshot::Sender<Held>)> {
        self.waiting.front()
    }

    fn may_request(&self, claim: Claim, shares: Shares) -> bool {
        claim.requests == 0 || self.requests + claim.requests <= shares.requests
    }
}

impl State {
    fn take(&mut self, identity: Digest, claim: Claim, shares: Shares) -> bool {
        let account = self.accounts.entry(identity).or_default();
        let fits = account.bytes + claim.bytes <= self.free && account.may_request(claim, shares);
        if fits {
            account.bytes += claim.bytes;
            account.requests += claim.requests;
            self.free -= claim.bytes;
        }
        fits
    }

    /// An identity that waits for its own requests only is seen to when they are answered.
    fn queue_if_short(&mut self, identity: Digest, shares: Shares) {
        let Some(account) = self.accounts.get_mut(&identity) else {
            return;
        };
        let short = account
            .next()
            .is_some_and(|(claim, _)| account.may_request(*claim, shares));
        if short && !account.is_short {
            account.is_short = true;
            self.short.push_back(identity);
        }
    }

    fn forget_idle(&mut self, identity: Digest) {
        let idle = |it: &Account| {
            it.places == 0 && it.bytes == 0 && it.requests == 0 && it.waiting.is_empty()
        };
        if self.accounts.get(&identity).is_some_and(idle) {
            self.accounts.remove(&identity);
        }
    }
}

/// The right of an identity to one connection; given back when dropped.
pub(super) struct Place {
    budget: Arc<Budget>,
    identity: Digest,
}

impl Place {
    /// Whose it is.
    pub(super) const fn identity(&self) -> Digest {
        self.identity
    }

    /// Room for a request of this length and its answer.
    pub(super) fn request(&self, bytes: usize) -> Room {
        self.room(bytes, 1)
    }

    /// Room for mail to be read.
    pub(super) fn mail(&self, bytes: usize) -> Room {
        self.room(bytes, 0)
    }

    /// Room for a short message, if there is some now.
    pub(super) fn notice(&self) -> Option<Held> {
        self.mail_now(0)
    }

    /// Room for mail to be read, if there is some now.
    pub(super) fn mail_now(&self, bytes: usize) -> Option<Held> {
        let claim = Claim {
            bytes: bytes + OVERHEAD,
            requests: 0,
        };
        let taken = self
            .budget
            .lock()
            .take(self.identity, claim, self.budget.shares);
        taken.then(|| self.budget.held(self.identity, claim))
    }

    fn room(&self, bytes: usize, requests: usize) -> Room {
        let bytes = bytes + OVERHEAD;
        self.budget.room(self.identity, Claim { bytes, requests })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        if let Some(account) = state.accounts.get_mut(&self.identity) {
            account.places = account.places.saturating_sub(1);
        }
        state.forget_idle(self.identity);
    }
}

/// Room in the budget: there is some, or there will be.
pub(super) enum Room {
    Now(Held),
    Later(oneshot::Receiver<Held>),
}

impl Room {
    /// Waits for it. `None` once the relay has ended.
    pub(super) async fn wait(self) -> Option<Held> {
        match self {
            Self::Now(held) => Some(held),
            Self::Later(granted) => granted.await.ok(),
        }
    }
}

/// A part of the budget that is in use; given back when dropped.
pub(super) struct Held {
    budget: Arc<Budget>,
    identity: Digest,
    claim: Claim,
}

impl Held {
    /// Splits off a part for so many bytes, as far as it is there.
    pub(super) fn split_off(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.claim.bytes);
        self.claim.bytes -= bytes;
        Self {
            budget: Arc::clone(&self.budget),
            identity: self.identity,
            claim: Claim { bytes, requests: 0 },
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.release(self.identity, self.claim);
    }
}
