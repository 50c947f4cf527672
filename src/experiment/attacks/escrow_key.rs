//! The escrow key leaks.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::EscrowLeak;
use crate::experiment::{Family, 
    ExperimentError, evidence::Evidence, outcome::Outcome, setting::Setting,
};

pub(super) static ESCROW_KEY: Attack = Attack {
    name: "escrow-key",
    loot: "an authority's private key, 32 bytes, while it is in use and in one piece",
    when: "at the theft; she has been recording since the first message",
    tried: "unwrapping each access field, then deriving each message key of its run",
    lesson: "The key opens whatever was sealed to it, recorded before the leak or after: \
             the ratchet's forward secrecy does not hold against somebody who is handed every \
             session key. End-to-end the same key is tried, and nothing is sealed to it.",
    source: "Abelson et al., The Risks of Key Recovery (1997) and Keys Under Doormats (2015)",
    families: &[Family::SpareKey, Family::Devices, Family::Maker],
    reader: Reader::Eve,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run: with_the_key_in_use,
    },
};

/// With the key in the moment when it is used.
pub(super) fn with_the_key_in_use(
    evidence: &Evidence,
    setting: &Setting<'_>,
) -> Result<Outcome, ExperimentError> {
    let key = evidence.moment.holdings.key_in_use()?;
    evidence.play(setting, &mut EscrowLeak::new(key))
}
