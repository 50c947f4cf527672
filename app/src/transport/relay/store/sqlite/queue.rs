//! The queue between the store's handles and its thread, in a fair order.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::transport::{control::Digest, relay::fair_queue::FairQueue};

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
