//! Somebody kept the relation between two points.
//!
//! She has the tape alone, and the number that the author of the generator's points kept.
//! What a device said in the clear that it had just drawn, a nonce or a session id, is
//! enough of its generator's output to compute everything that it draws from then on:
//! what it drew before stays unknown.

mod field;
mod lockstep;
mod once;
mod search;

pub use search::state_behind;

use super::{known_keys::KnownKeys, published::Published, session_reader::SessionReader};
use crate::crypto::{
    AgreementPublic, AgreementSecret,
    generator::{DualEc, Points, Trapdoor},
};
use crate::protocol::Name;

/// How many draws behind a nonce are looked at for a key that the device is seen with.
const CONFIRMED_WITHIN: usize = 4;

/// What came of the search.
#[derive(Debug)]
pub struct Search {
    /// Public random values that were searched.
    pub searched: usize,
    /// Devices whose generator's state was found.
    pub found: Vec<Name>,
    /// Reads what can be read with it.
    pub reader: SessionReader,
}

/// Searches the state behind each nonce and session id, where the device's later draws are
/// not known already.
pub fn search(published: Published, points: Points, trapdoor: &Trapdoor) -> Search {
    let mut keys = KnownKeys::default();
    let (mut searched, mut found) = (0, Vec::new());
    let registrations = published.registrations.iter();
    let nonces = registrations.map(|it| (&it.owner, *it.nonce.as_bytes()));
    let openings = published.openings.iter();
    let nonces = nonces.chain(openings.map(|(owner, id, _)| (owner, *id.as_bytes())));
    for (owner, nonce) in nonces {
        if found.contains(owner) {
            continue;
        }
        searched += 1;
        let known = published.keys_of(owner);
        let is_it = |generator: &mut DualEc| draws_one_of(generator, &known);
        let search = || state_behind(&nonce, points, trapdoor, &is_it);
        if let Some(generator) = once::only_once((&nonce, &known, points, trapdoor), search) {
            keys.foresee(owner.clone(), Box::new(generator));
            found.push(owner.clone());
        }
    }
    Search {
        searched,
        found,
        reader: SessionReader::new(published, keys),
    }
}

fn draws_one_of(generator: &mut DualEc, known: &[AgreementPublic]) -> bool {
    (0..CONFIRMED_WITHIN).any(|_| known.contains(AgreementSecret::generate(generator).public()))
}
