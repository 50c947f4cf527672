//! From 32 bytes of output to the state behind them.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use super::{
    field::{Element, roots},
    lockstep::{Multiples, Point, multiply_all},
};
use crate::crypto::generator::{DualEc, Points, Trapdoor, dual_ec::BLOCK};

/// How many candidates are tried in step: 32 times as many are tried in all.
const STEP: u16 = 1 << 11;

/// How often that is done.
pub(super) const PARTS: u64 = 1 << 5;

/// The curve's `b` (SP 800-186 §3.2.1.3).
const B: [u8; 32] = [
    0x5a, 0xc6, 0x35, 0xd8, 0xaa, 0x3a, 0x93, 0xe7, 0xb3, 0xeb, 0xbd, 0x55, 0x76, 0x98, 0x86, 0xbc,
    0x65, 0x1d, 0x06, 0xb0, 0xcc, 0x53, 0xb0, 0xf6, 0x3b, 0xce, 0x3c, 0x3e, 0x27, 0xd2, 0x60, 0x4b,
];

/// Searches the state of a generator that gave these 32 bytes in one request, and gives it
/// as it was after that: the first that `is_it` confirms.
///
/// ```text
/// for each of the 2^16 values of the 16 bits that were cut off:
///   R = the point with x-coordinate bits || first 30 bytes       half of them have none
///   s = x(d * R)
///   accept s if x(s * Q), its 16 bits cut off, begins with the last 2 bytes
/// ```
/// One value in 2^16 is accepted by chance; what the generator gives next tells it apart.
pub fn state_behind(
    output: &[u8; 32],
    points: Points,
    trapdoor: &Trapdoor,
    is_it: &(dyn Fn(&mut DualEc) -> bool + Sync),
    step: &(dyn Fn() + Sync),
) -> Option<DualEc> {
    let (first, second) = output.split_at(BLOCK);
    let q = Multiples::of(Point::from_bytes(&points.q())?);
    (0..=u16::MAX / STEP).into_par_iter().find_map_any(|part| {
        let bits = part * STEP..=part * STEP + (STEP - 1);
        let candidates = points_of(bits, first);
        let next = multiply_all(&candidates, trapdoor.as_bytes());
        let states: Vec<_> = next.iter().map(|point| point.x.to_bytes()).collect();
        let outputs = q.by_all(&states);
        step();
        let fits = |(state, output): (&[u8; 32], Point)| {
            let begins = output.x.to_bytes().get(32 - BLOCK..)?.starts_with(second);
            let generator = begins.then(|| DualEc::after_block(points, *state))?;
            is_it(&mut generator.clone()).then_some(generator)
        };
        states.iter().zip(outputs).find_map(fits)
    })
}

/// The points whose x-coordinates end with these bytes; their opposites, with the same
/// x-coordinates, would do as well.
fn points_of(bits: RangeInclusive<u16>, rest: &[u8]) -> Vec<Point> {
    let x = |bits: u16| {
        let x = [&bits.to_be_bytes(), rest].concat().try_into().ok()?;
        Element::from_bytes(&x)
    };
    let b = Element::from_bytes(&B).unwrap_or(Element::ZERO);
    let xs: Vec<_> = bits.filter_map(x).collect();
    let squares = xs.iter().map(|&x| x.square() * x - (x + x + x) + b);
    let ys = roots(&squares.collect::<Vec<_>>());
    let points = xs.into_iter().zip(ys);
    points
        .filter_map(|(x, y)| Some(Point { x, y: y? }))
        .collect()
}
