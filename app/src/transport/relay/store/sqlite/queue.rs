//! The requests that wait for the store's thread, in a fair order: start-time fair
//! queueing (Goyal, Vin and Cheng, 1996).
//!
//! ```text
//! start(request)  = max(virtual time, finish of the same flow's last request)
//! finish(request) = start(request) + cost
//! next            = the request that starts first; virtual time = its start
//! ```
//!
//! A flow that asks for less than its share always starts at the virtual time, before
//! everything that waits of those who ask for more. Of two that start together the cheaper one
//! is first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::transport::control::Digest;

/// Flows whose last finish is remembered although nothing of theirs waits. Once there are
/// more, all begin anew.
const REMEMBERED_FLOWS: usize = 16 * 1024;

/// Requests by their start and their cost, and in the order in which they came.
pub(super) struct FairQueue<T> {
    waiting: BTreeMap<(u64, u64, u64), T>,
    finish: HashMap<Digest, u64>,
    virtual_time: u64,
    number: u64,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            finish: HashMap::new(),
            virtual_time: 0,
            number: 0,
        }
    }
}

impl<T> FairQueue<T> {
    pub(super) fn push(&mut self, flow: Digest, cost: u64, request: T) {
        let finish = self.finish.entry(flow).or_default();
        let start = self.virtual_time.max(*finish);
        *finish = start.saturating_add(cost);
        self.waiting.insert((start, cost, self.number), request);
        self.number = self.number.wrapping_add(1);
        if self.finish.len() > self.waiting.len() + REMEMBERED_FLOWS {
            self.finish.clear();
        }
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let ((start, _, _), request) = self.waiting.pop_first()?;
        self.virtual_time = start;
        if self.waiting.is_empty() {
            // Nobody has waited for anybody: all begin anew.
            self.finish.clear();
            self.virtual_time = 0;
        }
        Some(request)
    }
}

/// The queue between the store's handles and its thread.
pub(super) struct RequestQueue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    requests: FairQueue<T>,
    /// No other request is taken; whoever asked for it is told once none is left.
    closing: Option<oneshot::Sender<()>>,
    is_closed: bool,
}

/// What the thread is to do next.
pub(super) enum Next<T> {
    Execute(T),
    /// Nothing is left, and nothing more will come.
    Close(Option<oneshot::Sender<()>>),
}

impl<T> Default for RequestQueue<T> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                requests: FairQueue::default(),
                closing: None,
                is_closed: false,
            }),
            changed: Condvar::new(),
        }
    }
}

impl<T> RequestQueue<T> {
    /// Queues a request; `false` if the queue is closed.
    pub(super) fn push(&self, flow: Digest, cost: u64, request: T) -> bool {
        let mut state = self.lock();
        if state.is_closed {
            return false;
        }
        state.requests.push(flow, cost, request);
        self.changed.notify_one();
        true
    }

    /// The next request, if there is one.
    pub(super) fn try_pop(&self) -> Option<T> {
        self.lock().requests.pop()
    }

    /// Waits for the next request, or for the end.
    pub(super) fn pop(&self) -> Next<T> {
        let mut state = self.lock();
        loop {
            if let Some(request) = state.requests.pop() {
                return Next::Execute(request);
            }
            if state.is_closed {
                return Next::Close(state.closing.take());
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes no other request; `closed` is handed to the thread once none is left. Gives
    /// whether the queue was open.
    pub(super) fn close(&self, closed: Option<oneshot::Sender<()>>) -> bool {
        let mut state = self.lock();
        let was_open = !state.is_closed;
        if was_open {
            state.closing = closed;
            state.is_closed = true;
        }
        self.changed.notify_one();
        was_open
    }

    /// Drops everything that waits, and takes nothing more.
    pub(super) fn abandon(&self) {
        self.close(None);
        while self.try_pop().is_some() {}
    }

    /// Nothing that can panic runs while it is held.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow(number: u8) -> Digest {
        Digest([number; 16])
    }

    #[test]
    fn a_flow_that_asks_for_little_is_served_before_those_that_flood() {
        let mut queue = FairQueue::default();
        for request in 0..64 {
            for flooding in 0..200 {
                queue.push(flow(flooding), 64 * 1024, (flooding, request));
            }
        }
        // The first of each.
        for _ in 0..200 {
            queue.pop();
        }
        for round in 0..100 {
            // Others are served meanwhile.
            for _ in 0..20 {
                queue.pop();
            }
            queue.push(flow(201), 1024, (201, round));
            let served = std::iter::from_fn(|| queue.pop()).take(3);
            let place = served.take_while(|it| *it != (201, round)).count();
            assert!(place <= 1, "{place} were served before it in round {round}");
        }
    }

    #[test]
    fn flows_that_flood_are_served_by_what_they_cost() {
        let mut queue = FairQueue::default();
        for _ in 0..1000 {
            queue.push(flow(1), 1, 1);
            queue.push(flow(2), 10, 10);
        }
        let mut served = [0_u64, 0];
        for _ in 0..550 {
            match queue.pop() {
                Some(1) => served[0] += 1,
                Some(_) => served[1] += 10,
                None => panic!("there are more"),
            }
        }
        assert!(served[0].abs_diff(served[1]) <= 10, "{served:?}");
    }

    #[test]
    fn a_flows_requests_are_served_in_the_order_in_which_they_came() {
        let mut queue = FairQueue::default();
        for request in 0..100 {
            queue.push(flow(1), 1 + request % 7, request);
        }
        let served: Vec<u64> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(served, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn flows_that_have_gone_are_forgotten() {
        let mut queue = FairQueue::default();
        for number in 0..100_000_u64 {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            queue.push(Digest(bytes), 1024, number);
            queue.pop();
        }
        assert!(queue.finish.is_empty());
        queue.push(flow(1), 1, 0);
        for number in 0..100_000_u64 {
            let mut bytes = [1; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            queue.push(Digest(bytes), 1024, number);
            queue.pop();
        }
        assert!(queue.finish.len() <= REMEMBERED_FLOWS + 1);
    }
}
