//! The provider's disk is copied, with whatever keys are beside the mail.

use super::{
    attack::{Attack, Loot, Method, Reader, always},
    relay_database::read_the_mail,
};
use crate::experiment::{
    ExperimentError, Family, evidence::Evidence, outcome::Outcome, setting::Setting,
};

pub(super) static PROVIDER_BREACH: Attack = Attack {
    name: "provider-breach",
    loot: "a copy of the provider's disk: the mail that waits, and the key if it keeps one there",
    when: "at the theft, before the last message is fetched; she has no tape",
    tried: "the key that lies there, or else every public value, on each waiting envelope",
    lesson: "A provider that keeps the key beside the mail loses both in one night. Without a recording \
             that is what waits there; with one it is the row escrow-key. A provider without a key loses \
             who waits for whose mail.",
    source: "Abelson et al., Keys Under Doormats (2015), on keys that are kept where the data is",
    families: &[Family::Maker],
    reader: Reader::Eve,
    remark: Some("In provider-breach and provider-warrant metadata is open for what is handed over"),
    applies: always,
    method: Method::Theft {
        loot: Loot::of_moment,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut provider = evidence.provider()?;
    read_the_mail(evidence, setting, provider.as_mut())
}
