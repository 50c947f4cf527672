//! The author of the generator's points kept their relation.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Published, trapdoor};
use crate::experiment::{
    ExperimentError, Family, evidence::Evidence, outcome::Outcome, setting::Setting, supply,
};

pub(super) static TRAPDOOR: Attack = Attack {
    name: "trapdoor",
    loot: "the relation of the generator's points, which their author kept",
    when: "long before; she listens from the first message to the last",
    tried: "the 2^16 points behind the nonce and the session id of whoever begins, then every \
            later draw of that device",
    lesson: "Whoever chose the points reads a messenger that holds no key for anybody, with escrow or \
             without, and nothing notices. In the way stand points that nobody chose, no random number \
             in the clear before the keys, or older keys: after an update X3DH's first agreement, of two \
             of those, still holds, until a signed prekey is drawn anew.",
    source: "Shumow and Ferguson, CRYPTO rump session (2007); Checkoway et al., On the Practical Exploitability of Dual EC \
             in TLS Implementations (2014)",
    families: &[Family::Generator],
    reader: Reader::Eve,
    remark: None,
    applies: always,
    method: Method::Theft {
        loot: |_| Loot::Nothing,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let (_, trapdoor) = supply::author(setting.seed);
    let points = supply::points(evidence.design.generator, setting.seed);
    let mut published = Published::on(&evidence.tape)?;
    // Both have the same product, and to know what one of two draws is enough.
    let begun: Vec<_> = published.openings.iter().map(|it| it.0.clone()).collect();
    let registrations = &mut published.registrations;
    registrations.retain(|it| begun.contains(&it.owner));
    let mut search = trapdoor::search(published, points, &trapdoor, &|| {});
    evidence.play(setting, &mut search.reader)
}
