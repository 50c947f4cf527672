//! The relay's database is copied: the mail that waits in it, and the directory of
//! key bundles. Everything there is sealed or public, in either mode. The thief
//! tries each public value that she finds as a key, and learns who writes to whom.

use super::{
    candidates,
    observation::{Attacker, Exposure},
};
use crate::protocol::{Envelope, KeyBundle, wire::View};

/// An attacker with a copy of a relay's database.
#[derive(Debug)]
pub struct RelayDatabase {
    directory: Vec<[u8; 32]>,
}

impl RelayDatabase {
    /// Looks through the directory; bundles that are damaged are passed over.
    pub fn new<'a>(bundles: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let bundles = bundles
            .into_iter()
            .filter_map(|it| KeyBundle::decode(it).ok());
        Self {
            directory: bundles
                .flat_map(|bundle| candidates::values_of(&View::of(&bundle)))
                .collect(),
        }
    }
}

impl Attacker for RelayDatabase {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let mut candidates = candidates::public_values(envelope);
        candidates.extend_from_slice(&self.directory);
        candidates::try_all(envelope, &candidates)
    }
}
