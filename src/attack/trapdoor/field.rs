//! Numbers modulo the prime of P-256, for somebody in a hurry.
//!
//! The `p256` crate computes in constant time and hides how it keeps a number. An attacker
//! has no secret to guard, and thousands of points to multiply at once.
//!
//! A number `a` is kept as `a * 2^256 mod p` (Montgomery 1985), four limbs of 64 bits, the
//! lowest first.

/// `p = 2^256 - 2^224 + 2^192 + 2^96 - 1` (SP 800-186 §3.2.1.3).
const P: [u64; 4] = [u64::MAX, (1 << 32) - 1, 0, u64::MAX - (1 << 32) + 2];

/// `2^512 mod p`, by which a number comes into the form that is kept.
const R2: [u64; 4] = [
    3,
    0xffff_fffb_ffff_ffff,
    u64::MAX - 1,
    0x0000_0004_ffff_fffd,
];

/// One number modulo `p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element([u64; 4]);

impl Element {
    pub(super) const ZERO: Self = Self([0; 4]);
    /// `2^256 mod p`.
    pub(super) const ONE: Self = Self([1, 0xffff_ffff_0000_0000, u64::MAX, 0x0000_0000_ffff_fffe]);

    /// Takes 32 bytes, big-endian; `None` for `p` and above.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
            *limb = bytes.iter().fold(0, |n, &byte| n << 8 | u64::from(byte));
        }
        let (_, is_less) = minus(limbs, P);
        is_less.then(|| Self(limbs) * Self(R2))
    }

    /// 32 bytes, big-endian.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let Self(limbs) = self * Self([1, 0, 0, 0]);
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// The same as `self * self`, with ten products of limbs where that takes sixteen.
    #[inline(always)]
    pub(super) fn square(self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        // Each product of two different limbs, once …
        let (c1, carry) = mac(0, a0, a1, 0);
        let (c2, carry) = mac(0, a0, a2, carry);
        let (c3, c4) = mac(0, a0, a3, carry);
        let (c3, carry) = mac(c3, a1, a2, 0);
        let (c4, c5) = mac(c4, a1, a3, carry);
        let (c5, c6) = mac(c5, a2, a3, 0);
        // … twice …
        let [c1, c2, c3, c4, c5, c6, c7] = [
            c1 << 1,
            c2 << 1 | c1 >> 63,
            c3 << 1 | c2 >> 63,
            c4 << 1 | c3 >> 63,
            c5 << 1 | c4 >> 63,
            c6 << 1 | c5 >> 63,
            c6 >> 63,
        ];
        // … and each limb's own square.
        let (l0, high) = mac(0, a0, a0, 0);
        let (l1, carry) = sum(c1, high, false);
        let (low, high) = mac(0, a1, a1, 0);
        let (l2, carry) = sum(c2, low, carry);
        let (l3, carry) = sum(c3, high, carry);
        let (low, high) = mac(0, a2, a2, 0);
        let (h0, carry) = sum(c4, low, carry);
        let (h1, carry) = sum(c5, high, carry);
        let (low, high) = mac(0, a3, a3, 0);
        let (h2, carry) = sum(c6, low, carry);
        let (h3, _) = sum(c7, high, carry);
        reduce([l0, l1, l2, l3], [h0, h1, h2, h3])
    }

    /// `self^-1 = self^(p - 2)`; zero for zero.
    pub(super) fn invert(self) -> Self {
        let [lowest, rest @ ..] = P;
        let [b, c, d] = rest;
        self.power([lowest - 2, b, c, d])
    }

    fn power(self, exponent: [u64; 4]) -> Self {
        bits(exponent).fold(Self::ONE, |power, bit| {
            let power = power.square();
            if bit { power * self } else { power }
        })
    }
}

/// The root of each number that has one, `number^((p + 1) / 4)`: all in step, since a
/// processor multiplies several numbers in the time of one if none waits for another.
pub(super) fn roots(numbers: &[Element]) -> Vec<Option<Element>> {
    // (p + 1) / 4 = 2^254 - 2^222 + 2^190 + 2^94
    let exponent = [0, 1 << 30, 1 << 62, (1 << 62) - (1 << 30)];
    let mut powers = vec![Element::ONE; numbers.len()];
    for bit in bits(exponent) {
        for (power, number) in powers.iter_mut().zip(numbers) {
            *power = power.square();
            if bit {
                *power = *power * *number;
            }
        }
    }
    let roots = powers.into_iter().zip(numbers);
    roots
        .map(|(root, number)| (root.square() == *number).then_some(root))
        .collect()
}

/// The bits of an exponent, from its highest one.
fn bits(exponent: [u64; 4]) -> impl Iterator<Item = bool> {
    let bits = exponent.into_iter().rev().flat_map(|limb| {
        let bits = (0..u64::BITS).rev();
        bits.map(move |bit| limb >> bit & 1 == 1)
    });
    bits.skip_while(|bit| !bit)
}

impl std::ops::Add for Element {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, carry) = plus(self.0, other.0);
        let (reduced, is_less) = minus(sum, P);
        Self(if carry || !is_less { reduced } else { sum })
    }
}

impl std::ops::Sub for Element {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, is_less) = minus(self.0, other.0);
        let (wrapped, _) = plus(difference, P);
        Self(if is_less { wrapped } else { difference })
    }
}

impl std::ops::Mul for Element {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        let (low0, [p1, p2, p3, p4]) = row(a0, other.0, [0; 4]);
        let (low1, [p2, p3, p4, p5]) = row(a1, other.0, [p1, p2, p3, p4]);
        let (low2, [p3, p4, p5, p6]) = row(a2, other.0, [p2, p3, p4, p5]);
        let (low3, high) = row(a3, other.0, [p3, p4, p5, p6]);
        reduce([low0, low1, low2, low3], high)
    }
}

/// `a * b + carried`: the lowest limb, and the four above it.
#[inline(always)]
const fn row(a: u64, b: [u64; 4], carried: [u64; 4]) -> (u64, [u64; 4]) {
    let (l0, carry) = mac(carried[0], a, b[0], 0);
    let (l1, carry) = mac(carried[1], a, b[1], carry);
    let (l2, carry) = mac(carried[2], a, b[2], carry);
    let (l3, carry) = mac(carried[3], a, b[3], carry);
    (l0, [l1, l2, l3, carry])
}

/// Divides a product by `2^256`, modulo `p`.
///
/// ```text
/// four times: product = (product + lowest limb * p) / 2^64
/// ```
/// (Montgomery 1985; `-1/p mod 2^64` is 1, so that the lowest limb itself is the factor)
#[inline(always)]
fn reduce(low: [u64; 4], high: [u64; 4]) -> Element {
    let [l0, l1, l2, l3] = low;
    let [h0, h1, h2, h3] = high;
    let ([l1, l2, l3, h0], carry) = without_lowest(l0, [l1, l2, l3, h0], false);
    let ([l2, l3, h0, h1], carry) = without_lowest(l1, [l2, l3, h0, h1], carry);
    let ([l3, h0, h1, h2], carry) = without_lowest(l2, [l3, h0, h1, h2], carry);
    let (product, carry) = without_lowest(l3, [h0, h1, h2, h3], carry);
    let (reduced, is_less) = minus(product, P);
    Element(if carry || !is_less { reduced } else { product })
}

/// `(lowest + limbs * 2^64 + lowest * p) / 2^64`, with a carry into the last limb and one
/// out of it. `lowest * p` is `lowest * (2^96 + 2^192 * (2^64 - 2^32 + 1))` less `lowest`.
#[inline(always)]
fn without_lowest(lowest: u64, limbs: [u64; 4], carried: bool) -> ([u64; 4], bool) {
    let (product, high) = mac(0, lowest, P[3], 0);
    let (l0, carry) = sum(limbs[0], lowest << 32, false);
    let (l1, carry) = sum(limbs[1], lowest >> 32, carry);
    let (l2, carry) = sum(limbs[2], product, carry);
    let (l3, carry) = sum(limbs[3], high, carry);
    let (l3, more) = l3.overflowing_add(u64::from(carried));
    ([l0, l1, l2, l3], carry | more)
}

/// `sum + a * b + carry`, low and high half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "the two halves of 128 bits")]
const fn mac(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    // Never more than 2^128 - 1: nothing wraps, and nothing needs to be checked.
    let product = (a as u128).wrapping_mul(b as u128);
    let wide = product
        .wrapping_add(sum as u128)
        .wrapping_add(carry as u128);
    (wide as u64, (wide >> 64) as u64)
}

#[inline(always)]
fn sum(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, one) = a.overflowing_add(b);
    let (sum, other) = sum.overflowing_add(u64::from(carry));
    (sum, one | other)
}

#[inline(always)]
fn plus(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (l0, carry) = sum(a[0], b[0], false);
    let (l1, carry) = sum(a[1], b[1], carry);
    let (l2, carry) = sum(a[2], b[2], carry);
    let (l3, carry) = sum(a[3], b[3], carry);
    ([l0, l1, l2, l3], carry)
}

/// The difference modulo `2^256`, and whether the first is less.
#[inline(always)]
fn minus(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let less = |a: u64, b: u64, borrow: bool| {
        let (difference, one) = a.overflowing_sub(b);
        let (difference, other) = difference.overflowing_sub(u64::from(borrow));
        (difference, one | other)
    };
    let (l0, borrow) = less(a[0], b[0], false);
    let (l1, borrow) = less(a[1], b[1], borrow);
    let (l2, borrow) = less(a[2], b[2], borrow);
    let (l3, borrow) = less(a[3], b[3], borrow);
    ([l0, l1, l2, l3], borrow)
}
