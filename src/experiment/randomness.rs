//! Tests of randomness, as a laboratory makes them that certifies a product: many fresh
//! devices, 32 bytes of each, and whether they could be random.
//!
//! | test | notices | source |
//! |---|---|---|
//! | repeats | two devices with the same bytes | |
//! | frequency | ones and zeros that are not as frequent as each other | SP 800-22 §2.1 |
//! | runs | too many or too few changes from one bit to the next | SP 800-22 §2.3 |
//! | bytes | some bytes more frequent than others | chi-square |
//!
//! A test tells bad randomness, not dangerous randomness: what somebody else can compute
//! may be as even as any.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use super::{
    design::{Client, Design, Generator},
    seed,
    supply::Supply,
};

/// How many fresh devices are asked. Of 32,768 streams two are then the same in all but
/// one laboratory in some 1,800.
pub const DEVICES: usize = 700;

/// A deviation of so many standard deviations is no accident: by chance alone one of the
/// three exceeds it in one laboratory of some 175,000.
const LIMIT: f64 = 5.0;

/// What a laboratory found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Findings {
    /// Devices whose bytes another one had as well.
    pub repeats: usize,
    /// In standard deviations.
    pub frequency: f64,
    /// In standard deviations.
    pub runs: f64,
    /// In standard deviations.
    pub bytes: f64,
}

impl Findings {
    /// Tests 32 bytes of each of many devices.
    pub fn of(samples: &[[u8; 32]]) -> Self {
        let distinct: BTreeSet<_> = samples.iter().collect();
        let bytes = samples.as_flattened();
        Self {
            repeats: samples.len() - distinct.len(),
            frequency: frequency(bytes),
            runs: runs(bytes),
            bytes: chi_square(bytes),
        }
    }

    /// Whether they cannot be random.
    pub fn fail(&self) -> bool {
        let deviations = [self.frequency, self.runs, self.bytes];
        self.repeats > 0 || deviations.iter().any(|it| it.abs() > LIMIT)
    }
}

/// What a laboratory finds in the devices of a design: in the first draws of each, or in
/// the session ids where a client hides something in those.
pub(super) fn test(design: Design, seed: u64) -> Findings {
    let kind = (design.generator, design.client, seed);
    let made = || TESTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, findings)) = made().iter().find(|(it, _)| *it == kind) {
        return *findings;
    }
    let supply = Supply::of(design, seed);
    let mut rng = seed::generator(seed, "laboratory");
    let samples = (0..DEVICES).map(|number| supply.sample(number, &mut rng));
    let findings = Findings::of(&samples.collect::<Vec<_>>());
    let mut tests = made();
    if tests.len() < KEPT {
        tests.push((kind, findings));
    }
    findings
}

/// What was tested, for whom, and what was found.
type Test = ((Generator, Client, u64), Findings);

/// Tests that are made once in a process: they depend on the devices, not on what is said.
static TESTS: Mutex<Vec<Test>> = Mutex::new(Vec::new());

/// How many of them are kept.
const KEPT: usize = 64;

/// ```text
/// (ones - n / 2) / sqrt(n / 4)
/// ```
fn frequency(bytes: &[u8]) -> f64 {
    let ones: u32 = bytes.iter().map(|byte| byte.count_ones()).sum();
    binomial(ones, bytes.len() * 8)
}

/// The same of the places where a bit differs from the one before.
fn runs(bytes: &[u8]) -> f64 {
    let bits = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1));
    let changes = bits.clone().zip(bits.skip(1)).filter(|(a, b)| a != b);
    let changes = u32::try_from(changes.count()).unwrap_or(u32::MAX);
    binomial(changes, (bytes.len() * 8).saturating_sub(1))
}

/// ```text
/// (sum over all bytes of (count - expected)^2 / expected - 255) / sqrt(2 * 255)
/// ```
fn chi_square(bytes: &[u8]) -> f64 {
    let expected = number(bytes.len()) / 256.0;
    let mut counts = [0_usize; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let deviations = counts.iter().map(|count| {
        let deviation = number(*count) - expected;
        deviation * deviation / expected
    });
    (deviations.sum::<f64>() - 255.0) / 510_f64.sqrt()
}

fn binomial(hits: u32, of: usize) -> f64 {
    (f64::from(hits) - number(of) / 2.0) / (number(of) / 4.0).sqrt()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(byte: impl Fn(usize) -> u8) -> Vec<[u8; 32]> {
        let sample = |device| std::array::from_fn(|at| byte(device * 32 + at));
        (0..DEVICES).map(sample).collect()
    }

    fn good(seed: u64) -> Vec<[u8; 32]> {
        let mut rng = seed::generator(seed, "good");
        samples_of(&mut rng)
    }

    fn samples_of(rng: &mut dyn rand::CryptoRng) -> Vec<[u8; 32]> {
        (0..DEVICES)
            .map(|_| crate::crypto::random_bytes(rng))
            .collect()
    }

    #[test]
    fn good_randomness_passes_in_two_hundred_laboratories() {
        for seed in 0..200 {
            let findings = Findings::of(&good(seed));
            assert!(!findings.fail(), "{seed}: {findings:?}");
        }
    }

    #[test]
    fn a_device_that_repeats_another_fails() {
        let mut samples = good(7);
        samples[600] = samples[3];
        let findings = Findings::of(&samples);
        assert_eq!(findings.repeats, 1);
        assert!(findings.fail());
    }

    #[test]
    fn too_many_ones_fail_by_their_frequency() {
        let mut samples = good(7);
        for byte in samples.as_flattened_mut().iter_mut().step_by(8) {
            *byte |= 0x18;
        }
        assert!(Findings::of(&samples).frequency > LIMIT);
    }

    #[test]
    fn bits_that_alternate_fail_by_their_runs_and_not_by_their_frequency() {
        let findings = Findings::of(&samples(|_| 0x55));
        assert!(findings.runs > LIMIT && findings.frequency.abs() < 1e-9);
    }

    #[test]
    fn bytes_with_as_many_ones_as_zeros_fail_where_a_few_are_all() {
        let few = [0x0f, 0x33, 0x3c, 0xc3, 0xcc, 0xf0];
        let mut rng = seed::generator(7, "few");
        let drawn = samples_of(&mut rng);
        let drawn = drawn.as_flattened();
        let findings = Findings::of(&samples(|at| few[usize::from(drawn[at]) % few.len()]));
        assert!(findings.bytes > LIMIT && findings.frequency.abs() < 1e-9);
    }
}
