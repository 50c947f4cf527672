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

    pub(super) fn square(self) -> Self {
        self * self
    }

    /// `self^-1 = self^(p - 2)`; zero for zero.
    pub(super) fn invert(self) -> Self {
        let [lowest, rest @ ..] = P;
        let [b, c, d] = rest;
        self.power([lowest - 2, b, c, d])
    }

    /// `self^((p + 1) / 4)`, which is the root of a number that has one.
    pub(super) fn root(self) -> Option<Self> {
        // (p + 1) / 4 = 2^254 - 2^222 + 2^190 + 2^94
        let root = self.power([0, 1 << 30, 1 << 62, (1 << 62) - (1 << 30)]);
        (root.square() == self).then_some(root)
    }

    fn power(self, exponent: [u64; 4]) -> Self {
        let bits = exponent.iter().rev().flat_map(|limb| {
            let limb = *limb;
            (0..u64::BITS).rev().map(move |bit| limb >> bit & 1 == 1)
        });
        bits.skip_while(|bit| !bit).fold(Self::ONE, |power, bit| {
            let power = power.square();
            if bit { power * self } else { power }
        })
    }
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

    /// ```text
    /// for each limb b of the second:
    ///   t = t + a * b
    ///   t = (t + t[0] * p) / 2^64
    /// ```
    /// (Montgomery 1985; `-1/p mod 2^64` is 1 here, so that the factor is the lowest limb)
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let [a0, a1, a2, a3] = self.0;
        let (mut t0, mut t1, mut t2, mut t3, mut t4) = (0, 0, 0, 0, 0);
        for b in other.0 {
            let (u0, carry) = mac(t0, a0, b, 0);
            let (u1, carry) = mac(t1, a1, b, carry);
            let (u2, carry) = mac(t2, a2, b, carry);
            let (u3, carry) = mac(t3, a3, b, carry);
            let (u4, u5) = sum(t4, carry, false);
            // u0 + u0 * (2^64 - 1) = u0 * 2^64: the limb falls away, and is carried.
            let (v0, carry) = mac(u1, u0, P[1], u0);
            let (v1, carry) = sum(u2, carry, false);
            let (v2, high) = mac(u3, u0, P[3], u64::from(carry));
            let (v3, carry) = sum(u4, high, false);
            (t0, t1, t2, t3, t4) = (v0, v1, v2, v3, u64::from(u5) + u64::from(carry));
        }
        let product = [t0, t1, t2, t3];
        let (reduced, is_less) = minus(product, P);
        Self(if t4 > 0 || !is_less { reduced } else { product })
    }
}

/// `sum + a * b + carry`, low and high half.
#[inline(always)]
#[expect(clippy::as_conversions, reason = "the two halves of 128 bits")]
const fn mac(sum: u64, a: u64, b: u64, carry: u64) -> (u64, u64) {
    let wide = sum as u128 + a as u128 * b as u128 + carry as u128;
    (wide as u64, (wide >> 64) as u64)
}

#[inline(always)]
const fn sum(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, one) = a.overflowing_add(b);
    let (sum, other) = sum.overflowing_add(carry as u64);
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
