//! Private keys that an attacker has found out, and those that she can foresee.

use std::collections::HashMap;

use rand::CryptoRng;
use x25519_dalek::SharedSecret;

use crate::crypto::{AgreementPublic, AgreementSecret};
use crate::protocol::Name;

/// How many draws she looks ahead for the private half of a device's next public key.
const AHEAD: usize = 64;

/// Private keys by their public halves.
#[derive(Default)]
pub struct KnownKeys {
    keys: HashMap<AgreementPublic, AgreementSecret>,
    /// As which draw of somebody's each foreseen key came.
    drawn_as: HashMap<AgreementPublic, (Name, usize)>,
    foreseen: HashMap<Name, Stream>,
}

/// What a device draws from now on: everything that it draws is 32 bytes.
struct Stream {
    generator: Box<dyn CryptoRng + Send>,
    drawn: usize,
    /// The last draw that was recognized.
    recognized: usize,
}

impl KnownKeys {
    /// Adds a private key.
    pub fn add(&mut self, key: AgreementSecret) {
        self.keys.insert(*key.public(), key);
    }

    /// Somebody's device draws from a generator in this state.
    pub fn foresee(&mut self, owner: Name, generator: Box<dyn CryptoRng + Send>) {
        let stream = Stream {
            generator,
            drawn: 0,
            recognized: 0,
        };
        self.foreseen.insert(owner, stream);
    }

    /// The private half of a public key of somebody's.
    pub fn of(&mut self, owner: &Name, public: &AgreementPublic) -> Option<&AgreementSecret> {
        if let Some(stream) = self.foreseen.get_mut(owner) {
            while !self.keys.contains_key(public) && stream.drawn < stream.recognized + AHEAD {
                let key = AgreementSecret::generate(&mut stream.generator);
                stream.drawn += 1;
                let place = (owner.clone(), stream.drawn);
                self.drawn_as.insert(*key.public(), place);
                self.keys.insert(*key.public(), key);
            }
            if let Some((of, place)) = self.drawn_as.get(public)
                && of == owner
            {
                stream.recognized = stream.recognized.max(*place);
            }
        }
        self.keys.get(public)
    }

    /// `DH(one, other)`, if the private half of either is known.
    pub fn agree(
        &mut self,
        one: (&Name, &AgreementPublic),
        other: (&Name, &AgreementPublic),
    ) -> Option<SharedSecret> {
        for ((owner, public), theirs) in [(one, other.1), (other, one.1)] {
            if let Some(key) = self.of(owner, public) {
                return key.agree(theirs).ok();
            }
        }
        None
    }
}

impl std::fmt::Debug for KnownKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            keys,
            drawn_as: _,
            foreseen,
        } = self;
        write!(f, "KnownKeys({}, {} foreseen)", keys.len(), foreseen.len())
    }
}
