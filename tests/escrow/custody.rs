//! A key split among officers: the field, the shares, and which of them do not belong.

use std::num::NonZeroU8;

use crate::common::world::Scripted;
use doormat::escrow::{
    CombineError, Differs, Divided, EscrowPrivateKey, InconsistentShare, KeyFileError, Share,
    SplitError, combine, gf256, key_file,
    key_file::FileKind,
    share_file,
    shares::{KeyCheck, ShareValue},
    split,
};
use doormat::experiment::seed;
use proptest::prelude::*;
use vsss_rs::Gf256;

// The field.

#[test]
fn the_field_is_the_one_of_fips_197() {
    assert_eq!(gf256::times(0x57, 0x83), 0xc1);
    assert_eq!(gf256::times(0x57, 0x13), 0xfe);
    assert_eq!(gf256::inverse(0x53), 0xca);
}

#[test]
fn every_product_and_quotient_is_what_another_implementation_has() {
    for a in 0..=255 {
        for b in 0..=255 {
            assert_eq!(gf256::times(a, b), (Gf256(a) * Gf256(b)).0, "{a} × {b}");
        }
        if a > 0 {
            assert_eq!(gf256::inverse(a), (Gf256(1) / Gf256(a)).0, "1 / {a}");
        }
    }
}

proptest! {
    #[test]
    fn a_polynomial_through_points_is_what_another_implementation_has(
        points in prop::collection::btree_map(any::<u8>(), any::<[u8; 3]>(), 1..9),
        x: u8,
    ) {
        let points: Vec<_> = points.into_iter().collect();
        let borrowed: Vec<_> = points.iter().map(|(x, y)| (*x, y)).collect();
        let found = gf256::interpolate(&borrowed, x);
        for (byte, found) in found.iter().enumerate() {
            let mut sum = Gf256(0);
            for (x_i, y_i) in &points {
                let mut term = Gf256(y_i[byte]);
                for (x_j, _) in points.iter().filter(|(x_j, _)| x_j != x_i) {
                    term *= (Gf256(x) - Gf256(*x_j)) / (Gf256(*x_i) - Gf256(*x_j));
                }
                sum += term;
            }
            prop_assert_eq!(*found, sum.0);
        }
    }

    #[test]
    fn a_polynomial_is_found_again_from_its_points(rows: [[u8; 2]; 4], x: u8) {
        let points = [7, 1, 255, 30].map(|x| (x, *gf256::evaluate(&rows, x)));
        let points = points.each_ref().map(|(x, y)| (*x, y));
        prop_assert_eq!(gf256::interpolate(&points, 0), rows[0].into());
        prop_assert_eq!(gf256::interpolate(&points, x), gf256::evaluate(&rows, x));
    }
}

// Split and put together.

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shares_that_are_enough_give_the_key(
        private: [u8; 32],
        (threshold, shares) in (2..=9_u8).prop_flat_map(|k| (Just(k), k..=12)),
        seed: u64,
        order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let key = EscrowPrivateKey::from_bytes(private);
        let made = split(&key, threshold, shares, &mut seed::generator(seed, "split")).unwrap();
        let chosen: Vec<_> = order.iter().filter_map(|&at| made.get(at).cloned()).collect();
        for enough in [usize::from(threshold), made.len()] {
            let combined = combine(&chosen[..enough]).unwrap();
            prop_assert_eq!(combined.key.secret().as_bytes(), &private);
            prop_assert_eq!(combined.inconsistent, []);
            prop_assert!(combined.unclear.is_empty());
        }
        let found = usize::from(threshold) - 1;
        let refused = combine(&chosen[..found]).unwrap_err();
        prop_assert_eq!(refused, CombineError::TooFew { threshold, found });
    }
}

#[test]
fn two_hundred_and_fifty_five_shares_are_the_most_and_all_may_be_needed() {
    let shares = shares(255, 255);
    assert_eq!(combine(&shares).unwrap().key.secret().as_bytes(), &KEY);
    let refused = combine(&shares[1..]).unwrap_err();
    let (threshold, found) = (255, 254);
    assert_eq!(refused, CombineError::TooFew { threshold, found });
}

/// Perfect secrecy, counted out: over all that may be drawn, a share of 2 has every
/// value equally often, whatever the secret. The 32 bytes have the same coefficient
/// here; each is split by itself, so each shows all 256 cases.
#[test]
fn one_share_of_two_is_consistent_with_every_secret_alike() {
    for secret in 0..=255 {
        let key = EscrowPrivateKey::from_bytes([secret; 32]);
        let mut times_seen = [[0; 256]; 2];
        for drawn in 0..=255 {
            let shares = split(&key, 2, 2, &mut Scripted::new(&[drawn; 32])).unwrap();
            for (share, seen) in shares.iter().zip(&mut times_seen) {
                seen[usize::from(share.value.as_bytes()[0])] += 1;
                assert_eq!(share.value.as_bytes(), &[share.value.as_bytes()[0]; 32]);
            }
        }
        assert_eq!(times_seen, [[1; 256]; 2], "secret {secret}");
    }
}

/// The same for two shares of three that it takes: each pair of values once.
#[test]
fn two_shares_of_three_are_consistent_with_every_secret_alike() {
    for secret in [0x00, 0x01, 0x57, 0xff] {
        let mut seen = vec![false; 1 << 16];
        for (a, b) in (0..=255).flat_map(|a| (0..=255).map(move |b| (a, b))) {
            let rows = [[secret], [a], [b]];
            let [one, three] = [1, 3].map(|x| usize::from(gf256::evaluate(&rows, x)[0]));
            assert!(!seen[one << 8 | three]);
            seen[one << 8 | three] = true;
        }
    }
}

#[test]
fn a_key_is_not_split_into_copies_nor_out_of_reach() {
    let split = |threshold, shares| {
        let key = EscrowPrivateKey::from_bytes(KEY);
        split(&key, threshold, shares, &mut seed::generator(7, "split")).unwrap_err()
    };
    assert_eq!(split(1, 3), SplitError::Copies { threshold: 1 });
    assert_eq!(split(0, 0), SplitError::Copies { threshold: 0 });
    let (threshold, shares) = (4, 3);
    let out_of_reach = SplitError::OutOfReach { threshold, shares };
    assert_eq!(split(4, 3), out_of_reach);
}

// Shares that do not belong.

#[test]
fn a_share_altered_in_any_bit_is_named() {
    for bit in 0..256 {
        let altered = bit % 3;
        let mut shares = shares(2, 3);
        alter(&mut shares[altered], bit);
        let combined = combine(&shares).unwrap();
        assert_eq!(combined.key.secret().as_bytes(), &KEY);
        assert_eq!(places(&combined.inconsistent), [altered], "bit {bit}");
    }
}

#[test]
fn several_altered_shares_are_named_as_long_as_more_are_good() {
    let mut shares = shares(3, 6);
    for at in [0, 3] {
        alter(&mut shares[at], 70 + at);
    }
    assert_eq!(inconsistent(&shares), [0, 3]);
    for at in [1, 2] {
        alter(&mut shares[at], 80 + at);
    }
    let (threshold, found) = (3, 6);
    assert_eq!(
        combine(&shares).unwrap_err(),
        CombineError::NoneFit { threshold, found }
    );
}

/// Shares 1 and 3 of a threshold of 3 weigh the same beside share 2, so that the same
/// change in both cancels out at 0: a second polynomial with the same key.
#[test]
fn shares_altered_to_fit_each_other_leave_it_unclear_who_is_right() {
    let mut shares = shares(3, 5);
    alter(&mut shares[0], 77);
    alter(&mut shares[2], 77);
    let combined = combine(&shares).unwrap();
    assert_eq!(combined.key.secret().as_bytes(), &KEY);
    assert_eq!(combined.inconsistent, []);
    assert_eq!(combined.unclear, [0, 2, 3, 4]);
    let without_three = [0, 1, 3, 4].map(|at| shares[at].clone());
    assert_eq!(inconsistent(&without_three), [0]);
}

#[test]
fn with_no_share_to_spare_it_is_only_known_that_one_is_wrong() {
    let mut shares = shares(3, 4);
    alter(&mut shares[1], 0);
    let refused = combine(&shares[..3]).unwrap_err();
    assert_eq!(refused, CombineError::OneIsWrong { threshold: 3 });
    assert_eq!(inconsistent(&shares), [1]);
}

#[test]
fn a_share_under_another_number_or_of_another_split_is_named() {
    let mut renumbered = shares(2, 4);
    renumbered[0].index = index(9);
    assert_eq!(inconsistent(&renumbered), [0]);

    let key = EscrowPrivateKey::from_bytes(KEY);
    let again = split(&key, 2, 3, &mut seed::generator(8, "split")).unwrap();
    let mut mixed = shares(2, 3);
    mixed[1] = again[1].clone();
    assert_eq!(inconsistent(&mixed), [1]);
}

#[test]
fn the_majority_decides_in_whatever_order_shares_come() {
    let change = |share: &mut Share, differs| match differs {
        Differs::Key => share.of = *EscrowPrivateKey::from_bytes([8; 32]).public(),
        Differs::Threshold => share.threshold = 3,
        Differs::Check => share.check = KeyCheck::from_bytes([1; 8]),
        Differs::Point => alter(share, 0),
    };
    for differs in [Differs::Key, Differs::Threshold, Differs::Check] {
        for at in 0..3 {
            let mut shares = shares(2, 3);
            change(&mut shares[at], differs);
            let combined = combine(&shares).unwrap();
            assert_eq!(combined.key.secret().as_bytes(), &KEY);
            assert_eq!(combined.inconsistent, [InconsistentShare { at, differs }]);

            let refused = combine(&[shares[at].clone(), shares[(at + 1) % 3].clone()]);
            let sides = vec![vec![0], vec![1]];
            let divided = CombineError::Divided(Divided { sides, differs });
            assert_eq!(refused.unwrap_err(), divided);
        }
    }
    assert_eq!(combine(&[]).unwrap_err(), CombineError::None);
}

#[test]
fn copies_of_a_share_do_not_make_a_majority() {
    let of_two = shares(2, 3);
    let of_three = shares(3, 3);
    let stuffed = [0, 0, 0].map(|at| of_three[at].clone());
    let all = [&stuffed[..], &of_two[1..]].concat();
    assert_eq!(inconsistent(&all), [0, 1, 2]);
}

#[test]
fn of_two_different_shares_with_one_number_the_one_that_fits_is_found() {
    for (threshold, count) in [(2, 3), (3, 5), (60, 120)] {
        for (from, to) in [(0, 1), (1, 0), (2, 1)] {
            let mut shares = shares(threshold, count);
            shares[from].index = index(to + 1);
            assert_eq!(inconsistent(&shares), [from]);
        }
    }
    let key = EscrowPrivateKey::from_bytes(KEY);
    let older = split(&key, 2, 3, &mut seed::generator(8, "split")).unwrap();
    let [one, two, _] = <[Share; 3]>::try_from(shares(2, 3)).unwrap();
    let beside = [older[0].clone(), one.clone(), two];
    assert_eq!(inconsistent(&beside), [0]);
    let refused = combine(&beside[..2]).unwrap_err();
    let one_number = |places| CombineError::OneNumber {
        index: one.index,
        places,
    };
    assert_eq!(refused, one_number(vec![0, 1]));
}

#[test]
fn a_share_given_twice_counts_once_and_is_not_in_the_way() {
    let [one, two, _] = <[Share; 3]>::try_from(shares(2, 3)).unwrap();
    let twice = CombineError::Twice {
        index: one.index,
        places: vec![0, 1],
    };
    let refused = combine(&[one.clone(), one.clone()]).unwrap_err();
    assert_eq!(refused, twice);
    let combined = combine(&[one.clone(), two, one]).unwrap();
    assert_eq!(combined.key.secret().as_bytes(), &KEY);
    assert_eq!(combined.inconsistent, []);
}

/// One number that nobody else claims, the others claimed a hundred times: there is a
/// way through that never comes to enough.
#[test]
fn a_crowd_of_claims_to_few_numbers_is_given_up_too() {
    let mut shares = shares(20, 20);
    for claim in 0..100 {
        let mut share = shares[1 + claim % 19].clone();
        alter(&mut share, claim);
        shares.push(share);
    }
    alter(&mut shares[0], 255);
    let refused = combine(&shares).unwrap_err();
    assert_eq!(refused, CombineError::GaveUp { found: 120 });
}

#[test]
fn shares_that_all_name_another_key_do_not_pass_for_its_shares() {
    let mut shares = shares(2, 2);
    for share in &mut shares {
        share.of = *EscrowPrivateKey::from_bytes([8; 32]).public();
    }
    let refused = combine(&shares).unwrap_err();
    assert_eq!(refused, CombineError::OneIsWrong { threshold: 2 });
}

#[test]
fn a_search_without_end_is_given_up() {
    let mut shares = shares(60, 120);
    alter(&mut shares[0], 0);
    let refused = combine(&shares).unwrap_err();
    assert_eq!(refused, CombineError::GaveUp { found: 120 });
    assert_eq!(inconsistent(&shares[..61]), [0]);
}

#[test]
fn a_share_prints_as_what_it_is_and_not_what_it_holds() {
    let share = &shares(2, 3)[2];
    let printed = format!("{share:?} {:?}", share.value);
    let id = share.of.id();
    assert_eq!(printed, format!("Share(3 of {id}, 2 needed) ShareValue"));
}

// Share files.

#[test]
fn a_share_file_reads_back() {
    for share in shares(254, 255) {
        let text = share_file::write(&share);
        let again = share_file::read(&text).unwrap();
        assert_eq!(share_file::write(&again), text);
        assert_eq!((again.of, again.check), (share.of, share.check));
        assert_eq!((again.threshold, again.index), (254, share.index));
        assert_eq!(again.value, share.value);
    }
}

#[test]
fn a_share_file_that_will_not_do_says_why() {
    let share = &shares(2, 3)[0];
    let text = share_file::write(share);
    let with = |from: &str, to: &str| share_file::read(&text.replacen(from, to, 1)).unwrap_err();
    let threshold = KeyFileError::NotANumber {
        name: "threshold",
        least: 2,
    };
    for number in ["1", "0", "+2", "-2", "256", "", "two", "2 2"] {
        assert_eq!(
            with("threshold: 2", &format!("threshold: {number}")),
            threshold
        );
    }
    let index = KeyFileError::NotANumber {
        name: "share",
        least: 1,
    };
    assert_eq!(with("share: 1", "share: 0"), index);
    let name = "value";
    assert_eq!(with("value: ", "#"), KeyFileError::Missing { name });
    assert_eq!(
        with("value: ", "value: 00"),
        KeyFileError::NotHex { name, digits: 64 }
    );
    let digit = if share.of.id().to_string().starts_with('0') {
        "1"
    } else {
        "0"
    };
    let id = format!("id: {}", share.of.id());
    assert_eq!(
        with(&id, &format!("id: {digit}{}", &id[5..])),
        KeyFileError::Inconsistent {
            one: "id",
            other: "public"
        }
    );
    let key = EscrowPrivateKey::from_bytes(KEY);
    let other_kind = |wanted, found| KeyFileError::OtherKind { wanted, found };
    assert_eq!(
        share_file::read(&key_file::write_private(&key)).unwrap_err(),
        other_kind(FileKind::Share, FileKind::Private)
    );
    assert_eq!(
        key_file::read_private(&text).unwrap_err(),
        other_kind(FileKind::Private, FileKind::Share)
    );
}

const KEY: [u8; 32] = *b"thirty-two bytes of escrow key..";

fn shares(threshold: u8, shares: u8) -> Vec<Share> {
    let key = EscrowPrivateKey::from_bytes(KEY);
    split(&key, threshold, shares, &mut seed::generator(7, "split")).unwrap()
}

/// The places of the shares that do not belong, where that is clear.
fn inconsistent(shares: &[Share]) -> Vec<usize> {
    let combined = combine(shares).unwrap();
    assert_eq!(combined.key.secret().as_bytes(), &KEY);
    assert!(combined.unclear.is_empty());
    places(&combined.inconsistent)
}

fn places(inconsistent: &[InconsistentShare]) -> Vec<usize> {
    inconsistent.iter().map(|share| share.at).collect()
}

fn index(index: usize) -> NonZeroU8 {
    NonZeroU8::new(u8::try_from(index).unwrap()).unwrap()
}

fn alter(share: &mut Share, bit: usize) {
    let mut value = *share.value.as_bytes();
    value[bit / 8] ^= 1 << (bit % 8);
    share.value = ShareValue::from_bytes(value);
}
