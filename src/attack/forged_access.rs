//! A rogue sender forges access fields, with the receiver's own check as her oracle.
//!
//! ```text
//! field = 80 random bytes, which seal nothing
//! repeat:
//!   write the number of the trial into its last 8 bytes
//! until check(honest field, field) passes, or too often
//! ```
//!
//! In 1994 Matt Blaze did this to Clipper: its receivers checked 16 bits, so that one
//! bogus field in 2^16 passed, after some 42 minutes of asking his own chip. The
//! messages were accepted, and the authority's key opened nothing.

use std::cell::{Cell, RefCell};

use rand::CryptoRng;
use rayon::prelude::*;

use crate::crypto::{AgreementPublic, SessionKey, hpke::HpkeRefused, random_bytes};
use crate::protocol::{AccessContext, AccessField, Mode, ModeId, access::SealedSessionKey};

/// Trials after which she gives up on a session key. At 16 bits the chance to get
/// so far without a hit is e^-16, one in nine million.
pub const LIMIT: u64 = 1 << 20;

/// Trials that all cores share out at a time. The first that passes counts, whichever core
/// finds it, so that the same seed gives the same number of trials.
const BLOCK: u64 = 1 << 13;

/// A mode for a sender who wants to be heard by everybody but the authority.
pub struct Forger<'a, R> {
    receivers: &'a (dyn Mode + Sync),
    rng: RefCell<R>,
    trials: Cell<u64>,
}

impl<'a, R: CryptoRng> Forger<'a, R> {
    /// A rogue among people who use this mode.
    pub const fn new(receivers: &'a (dyn Mode + Sync), rng: R) -> Self {
        Self {
            receivers,
            rng: RefCell::new(rng),
            trials: Cell::new(0),
        }
    }

    /// How many fields she has tried so far.
    pub const fn trials(&self) -> u64 {
        self.trials.get()
    }
}

impl<R: CryptoRng> Mode for Forger<'_, R> {
    fn id(&self) -> ModeId {
        self.receivers.id()
    }

    fn disclose(
        &self,
        session_key: &SessionKey,
        context: &AccessContext,
    ) -> Result<Vec<AccessField>, HpkeRefused> {
        let receivers = self.receivers;
        let honest = receivers.disclose(session_key, context)?;
        let mut rng = self.rng.borrow_mut();
        let mut bogus = honest.clone();
        for field in &mut bogus {
            field.encapsulated = AgreementPublic::from_bytes(random_bytes(&mut *rng));
            field.sealed = SealedSessionKey::from_bytes(random_bytes(&mut *rng));
        }
        let found = (0..LIMIT.div_ceil(BLOCK)).find_map(|block| {
            let first = block * BLOCK;
            let block = (first..LIMIT.min(first + BLOCK)).into_par_iter();
            let passes = block.map_with(bogus.clone(), |fields, trial| {
                number(fields, trial);
                let passed = receivers.check(&honest, fields).is_ok();
                passed.then_some(trial)
            });
            passes.find_first(Option::is_some).flatten()
        });
        let last = found.unwrap_or(LIMIT - 1);
        number(&mut bogus, last);
        let trials = self.trials.get().saturating_add(last + 1);
        self.trials.set(trials);
        Ok(bogus)
    }
}

/// Makes the fields of each trial others than those of the last.
fn number(fields: &mut [AccessField], trial: u64) {
    for field in fields {
        let mut sealed = *field.sealed.as_bytes();
        if let Some(last) = sealed.last_chunk_mut() {
            *last = trial.to_be_bytes();
        }
        field.sealed = SealedSessionKey::from_bytes(sealed);
    }
}
