//! The provider is ordered to hand over what it can.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Attacker, Exposure};
use crate::experiment::{
    ExperimentError, Family, evidence::Evidence, outcome::Outcome, setting::Setting,
};
use crate::protocol::Envelope;

pub(super) static PROVIDER_WARRANT: Attack = Attack {
    name: "provider-warrant",
    loot: "what the provider has of two people, by order of a court: the mail that waits, and what \
           passes from then on",
    when: "at the theft, from the message on that waits",
    tried: "the provider's key if it has one, or else every public value, on each of these envelopes",
    lesson: "Who can read can be made to. A provider without a key hands over the same envelopes, and \
             they stay shut: it is not asked whether it wants to.",
    source: "Open Whisper Systems, answer to a grand jury subpoena (2016); Lavabit's answer to an order \
             for its key (2013)",
    families: &[Family::Maker],
    reader: Reader::Insider,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: Loot::of_moment,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let waiting = evidence.moment.relay.mail().count();
    let mut order = Order {
        passed: 0,
        from: setting.theft_at.saturating_sub(waiting),
        provider: evidence.provider()?,
    };
    let outcome = evidence.play(setting, &mut order)?;
    let metadata = outcome.metadata.saturating_sub(order.from);
    Ok(Outcome {
        metadata,
        ..outcome
    })
}

/// The provider, who hands over envelopes from one on.
struct Order {
    passed: usize,
    from: usize,
    provider: Box<dyn Attacker>,
}

impl Attacker for Order {
    fn examine(&mut self, envelope: &Envelope<'_>) -> Exposure {
        let number = self.passed;
        self.passed += 1;
        if number < self.from {
            return Exposure::MetadataOnly;
        }
        self.provider.examine(envelope)
    }
}
