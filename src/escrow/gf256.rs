//! GF(2⁸): 256 numbers that can be added, multiplied and divided like fractions,
//! each of them one byte. AES computes in the same field (FIPS 197 §4).
//!
//! A byte is a polynomial with eight coefficients of 0 or 1. Adding two is `^`, and
//! so is subtracting. Multiplying is done modulo `x⁸ + x⁴ + x³ + x + 1`.
//!
//! # Security
//! No table is looked up and no branch is taken by a value: which of them, and how
//! long it takes, would tell something of it to whoever shares the processor.

use zeroize::Zeroizing;

/// What `x⁸` is, modulo the field's polynomial: `x⁴ + x³ + x + 1`.
const REDUCED: u8 = 0x1b;

/// ```text
/// a × b = sum over the bits i of b that are 1:  a × xⁱ
/// ```
/// (FIPS 197 §4.2)
pub fn times(a: u8, b: u8) -> u8 {
    let (mut a_xi, mut bits, mut product) = (a, b, 0);
    for _ in 0..8 {
        product ^= a_xi & all_ones_if(bits & 1);
        a_xi = a_xi << 1 ^ REDUCED & all_ones_if(a_xi >> 7);
        bits >>= 1;
    }
    product
}

/// ```text
/// 1 / a = a^254 = a^2 × a^4 × a^8 × … × a^128
/// ```
/// since `a^255 = 1` for every `a` but 0, which has no inverse and gives 0.
pub fn inverse(a: u8) -> u8 {
    let (mut power, mut product) = (a, 1);
    for _ in 0..7 {
        power = times(power, power);
        product = times(product, power);
    }
    product
}

/// ```text
/// q(x) = row_0 + row_1 x + row_2 x² + …
/// ```
/// by Horner's rule, for each of the rows' `N` bytes apart.
pub fn evaluate<const N: usize>(rows: &[[u8; N]], x: u8) -> Zeroizing<[u8; N]> {
    let mut value = Zeroizing::new([0; N]);
    for row in rows.iter().rev() {
        for (to, coefficient) in value.iter_mut().zip(row) {
            *to = times(*to, x) ^ coefficient;
        }
    }
    value
}

/// The one polynomial of degree below `k` through `k` points, at `x` (Lagrange):
///
/// ```text
/// q(x) = sum over i:  y_i × product over j ≠ i:  (x - x_j) / (x_i - x_j)
/// ```
/// for each of `N` bytes apart. No `x_i` may stand twice.
pub fn interpolate<const N: usize>(points: &[(u8, &[u8; N])], x: u8) -> Zeroizing<[u8; N]> {
    let mut value = Zeroizing::new([0; N]);
    for (x_i, y_i) in points {
        let (above, below) = points
            .iter()
            .filter(|(x_j, _)| x_j != x_i)
            .fold((1, 1), |(above, below), (x_j, _)| {
                (times(above, x ^ x_j), times(below, x_i ^ x_j))
            });
        let weight = times(above, inverse(below));
        for (to, y) in value.iter_mut().zip(*y_i) {
            *to ^= times(*y, weight);
        }
    }
    value
}

/// `0xff` for 1, `0x00` for 0.
const fn all_ones_if(bit: u8) -> u8 {
    bit.wrapping_neg()
}
