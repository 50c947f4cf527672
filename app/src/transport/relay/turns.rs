//! Turns: how many requests the relay works on at a time, all clients together.
//!
//! A request that was read waits for a turn and keeps it until the store has answered. With few
//! at work, whoever comes next is soon served; with a fair order, that is not who floods.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::fair_queue::FairQueue;
use crate::transport::control::Digest;

/// What a request costs in the fair order besides its bytes, as if in bytes.
const REQUEST_COST: usize = 2048;

/// The turns of a relay.
pub(super) struct Turns(Mutex<State>);

struct State {
    free: usize,
    waiting: FairQueue<oneshot::Sender<Turn>>,
}

/// The right to work on one request; given back when dropped.
pub(super) struct Turn(Arc<Turns>);

impl Turns {
    pub(super) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            free: count,
            waiting: FairQueue::default(),
        })))
    }

    /// Waits for a turn of an identity's, for a request of this length.
    pub(super) async fn take(self: &Arc<Self>, identity: Digest, bytes: usize) -> Option<Turn> {
        let (grant, granted) = oneshot::channel();
        let cost = u64::try_from(bytes + REQUEST_COST).unwrap_or(u64::MAX);
        self.lock().waiting.push(identity, cost, grant);
        self.grant();
        granted.await.ok()
    }

    /// Grants free turns to those who wait.
    fn grant(self: &Arc<Self>) {
        loop {
            let mut state = self.lock();
            if state.free == 0 {
                return;
            }
            let Some(grant) = state.waiting.pop() else {
                return;
            };
            // Who has gone needs none.
            if grant.is_closed() {
                continue;
            }
            state.free -= 1;
            drop(state);
            let _ = grant.send(Turn(Arc::clone(self)));
        }
    }

    /// Nothing that can panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.lock().free += 1;
        self.0.grant();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use futures_util::FutureExt;

    fn identity(number: u8) -> Digest {
        Digest([number; 16])
    }

    #[test]
    fn who_asks_for_little_has_the_next_turn_before_all_who_flood() {
        let turns = Turns::new(4);
        let mut flood: Vec<_> = (0..200)
            .flat_map(|of| (0..3).map(move |_| of))
            .map(|of| Box::pin(turns.take(identity(of), 65_536)))
            .collect();
        let first: Vec<_> = flood
            .iter_mut()
            .filter_map(|it| it.now_or_never().flatten())
            .collect();
        assert_eq!(first.len(), 4);
        let mut honest = Box::pin(turns.take(identity(201), 300));
        assert!((&mut honest).now_or_never().is_none());
        drop(first.into_iter().next());
        assert!((&mut honest).now_or_never().flatten().is_some());
    }

    #[test]
    fn a_turn_that_nobody_waits_for_any_more_goes_to_the_next() {
        let turns = Turns::new(1);
        let first = turns.take(identity(1), 0).now_or_never().flatten();
        let mut gone = Box::pin(turns.take(identity(2), 0));
        assert!((&mut gone).now_or_never().is_none());
        let mut next = Box::pin(turns.take(identity(3), 0));
        assert!((&mut next).now_or_never().is_none());
        drop((gone, first));
        assert!((&mut next).now_or_never().flatten().is_some());
        assert_eq!(turns.lock().free, 1);
    }
}
