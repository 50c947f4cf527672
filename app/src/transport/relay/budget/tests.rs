//! One floods, and others still get their share.

use super::*;

const BYTES: usize = 120 * OVERHEAD;

fn budget() -> Arc<Budget> {
    let shares = Shares {
        places: 2,
        requests: 200,
    };
    Budget::new(BYTES, shares)
}

fn identity(number: u8) -> Digest {
    Digest([number; 16])
}

fn greedy(place: &Place) -> Vec<Held> {
    std::iter::from_fn(|| match place.request(0) {
        Room::Now(held) => Some(held),
        Room::Later(_) => None,
    })
    .collect()
}

#[test]
fn one_identity_holds_half_of_the_budget_and_leaves_the_next_one_something() {
    let budget = budget();
    let places: Vec<_> = (0..5).map(|i| budget.place(identity(i)).unwrap()).collect();
    let held: Vec<_> = places.iter().map(greedy).collect();
    let counts: Vec<_> = held.iter().map(Vec::len).collect();
    assert_eq!(counts, [60, 30, 15, 8, 4]);
    drop(held);
    assert_eq!(budget.lock().free, BYTES);
}

#[test]
fn two_connections_of_one_identity_share_what_one_may_hold() {
    let budget = budget();
    let one = budget.place(identity(1)).unwrap();
    let other = budget.place(identity(1)).unwrap();
    assert!(budget.place(identity(1)).is_none());
    let held = greedy(&one);
    assert_eq!((held.len(), greedy(&other).len()), (60, 0));
    drop((held, one, other));
    assert!(budget.lock().accounts.is_empty());
}

#[tokio::test]
async fn what_is_given_back_goes_to_who_has_waited_longest_and_may_have_it() {
    let budget = budget();
    let greedy_place = budget.place(identity(1)).unwrap();
    let mut held = greedy(&greedy_place);
    let refused = greedy_place.request(0);
    let honest = budget.place(identity(2)).unwrap();
    let long = honest.request(65 * OVERHEAD);
    assert!(matches!(long, Room::Later(_)));
    held.truncate(50);
    let long = long.wait().await.unwrap();
    assert!(matches!(refused, Room::Later(_)));
    drop((held, long));
    assert!(refused.wait().await.is_some());
    assert_eq!(budget.lock().free, BYTES);
}

#[test]
fn one_identity_has_so_many_requests_that_are_not_answered() {
    let shares = Shares {
        places: 2,
        requests: 3,
    };
    let budget = Budget::new(BYTES, shares);
    let place = budget.place(identity(1)).unwrap();
    let mut held = greedy(&place);
    assert_eq!(held.len(), 3);
    drop(held.pop());
    assert_eq!(greedy(&place).len(), 1);
}

#[test]
fn what_nobody_waits_for_any_more_is_free_again() {
    let budget = budget();
    let place = budget.place(identity(1)).unwrap();
    let held = greedy(&place);
    drop(place.request(0));
    drop(held);
    assert_eq!(budget.lock().free, BYTES);
}
