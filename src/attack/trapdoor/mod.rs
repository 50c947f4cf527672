//! Somebody kept the relation between two points.
//!
//! She has the tape alone, and the number that the author of the generator's points kept.
//! What a device said in the clear that it had just drawn, a nonce or a session id, is
//! enough of its generator's output to compute everything that it draws from then on:
//! what it drew before stays unknown.

mod field;
mod lockstep;
mod once;
mod relation;
mod search;

pub use relation::{NotARelation, Relation};
pub use search::state_behind;

use std::collections::{HashMap, HashSet};

use super::{known_keys::KnownKeys, published::Published, session_reader::SessionReader};
use crate::crypto::{
    AgreementPublic, AgreementSecret,
    generator::{DualEc, GeneratorState, Points, Trapdoor},
};
use crate::protocol::{Name, SessionId, registration::RegistrationNonce};

/// How many draws behind a nonce are looked at for a key that the device is seen with.
const CONFIRMED_WITHIN: usize = 4;

/// What came of the search.
#[derive(Debug)]
pub struct Search {
    /// Public random values that were searched, in the order of the search.
    pub searched: Vec<Searched>,
    /// Values that were not searched: their device's later draws were known already.
    pub passed_over: usize,
    /// Reads what can be read with it.
    pub reader: SessionReader,
}

/// One public random value, and what was behind it.
#[derive(Debug)]
pub struct Searched {
    /// Whose device said it.
    pub owner: Name,
    /// The value.
    pub value: PublicValue,
    /// The generator's state after it, if it was found.
    pub state: Option<GeneratorState>,
}

/// What a device says in the clear that is random and no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicValue {
    /// A registration's nonce (spec §5.4).
    Nonce(RegistrationNonce),
    /// The id of a session that it began (spec §5.2).
    SessionId(SessionId),
}

impl PublicValue {
    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        match self {
            Self::Nonce(nonce) => nonce.as_bytes(),
            Self::SessionId(id) => id.as_bytes(),
        }
    }
}

/// In how many steps a value is searched.
pub const STEPS: u64 = search::PARTS;

/// The public random values of a tape: nonces, then session ids.
pub fn public_values(published: &Published) -> Vec<(Name, PublicValue)> {
    let registrations = published.registrations.iter();
    let nonces = registrations.map(|it| (it.owner.clone(), PublicValue::Nonce(it.nonce)));
    let openings = published.openings.iter();
    let ids = openings.map(|(owner, id, _)| (owner.clone(), PublicValue::SessionId(*id)));
    nonces.chain(ids).collect()
}

/// Searches the state behind each nonce and session id, where the device's later draws are
/// not known already. `step` is called at most [`STEPS`] times a value, from any thread.
pub fn search(
    published: Published,
    points: Points,
    trapdoor: &Trapdoor,
    step: &(dyn Fn() + Sync),
) -> Search {
    let mut keys = KnownKeys::default();
    let mut searched: Vec<Searched> = Vec::new();
    let mut passed_over = 0;
    let mut known: HashMap<Name, Vec<AgreementPublic>> = HashMap::new();
    let mut found_of = HashSet::new();
    for (owner, value) in public_values(&published) {
        if found_of.contains(&owner) {
            passed_over += 1;
            continue;
        }
        let known = known
            .entry(owner.clone())
            .or_insert_with(|| published.keys_of(&owner))
            .as_slice();
        let is_it = |generator: &mut DualEc| draws_one_of(generator, known);
        let search = || state_behind(value.as_bytes(), points, trapdoor, &is_it, step);
        let question = (value.as_bytes(), known, points, trapdoor);
        let found = once::only_once(question, search);
        searched.push(Searched {
            owner: owner.clone(),
            value,
            state: found.as_ref().map(DualEc::state),
        });
        if let Some(generator) = found {
            keys.foresee(owner.clone(), Box::new(generator));
            found_of.insert(owner);
        }
    }
    Search {
        searched,
        passed_over,
        reader: SessionReader::new(published, keys),
    }
}

fn draws_one_of(generator: &mut DualEc, known: &[AgreementPublic]) -> bool {
    (0..CONFIRMED_WITHIN).any(|_| known.contains(AgreementSecret::generate(generator).public()))
}
