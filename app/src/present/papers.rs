//! Ballot papers: one for each device, given by us, and not too many to one address.
//!
//! A number that a device made up is no ballot: each carries a code that only this server
//! can make. And an address that asks for one after the other gets a class's worth, not
//! the whole box; a machine with many addresses gets more. How many an address was given is counted, never which: no vote can be
//! led back to an address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use rand::CryptoRng;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};

use super::ballot::Voter;
use doormat::crypto::random_bytes;

/// Papers for one address: a class behind one router shares one.
pub const MAX_PAPERS: u32 = 300;

/// What the code is of, before the number.
const LABEL: &[u8] = b"doormat ballot paper";

/// Gives papers, and knows its own.
pub struct Papers {
    key: Key,
    given: Mutex<HashMap<IpAddr, u32>>,
}

impl Papers {
    /// The same secret knows the same papers again.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            key: Key::new(HMAC_SHA256, secret),
            given: Mutex::default(),
        }
    }

    /// A paper for a new device: its number, 16 bytes, and the code, 32, in hexadecimal.
    /// Nothing if its address had its share.
    pub fn give(&self, to: IpAddr, rng: &mut dyn CryptoRng) -> Option<String> {
        // Nothing can panic where it is held.
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let count = given.entry(household(to)).or_default();
        if *count >= MAX_PAPERS {
            return None;
        }
        *count += 1;
        drop(given);
        let number: [u8; 16] = random_bytes(rng);
        let code = sign(&self.key, &labelled(&number));
        Some(hex::encode(number) + &hex::encode(code))
    }

    /// The device that a paper was given to, if it is one of ours.
    pub fn read(&self, paper: &str) -> Option<Voter> {
        let mut bytes = [0; 16 + 32];
        hex::decode_to_slice(paper, &mut bytes).ok()?;
        let (number, code) = bytes.split_first_chunk()?;
        verify(&self.key, &labelled(number), code).ok()?;
        Some(Voter::new(*number))
    }
}

fn labelled(number: &[u8; 16]) -> Vec<u8> {
    [LABEL, number].concat()
}

/// What counts as one address: of version 6 the first 64 bits, since a machine may take
/// any of the rest.
pub(super) fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX)).into(),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn given() -> (Papers, String) {
        let papers = Papers::new(b"secret");
        let paper = papers.give(HERE, &mut ChaCha20Rng::seed_from_u64(7));
        (papers, paper.expect("the first"))
    }

    #[test]
    fn a_paper_is_known_again_by_the_same_secret_only() {
        let (papers, paper) = given();
        let voter = papers.read(&paper);
        assert!(voter.is_some());
        assert_eq!(Papers::new(b"secret").read(&paper), voter);
        assert_eq!(Papers::new(b"another").read(&paper), None);
    }

    #[test]
    fn a_paper_that_was_made_up_or_altered_is_none() {
        let (papers, paper) = given();
        for at in 0..paper.len() {
            let mut altered = paper.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).expect("digits");
            assert_eq!(papers.read(&altered), None, "{at}");
        }
        for other in ["", "00", &paper[..32], &"0".repeat(96)] {
            assert_eq!(papers.read(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_has_its_share_and_takes_nobody_elses() {
        let papers = Papers::new(b"secret");
        let rng = &mut ChaCha20Rng::seed_from_u64(7);
        let mut give = |to: &str| papers.give(to.parse().expect("an address"), rng).is_some();
        for number in 0..MAX_PAPERS {
            assert!(give("192.0.2.1"));
            // Each of them another address of one machine.
            assert!(give(&format!("2001:db8::{number:x}")));
        }
        assert!(!give("192.0.2.1") && !give("::ffff:192.0.2.1") && !give("2001:db8::ffff"));
        assert!(give("192.0.2.2") && give("2001:db8:0:1::"));
    }
}
