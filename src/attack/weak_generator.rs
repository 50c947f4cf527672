//! Somebody has tried all seeds.
//!
//! 32,768 streams make a dictionary: the first bytes of each, and the public key that they
//! make. It is written once and serves against every device, as the lists of bad keys did
//! that were published in 2008.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use rayon::prelude::*;

use super::{known_keys::KnownKeys, published::Published, session_reader::SessionReader};
use crate::crypto::{
    AgreementPublic, AgreementSecret,
    generator::{LowEntropy, low_entropy::SEEDS},
    random_bytes,
};
use crate::protocol::Name;

/// What each seed's stream begins with.
static DICTIONARY: LazyLock<HashMap<[u8; 32], u16>> = LazyLock::new(|| {
    let entries = (0..SEEDS).into_par_iter().flat_map_iter(|seed| {
        let first = random_bytes(&mut LowEntropy::from_seed(seed));
        let public = *AgreementSecret::from_bytes(first).public();
        [(first, seed), (*public.as_bytes(), seed)]
    });
    entries.collect()
});

/// What came of looking up what a tape shows.
#[derive(Debug)]
pub struct Lookup {
    /// Devices whose seed was found.
    pub found: Vec<Name>,
    /// Reads what can be read with it.
    pub reader: SessionReader,
}

/// Looks up each device's keys, and each nonce and session id.
pub fn look_up(published: Published) -> Lookup {
    let mut keys = KnownKeys::default();
    let (mut found, mut known) = (Vec::new(), HashSet::new());
    let registrations = published.registrations.iter();
    let drawn = registrations.map(|it| (&it.owner, *it.nonce.as_bytes()));
    let openings = published.openings.iter();
    let drawn = drawn.chain(openings.map(|(owner, id, _)| (owner, *id.as_bytes())));
    let owners = published.owners();
    let keys_of = owners.flat_map(|owner| {
        let keys = published.keys_of(owner).into_iter();
        keys.map(move |key: AgreementPublic| (owner, *key.as_bytes()))
    });
    for (owner, seen) in drawn.chain(keys_of) {
        if !known.contains(owner)
            && let Some(seed) = DICTIONARY.get(&seen)
        {
            keys.foresee(owner.clone(), Box::new(LowEntropy::from_seed(*seed)));
            known.insert(owner);
            found.push(owner.clone());
        }
    }
    Lookup {
        found,
        reader: SessionReader::new(published, keys),
    }
}
