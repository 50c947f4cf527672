//! The author of the generator's points kept their relation.

use super::attack::{Attack, Loot, Method, Reader};
use crate::attack::{Published, trapdoor};
use crate::experiment::{
    ExperimentError, Family, design::Generator, evidence::Evidence, outcome::Outcome, setting::Setting, supply,
};

pub(super) static TRAPDOOR: Attack = Attack {
    name: "trapdoor",
    loot: "the relation of the generator's points, which their author kept",
    when: "long before; she listens from the first message to the last",
    tried: "the 2^16 points behind each nonce and each session id on the tape, then every later \
            draw of the device",
    lesson: "Whoever chose the points reads a messenger that holds no key for anybody, with escrow or \
             without, and nothing notices. Two things stand in the way: points that nobody chose, and \
             X3DH, which mixes in a key from before. A device that got the generator by an update gives \
             away all that it draws, and still not its messages; one that was set up with it and said a \
             nonce first gives away everything.",
    source: "Shumow and Ferguson (2007); Checkoway et al., On the Practical Exploitability of Dual EC \
             in TLS Implementations (2014)",
    families: &[Family::Generator],
    reader: Reader::Eve,
    remark: None,
    applies: |design, _| match design.generator {
        Generator::LowEntropy => Err("there are no points in this generator"),
        Generator::System | Generator::DualEc | Generator::DualEcTrapdoor => Ok(()),
    },
    method: Method::Theft {
        loot: |_| Loot::Nothing,
        too_early: None,
        run,
    },
};

fn run(evidence: &Evidence, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let (_, trapdoor) = supply::author(setting.seed);
    let points = supply::points(evidence.design.generator, setting.seed);
    let mut search = trapdoor::search(Published::on(&evidence.tape)?, points, &trapdoor, &|| {});
    evidence.play_tested(setting, &mut search.reader)
}
