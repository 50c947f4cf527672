//! Ballot tokens: what a device votes with.
//!
//! A token is a random number with an HMAC over it, so that only this server can make one.
//! Each address gets a limited number of them: enough for a class behind one router, too
//! few to fill the ballot box. The server counts how many tokens an address got, and does
//! not record which: no vote can be traced to an address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use rand::CryptoRng;
use ring::hmac::{HMAC_SHA256, Key, sign, verify};

use super::ballot::Voter;
use crate::transport::admission::address_prefix;
use doormat::crypto::random_bytes;

/// The most tokens for one address: a class behind one router shares one.
pub const MAX_TOKENS_PER_ADDRESS: u32 = 300;

/// The input of the HMAC before the number.
const LABEL: &[u8] = b"doormat ballot paper";

/// Issues and verifies ballot tokens.
pub struct BallotTokens {
    key: Key,
    issued: Mutex<HashMap<IpAddr, u32>>,
}

impl BallotTokens {
    /// Tokens are valid under the secret with which they were issued.
    pub fn new(secret: &[u8]) -> Self {
        Self {
            key: Key::new(HMAC_SHA256, secret),
            issued: Mutex::default(),
        }
    }

    /// A token for a new device: its number, 16 bytes, and the HMAC, 32, in hexadecimal.
    /// Nothing if its address has had [`MAX_TOKENS_PER_ADDRESS`].
    pub fn issue(&self, to: IpAddr, rng: &mut dyn CryptoRng) -> Option<String> {
        // No code panics while it is held.
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let count = issued.entry(address_prefix(to)).or_default();
        if *count >= MAX_TOKENS_PER_ADDRESS {
            return None;
        }
        *count += 1;
        drop(issued);
        let number: [u8; 16] = random_bytes(rng);
        let tag = sign(&self.key, &labelled(&number));
        Some(hex::encode(number) + &hex::encode(tag))
    }

    /// The device that a token was issued to, if the token is valid.
    pub fn verify(&self, token: &str) -> Option<Voter> {
        let mut bytes = [0; 16 + 32];
        hex::decode_to_slice(token, &mut bytes).ok()?;
        let (number, tag) = bytes.split_first_chunk()?;
        verify(&self.key, &labelled(number), tag).ok()?;
        Some(Voter::new(*number))
    }
}

fn labelled(number: &[u8; 16]) -> Vec<u8> {
    [LABEL, number].concat()
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::ChaCha20Rng};

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn issued() -> (BallotTokens, String) {
        let tokens = BallotTokens::new(b"secret");
        let token = tokens.issue(HERE, &mut ChaCha20Rng::seed_from_u64(7));
        (tokens, token.expect("the first"))
    }

    #[test]
    fn a_token_is_valid_under_the_same_secret_only() {
        let (tokens, token) = issued();
        let voter = tokens.verify(&token);
        assert!(voter.is_some());
        assert_eq!(BallotTokens::new(b"secret").verify(&token), voter);
        assert_eq!(BallotTokens::new(b"another").verify(&token), None);
    }

    #[test]
    fn a_token_that_was_made_up_or_altered_is_invalid() {
        let (tokens, token) = issued();
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'0' { b'1' } else { b'0' };
            let altered = String::from_utf8(altered).expect("digits");
            assert_eq!(tokens.verify(&altered), None, "{at}");
        }
        for other in ["", "00", &token[..32], &"0".repeat(96)] {
            assert_eq!(tokens.verify(other), None, "{other}");
        }
    }

    #[test]
    fn an_address_has_a_limit_of_its_own() {
        let tokens = BallotTokens::new(b"secret");
        let rng = &mut ChaCha20Rng::seed_from_u64(7);
        let mut issue = |to: &str| tokens.issue(to.parse().expect("an address"), rng).is_some();
        for number in 0..MAX_TOKENS_PER_ADDRESS {
            assert!(issue("192.0.2.1"));
            // Each of them another address of one machine.
            assert!(issue(&format!("2001:db8::{number:x}")));
        }
        assert!(!issue("192.0.2.1") && !issue("::ffff:192.0.2.1") && !issue("2001:db8::ffff"));
        assert!(issue("192.0.2.2") && issue("2001:db8:0:1::"));
    }
}
