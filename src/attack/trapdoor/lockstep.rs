//! Thousands of points of P-256, each multiplied, all in step.
//!
//! An addition in affine coordinates needs one inversion, which costs as much as some 400
//! multiplications. Where many points take the same step at the same time, one inversion serves
//! them all (Montgomery 1987), and a step costs six or seven multiplications a point.
//!
//! A step that has no result (a point added to itself, or to its opposite) leaves a wrong
//! point behind, of that one candidate alone. None comes up but by a chance below 2^-200, and
//! what is found is confirmed otherwise.

use super::field::Element;

/// A point that is not at infinity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) x: Element,
    pub(super) y: Element,
}

impl Point {
    /// Takes its coordinates, 32 bytes each, big-endian.
    pub(super) fn from_bytes((x, y): &([u8; 32], [u8; 32])) -> Option<Self> {
        let (x, y) = (Element::from_bytes(x)?, Element::from_bytes(y)?);
        Some(Self { x, y })
    }

    fn negative(self) -> Self {
        let y = Element::ZERO - self.y;
        Self { y, ..self }
    }
}

/// Bits of a window: the odd multiples below `2^(WINDOW - 1)` are computed first.
const WINDOW: u32 = 5;

/// `number * point`, for each point.
pub(super) fn multiply_all(points: &[Point], number: &[u8; 32]) -> Vec<Point> {
    let twice = doubled(points);
    let mut odd = vec![points.to_vec()];
    for _ in 1..1 << (WINDOW - 2) {
        let mut next = odd.last().cloned().unwrap_or_default();
        add_all(&mut next, |at| twice.get(at).copied());
        odd.push(next);
    }
    let multiple = |digit: i8, at: usize| {
        let table = odd.get(usize::from(digit.unsigned_abs() / 2))?;
        let point = *table.get(at)?;
        Some(if digit < 0 { point.negative() } else { point })
    };
    let mut digits = non_adjacent_form(number).into_iter().rev();
    let Some(first) = digits.find(|digit| *digit != 0) else {
        return Vec::new();
    };
    let all = 0..points.len();
    let mut sums: Vec<Point> = all.filter_map(|at| multiple(first, at)).collect();
    for digit in digits {
        sums = doubled(&sums);
        if digit != 0 {
            add_all(&mut sums, |at| multiple(digit, at));
        }
    }
    sums
}

/// Digits of a number, the lowest first: zero or odd, below `2^(WINDOW - 1)` in size, and
/// `WINDOW - 1` zeros at least behind each that is not.
fn non_adjacent_form(number: &[u8; 32]) -> Vec<i8> {
    let bit = |at: usize| {
        let byte = number.iter().rev().nth(at / 8).copied();
        byte.map_or(0, |byte| i8::from(byte >> (at % 8) & 1 == 1))
    };
    let (mut digits, mut carry, mut at) = (Vec::new(), 0, 0);
    while at < 257 {
        if bit(at) + carry != 1 {
            // Two is a carry, and a zero here.
            carry = i8::from(bit(at) + carry > 1);
            digits.push(0);
            at += 1;
            continue;
        }
        let width = usize::try_from(WINDOW).unwrap_or_default();
        let window = (0..width).map(|more| bit(at + more) << more).sum::<i8>() + carry;
        carry = i8::from(window >= 1 << (WINDOW - 1));
        digits.push(window - (carry << WINDOW));
        digits.extend(std::iter::repeat_n(0, width - 1));
        at += width;
    }
    digits.push(carry);
    digits
}

/// One point, and all it takes to multiply it by many numbers: its multiples by each byte
/// at each of 32 places.
pub(super) struct Multiples {
    places: Vec<Vec<Point>>,
    /// Where sums begin, so that no step begins at infinity.
    offset: Point,
}

impl Multiples {
    pub(super) fn of(point: Point) -> Self {
        let mut bases = vec![point];
        for _ in 0..32 {
            let mut base: Vec<_> = bases.last().copied().into_iter().collect();
            for _ in 0..8 {
                base = doubled(&base);
            }
            bases.append(&mut base);
        }
        let offset = bases.pop().unwrap_or(point);
        let mut multiples = vec![bases.clone(), doubled(&bases)];
        for _ in 3..=u8::MAX {
            let mut next = multiples.last().cloned().unwrap_or_default();
            add_all(&mut next, |at| bases.get(at).copied());
            multiples.push(next);
        }
        let places = (0..bases.len()).map(|place| {
            let of_place = multiples.iter().filter_map(|it| it.get(place).copied());
            of_place.collect()
        });
        Self {
            places: places.collect(),
            offset,
        }
    }

    /// `number * point`, for each number, 32 bytes, big-endian.
    pub(super) fn by_all(&self, numbers: &[[u8; 32]]) -> Vec<Point> {
        let mut sums = vec![self.offset; numbers.len()];
        for (place, multiples) in self.places.iter().enumerate() {
            add_all(&mut sums, |at| {
                let byte = *numbers.get(at)?.iter().rev().nth(place)?;
                multiples.get(usize::from(byte.checked_sub(1)?)).copied()
            });
        }
        add_all(&mut sums, |_| Some(self.offset.negative()));
        sums
    }
}

/// ```text
/// slope = 3 * (x^2 - 1) / 2y                            the curve's a is -3
/// x' = slope^2 - 2x
/// y' = slope * (x - x') - y
/// ```
fn doubled(points: &[Point]) -> Vec<Point> {
    let mut inverses: Vec<_> = points.iter().map(|it| it.y + it.y).collect();
    invert_all(&mut inverses);
    let steps = points.iter().zip(inverses).map(|(point, inverse)| {
        let less = point.x.square() - Element::ONE;
        chord(point, &point.x, (less + less + less) * inverse)
    });
    steps.collect()
}

/// Adds to each point another, where there is one.
///
/// ```text
/// slope = (y2 - y1) / (x2 - x1)
/// x' = slope^2 - x1 - x2
/// y' = slope * (x1 - x') - y1
/// ```
fn add_all(points: &mut [Point], other: impl Fn(usize) -> Option<Point>) {
    let differences = points.iter().enumerate().map(|(at, point)| {
        let other = other(at);
        other.map_or(Element::ZERO, |other| other.x - point.x)
    });
    let mut inverses: Vec<_> = differences.collect();
    invert_all(&mut inverses);
    for ((at, point), inverse) in points.iter_mut().enumerate().zip(inverses) {
        if let Some(other) = other(at) {
            *point = chord(point, &other.x, (other.y - point.y) * inverse);
        }
    }
}

/// Where the line through two points with this slope meets the curve again, mirrored.
fn chord(point: &Point, other_x: &Element, slope: Element) -> Point {
    let x = slope.square() - point.x - *other_x;
    let y = slope * (point.x - x) - point.y;
    Point { x, y }
}

/// Inverts all numbers with one inversion; zero stays zero.
fn invert_all(numbers: &mut [Element]) {
    let mut product = Element::ONE;
    let products: Vec<_> = numbers
        .iter()
        .map(|number| {
            let before = product;
            if *number != Element::ZERO {
                product = product * *number;
            }
            before
        })
        .collect();
    let mut inverse = product.invert();
    for (number, before) in numbers.iter_mut().zip(products).rev() {
        if *number != Element::ZERO {
            (*number, inverse) = (inverse * before, inverse * *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::{
        ProjectivePoint, Scalar, U256,
        elliptic_curve::{ops::Reduce, point::AffineCoordinates},
    };
    use proptest::prelude::*;

    fn with_the_crate(point: ProjectivePoint, number: &[u8; 32]) -> ([u8; 32], [u8; 32]) {
        let product = (point * Scalar::reduce(&U256::from_be_slice(number))).to_affine();
        (product.x().into(), product.y().into())
    }

    fn bytes(point: &Point) -> ([u8; 32], [u8; 32]) {
        (point.x.to_bytes(), point.y.to_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn products_are_those_of_the_crate(number: [u8; 32], others: [[u8; 32]; 5]) {
            let points = others.map(|it| with_the_crate(ProjectivePoint::GENERATOR, &it));
            let points = points.map(|it| Point::from_bytes(&it).unwrap());
            let products = multiply_all(&points, &number);
            for (product, other) in products.iter().zip(&others) {
                let point = ProjectivePoint::GENERATOR * Scalar::reduce(&U256::from_be_slice(other));
                prop_assert_eq!(bytes(product), with_the_crate(point, &number));
            }
            let [point, ..] = points;
            let [base, ..] = others;
            let base = ProjectivePoint::GENERATOR * Scalar::reduce(&U256::from_be_slice(&base));
            for (product, other) in Multiples::of(point).by_all(&others).iter().zip(&others) {
                prop_assert_eq!(bytes(product), with_the_crate(base, other));
            }
        }
    }
}
