//! A fair order among those who ask, however much each asks for: weighted fair queueing
//! (Demers, Keshav and Shenker, 1989), all weights equal.
//!
//! ```text
//! finish(request) = max(virtual time, finish of the same flow's last request) + cost
//! next            = the request that finishes first
//! virtual time   += cost of what was served / flows that wait
//! ```
//!
//! A flow that asks for less than its share begins at the virtual time, and what it asks for
//! finishes before all that waits of those who ask for more.

use std::collections::{BTreeMap, HashMap};

use crate::transport::control::Digest;

/// Flows that are remembered although nothing of theirs waits. Once there are more, all begin
/// anew.
const REMEMBERED_FLOWS: usize = 16 * 1024;

/// Parts of a unit of cost, so that a share of it is not rounded to nothing.
const PARTS: u64 = 1 << 12;

/// Requests by their finish, and in the order in which they came.
pub(super) struct FairQueue<T> {
    waiting: BTreeMap<(u64, u64), Request<T>>,
    flows: HashMap<Digest, Flow>,
    /// Flows of which something waits.
    active: u64,
    virtual_time: u64,
    number: u64,
}

struct Request<T> {
    flow: Digest,
    cost: u64,
    content: T,
}

#[derive(Default)]
struct Flow {
    finish: u64,
    waiting: u64,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
            flows: HashMap::new(),
            active: 0,
            virtual_time: 0,
            number: 0,
        }
    }
}

impl<T> FairQueue<T> {
    pub(super) fn push(&mut self, flow: Digest, cost: u64, content: T) {
        let cost = cost.saturating_mul(PARTS);
        if self.flows.len() > self.waiting.len() + REMEMBERED_FLOWS {
            self.flows.retain(|_, it| it.waiting > 0);
        }
        let state = self.flows.entry(flow).or_default();
        self.active += u64::from(state.waiting == 0);
        state.waiting += 1;
        state.finish = self.virtual_time.max(state.finish).saturating_add(cost);
        let key = (state.finish, self.number);
        self.number = self.number.wrapping_add(1);
        let request = Request {
            flow,
            cost,
            content,
        };
        self.waiting.insert(key, request);
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let (_, request) = self.waiting.pop_first()?;
        let share = request.cost / self.active.max(1);
        self.virtual_time = self.virtual_time.saturating_add(share);
        if let Some(flow) = self.flows.get_mut(&request.flow) {
            flow.waiting = flow.waiting.saturating_sub(1);
            self.active = self.active.saturating_sub(u64::from(flow.waiting == 0));
        }
        if self.waiting.is_empty() {
            // Nobody has waited for anybody: all begin anew.
            self.flows.clear();
            (self.active, self.virtual_time) = (0, 0);
        }
        Some(request.content)
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
            assert!(place <= 2, "{place} were served before it in round {round}");
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
        assert!(queue.flows.is_empty());
        queue.push(flow(1), 1, 0);
        for number in 0..100_000_u64 {
            let mut bytes = [1; 16];
            bytes[..8].copy_from_slice(&number.to_be_bytes());
            queue.push(Digest(bytes), 1024, number);
            queue.pop();
        }
        assert!(queue.flows.len() <= REMEMBERED_FLOWS + 1);
    }
}
