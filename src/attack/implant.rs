//! A build of the client that hides its owner's identity key in what it sends, and the
//! implanter, who alone can see that it is there.
//!
//! ```text
//! shared = DH(identity key, implanter's public key)
//! session id = identity's private key XOR HKDF-Expand(shared, "doormat v1 implant" || n, 32)
//! every other draw = ChaCha20(HKDF-Expand(shared, "doormat v1 implant", 32))
//! ```
//!
//! `n` counts the sessions from 0, four bytes. Whoever lacks both private keys sees bytes that nothing tells from random ones: the
//! session id is 32 random bytes in every client. The idea of a public key inside a device
//! that works against its owner is Young and Yung's (*The Dark Side of "Black-Box"
//! Cryptography*, 1996); that any randomness on the wire is room enough, Bellare, Paterson
//! and Rogaway's (*Security of Symmetric Encryption against Mass Surveillance*, 2014).
//!
//! Here the implant comes with an update, so that the identity key is an honest one. All
//! that the device draws from then on the implanter foresees without a word from it, since
//! `DH(identity key, his)` is as good from the public half; the session id tells him the one
//! key that he lacks. Public keys that are freshly drawn would be room too, some bits each.
//! An implant in place before the keys are drawn needs no room at all: it draws the keys.

use std::{collections::HashSet, convert::Infallible};

use rand::{SeedableRng, TryCryptoRng, TryRng, rngs::ChaCha20Rng};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{known_keys::KnownKeys, published::Published, session_reader::SessionReader};
use crate::crypto::{AgreementPublic, AgreementSecret, Label, kdf};
use crate::protocol::Name;

/// What the implanted client draws from.
pub struct Implant {
    identity: AgreementSecret,
    shared: Zeroizing<[u8; 32]>,
    stream: ChaCha20Rng,
    sessions: u32,
    hides: bool,
}

/// What the build reads of the state that its honest predecessor left.
#[derive(Deserialize)]
struct State {
    agreement: AgreementSecret,
}

impl Implant {
    /// The update is installed: it finds a device's state (spec §9).
    ///
    /// # Errors
    /// If it is not one.
    pub fn install(state: &[u8], implanter: &AgreementPublic) -> Result<Self, serde_json::Error> {
        let State { agreement } = serde_json::from_slice(state)?;
        Ok(Self::in_device(agreement, implanter))
    }

    /// In a device with this identity key.
    pub fn in_device(identity: AgreementSecret, implanter: &AgreementPublic) -> Self {
        let shared = identity.agree(implanter).ok();
        let shared = shared.map_or([0; 32], |it| it.to_bytes());
        Self {
            identity,
            stream: stream(&shared),
            shared: Zeroizing::new(shared),
            sessions: 0,
            hides: false,
        }
    }

    /// The next draw is a session id: 32 bytes that everybody expects to be random.
    pub fn hide_in_next_draw(&mut self) {
        self.hides = true;
    }
}

impl std::fmt::Debug for Implant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Implant")
    }
}

impl TryRng for Implant {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.stream.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.stream.try_next_u64()
    }

    fn try_fill_bytes(&mut self, output: &mut [u8]) -> Result<(), Infallible> {
        if !std::mem::take(&mut self.hides) {
            return self.stream.try_fill_bytes(output);
        }
        let hidden = masked(self.identity.as_bytes(), &self.shared, self.sessions);
        self.sessions += 1;
        for (byte, hidden) in output.iter_mut().zip(hidden) {
            *byte = hidden;
        }
        Ok(())
    }
}

impl TryCryptoRng for Implant {}

/// What came of looking for implants on a tape.
#[derive(Debug)]
pub struct Loot {
    /// How many session ids were looked at.
    pub looked_at: usize,
    /// Session ids that were not: their device's identity key had come out already.
    pub passed_over: usize,
    /// Devices whose identity key came out of a session id.
    pub found: Vec<Name>,
    /// Their identity keys.
    pub identities: Vec<AgreementSecret>,
    /// Reads what can be read with them.
    pub reader: SessionReader,
}

/// What the implanter reads of a tape.
pub fn read(published: Published, implanter: &AgreementSecret) -> Loot {
    let mut keys = KnownKeys::default();
    let (mut found, mut identities, mut known) = (Vec::new(), Vec::new(), HashSet::new());
    let (mut looked_at, mut passed_over) = (0, 0);
    // What the implant draws follows from a public key, whatever a session id says.
    for bundle in published.bundles() {
        if let Ok(shared) = implanter.agree(&bundle.identity.agreement) {
            keys.foresee(bundle.owner.clone(), Box::new(stream(&shared.to_bytes())));
        }
    }
    for (owner, session, opening) in &published.openings {
        if known.contains(owner) {
            passed_over += 1;
            continue;
        }
        looked_at += 1;
        let claimed = opening.initiator.agreement;
        let Ok(shared) = implanter.agree(&claimed) else {
            continue;
        };
        let shared = shared.to_bytes();
        let unmasked = |number| {
            let secret = masked(session.as_bytes(), &shared, number);
            Some(AgreementSecret::from_bytes(secret)).filter(|it| *it.public() == claimed)
        };
        if let Some(secret) = (0..SESSIONS).find_map(unmasked) {
            keys.add(secret.clone());
            keys.foresee(owner.clone(), Box::new(stream(&shared)));
            known.insert(owner);
            found.push(owner.clone());
            identities.push(secret);
        }
    }
    Loot {
        looked_at,
        passed_over,
        found,
        identities,
        reader: SessionReader::new(published, keys),
    }
}

/// As how many sessions of a device a session id is tried.
const SESSIONS: u32 = 32;

/// Hides 32 bytes, or shows them again.
fn masked(bytes: &[u8; 32], shared: &[u8; 32], number: u32) -> [u8; 32] {
    let mut mask = *kdf::expand(shared, Label::Implant, &number.to_be_bytes());
    for (mask, byte) in mask.iter_mut().zip(bytes) {
        *mask ^= byte;
    }
    mask
}

fn stream(shared: &[u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(*kdf::expand(shared, Label::Implant, &[]))
}
