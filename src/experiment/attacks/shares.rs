//! Some of the shares that an escrow key is split into.

use super::attack::{Attack, Loot, Method, Reader};
use crate::attack::KeyRing;
use crate::experiment::{Family, 
    ExperimentError, conversation::Conversation, design::Design, evidence::Evidence,
    outcome::Outcome, setting::Setting,
};

pub(super) static ONE_SHARE: Attack = Attack {
    name: "one-share",
    loot: "one of the shares that the escrow key is split into",
    when: "at the theft",
    tried: "the share itself as the escrow key; that nothing better can be tried is Shamir's proof",
    lesson: "Below the threshold, shares say nothing of the key: every key is as likely as \
             before. Splitting protects the key while nobody uses it; to be used it is put \
             together, and then the row escrow-key applies.",
    source: "Shamir, How to Share a Secret, CACM 22(11) (1979)",
    families: &[Family::SpareKey],
    reader: Reader::Eve,
    remark: None,
    applies,
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run: |evidence, setting| with(1, evidence, setting),
    },
};

pub(super) static TWO_SHARES: Attack = Attack {
    name: "two-shares",
    loot: "two of the three shares",
    when: "at the theft",
    tried: "putting them together, then as with a whole key",
    lesson: "At the threshold the shares are the key, and it opens everything, the past too. \
             Whoever puts it together to serve one warrant could serve any.",
    source: "NIST's fact sheet on Clipper (1993): unit keys were split between two agents",
    families: &[Family::SpareKey],
    reader: Reader::Eve,
    remark: None,
    applies,
    method: Method::Theft {
        loot: Loot::keys,
        too_early: None,
        run: |evidence, setting| with(2, evidence, setting),
    },
};

fn applies(design: &Design, _: &Conversation) -> Result<(), &'static str> {
    if design.custody.is_split() {
        Ok(())
    } else {
        Err("no key is split into shares here")
    }
}

fn with(
    count: usize,
    evidence: &Evidence,
    setting: &Setting<'_>,
) -> Result<Outcome, ExperimentError> {
    let shares = &evidence.moment.holdings.shares;
    let stolen = shares.get(..count).ok_or(ExperimentError::NoLoot)?;
    evidence.play(setting, &mut KeyRing::of_shares(stolen))
}
