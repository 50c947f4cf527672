//! Generators of randomness that are not what they seem.
//!
//! A device takes its randomness as an argument and cannot tell which generator it was
//! given: all of these are [`rand::CryptoRng`], and in small amounts their bytes pass for random. What
//! differs is what somebody else can compute from a few of those bytes.
//!
//! | file | whom it serves |
//! |---|---|
//! | [`dual_ec`] | whoever chose its two points, if they kept the relation between them |
//! | [`low_entropy`] | everybody who has the patience for 32,768 tries |

pub mod dual_ec;
pub mod low_entropy;

pub use dual_ec::{DualEc, GeneratorState, Points, Trapdoor};
pub use low_entropy::LowEntropy;
