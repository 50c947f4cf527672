//! `Dual_EC_DRBG` over P-256, as NIST SP 800-90 had it from its revision of 2007, and
//! SP 800-90A until 2015.
//!
//! Two points of the curve are given, `P` and `Q`. The state is a number `s`, and each
//! block of output costs two multiplications:
//!
//! ```text
//! s = x(s * P)                    the next state
//! r = x(s * Q)                    30 of its 32 bytes are the output
//! ```
//!
//! Whoever sees the output knows `r`, but for 16 bits, and with it the point `s * Q`. If
//! they also know a number `d` with `P = d * Q`, then `d * (s * Q) = s * (d * Q) = s * P`,
//! and `x(s * P)` is the next state: all later output is known. Nobody else can compute
//! it, nor tell whether anybody can (Shumow and Ferguson 2007).

use std::convert::Infallible;

use p256::{
    AffinePoint, FieldBytes, ProjectivePoint, Scalar, U256,
    elliptic_curve::{
        Group, PrimeField,
        ops::Reduce,
        point::{AffineCoordinates, DecompressPoint},
        subtle::Choice,
    },
};
use rand::{CryptoRng, TryCryptoRng, TryRng};
use ring::digest;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::crypto::{
    bytes::{random_bytes, secret},
    kdf::{self, Label},
};

/// Bytes of output a block: 32 without the two that are cut off (SP 800-90A §10.3.1, table 4).
pub const BLOCK: usize = 30;

/// The two points of a generator, which everybody who has it can read: `P` is the curve's
/// own generator, `Q` is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points {
    q: ProjectivePoint,
}

secret! {
    /// The number `d` with `P = d * Q`, 32 bytes: what the author of two points can keep.
    Trapdoor,
    /// The number `s` that a generator keeps between two requests, 32 bytes: all later output
    /// follows from it.
    GeneratorState
}

/// The x-coordinate of NIST's `Q` for P-256 (SP 800-90A, appendix A.1); its y is even.
const PUBLISHED_Q: [u8; 32] = [
    0xc9, 0x74, 0x45, 0xf4, 0x5c, 0xde, 0xf9, 0xf0, 0xd3, 0xe0, 0x5e, 0x1e, 0x58, 0x5f, 0xc2, 0x97,
    0x23, 0x5b, 0x82, 0xb5, 0xbe, 0x8f, 0xf3, 0xef, 0xca, 0x67, 0xc5, 0x98, 0x52, 0x01, 0x81, 0x92,
];

impl Points {
    /// The points that NIST published; how `Q` was chosen was never told.
    pub fn published() -> Option<Self> {
        point_at(PUBLISHED_Q).map(|q| Self { q })
    }

    /// Points between which nobody knows a relation, and anybody can see why: `Q` is the
    /// first point of the curve whose x-coordinate is
    /// `SHA-256("doormat v1 points" || counter)`.
    pub fn verifiable() -> Self {
        let hashes = (0..u8::MAX).map(|counter| kdf::hash(Label::Points, &[&[counter]]));
        let q = hashes.into_iter().find_map(point_at);
        #[expect(clippy::expect_used, reason = "a constant: a test computes it")]
        let q = q.expect("half of all numbers are such a coordinate");
        Self { q }
    }

    /// Points whose relation their author keeps: `Q = d^-1 * P`, and `d` is 16 random
    /// bytes. That makes the author's own searches half as long; whoever wanted to find it
    /// would need some 2^65 steps (Pollard's kangaroos, 1978).
    pub fn with_trapdoor(rng: &mut dyn CryptoRng) -> (Self, Trapdoor) {
        loop {
            let mut d = [0; 32];
            let (_, short) = d.split_at_mut(16);
            rng.fill_bytes(short);
            let d = scalar(d);
            if let Some(inverse) = Option::<Scalar>::from(d.invert()) {
                let q = ProjectivePoint::GENERATOR * inverse;
                let trapdoor = Trapdoor::from_bytes(d.to_repr().into());
                return (Self { q }, trapdoor);
            }
        }
    }

    /// The points with this `Q`, given by its coordinates, 32 bytes each, big-endian; `None`
    /// if that is no point of the curve.
    pub fn from_q(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let [.., last] = y;
        let q = AffinePoint::decompress(&FieldBytes::from(*x), Choice::from(last & 1));
        let q = Self {
            q: Option::<AffinePoint>::from(q)?.into(),
        };
        (q.q() == (*x, *y)).then_some(q)
    }

    /// Whether `P = d * Q`, and `d` is below the order of the curve.
    pub fn are_related_by(&self, d: &Trapdoor) -> bool {
        let number = scalar(*d.as_bytes());
        let digits: [u8; 32] = number.to_repr().into();
        digits == *d.as_bytes() && self.q * number == ProjectivePoint::GENERATOR
    }

    /// The coordinates of `P`, 32 bytes each, big-endian.
    pub fn p() -> ([u8; 32], [u8; 32]) {
        let p = ProjectivePoint::GENERATOR.to_affine();
        (p.x().into(), p.y().into())
    }

    /// The coordinates of `Q`, 32 bytes each, big-endian.
    pub fn q(&self) -> ([u8; 32], [u8; 32]) {
        let q = self.q.to_affine();
        (q.x().into(), q.y().into())
    }
}

/// The generator: two points and a state of 32 bytes.
///
/// # Security
/// Erased on drop, printed as its name only. For experiments: SP 800-90A Rev. 1 (2015)
/// withdrew it.
#[derive(Clone)]
pub struct DualEc {
    points: Points,
    state: [u8; 32],
}

impl DualEc {
    /// ```text
    /// s = Hash_df(entropy || nonce || personalization, 256)
    /// ```
    /// (SP 800-90A §10.3.1.2 and §10.4.1; SHA-256)
    pub fn instantiate(points: Points, entropy: &[u8], nonce: &[u8], personal: &[u8]) -> Self {
        let counter_and_bits = [1, 0, 0, 1, 0];
        let mut hash = digest::Context::new(&digest::SHA256);
        for part in [&counter_and_bits, entropy, nonce, personal] {
            hash.update(part);
        }
        let state = kdf::first(hash.finish().as_ref());
        Self { points, state }
    }

    /// With 32 bytes of entropy and 16 of a nonce from another generator.
    pub fn seeded(points: Points, rng: &mut dyn CryptoRng) -> Self {
        let (entropy, nonce) = (random_bytes::<32>(rng), random_bytes::<16>(rng));
        Self::instantiate(points, &entropy, &nonce, &[])
    }

    /// From a state on.
    pub const fn resume(points: Points, state: &GeneratorState) -> Self {
        Self {
            points,
            state: *state.as_bytes(),
        }
    }

    /// After a request whose last block came out of this state.
    pub fn after_block(points: Points, state: [u8; 32]) -> Self {
        let mut generator = Self { points, state };
        generator.step();
        generator
    }

    /// The state that the next request begins with.
    pub const fn state(&self) -> GeneratorState {
        GeneratorState::from_bytes(self.state)
    }

    /// ```text
    /// for each block of the request:
    ///   s = x(s * P)
    ///   r = x(s * Q)
    ///   output the rightmost 240 bits of r
    /// s = x(s * P)
    /// ```
    /// (SP 800-90A §10.3.1.4, without additional input; the last block's output is cut at
    /// its right end)
    fn generate(&mut self, output: &mut [u8]) {
        for block in output.chunks_mut(BLOCK) {
            self.step();
            let r = x_times(&self.points.q, &self.state);
            let (_, rightmost) = r.split_at(r.len() - BLOCK);
            block.copy_from_slice(rightmost.split_at(block.len()).0);
        }
        self.step();
    }

    fn step(&mut self) {
        let next = ProjectivePoint::mul_by_generator(&scalar(self.state));
        self.state = next.to_affine().x().into();
    }
}

impl TryRng for DualEc {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.generate(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.generate(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        self.generate(output);
        Ok(())
    }
}

impl TryCryptoRng for DualEc {}

impl Drop for DualEc {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

impl ZeroizeOnDrop for DualEc {}

impl std::fmt::Debug for DualEc {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { points, state: _ } = self;
        write!(f, "DualEc({points:?})")
    }
}

/// `x(number * point)`, 32 bytes, big-endian; zero at infinity.
fn x_times(point: &ProjectivePoint, number: &[u8; 32]) -> [u8; 32] {
    (*point * scalar(*number)).to_affine().x().into()
}

/// A number of 256 bits, modulo the order of the curve: it makes the same multiple.
fn scalar(number: [u8; 32]) -> Scalar {
    Scalar::reduce(&U256::from_be_slice(&number))
}

/// The point with an even y that has this x-coordinate, if there is one.
fn point_at(x: [u8; 32]) -> Option<ProjectivePoint> {
    let point = AffinePoint::decompress(&FieldBytes::from(x), Choice::from(0));
    Option::<AffinePoint>::from(point).map(ProjectivePoint::from)
}
