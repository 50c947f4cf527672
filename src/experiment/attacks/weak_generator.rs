//! All seeds of a generator have been tried.

use super::attack::{Attack, Loot, Method, Reader, always};
use crate::attack::{Published, weak_generator};
use crate::experiment::{
    ExperimentError, Family, evidence::Evidence, outcome::Outcome, setting::Setting,
};

pub(super) static WEAK_GENERATOR: Attack = Attack {
    name: "weak-generator",
    loot: "nothing: all 2^15 seeds are tried, once for all devices",
    when: "she listens from the first message to the last",
    tried: "each public key, nonce and session id on the tape, looked up in a list of what every seed \
            begins with",
    lesson: "A seed of 15 bits is no secret, however good the generator behind it: everybody reads, with \
             escrow or without. Tests of one device's bytes find nothing; of some 200 devices \
             two have the same bytes as likely as not.",
    source: "CVE-2008-0166, Debian's OpenSSL from 2006 to 2008; Yilek et al., When Private Keys Are \
             Public (2009)",
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
    let mut found = weak_generator::look_up(Published::on(&evidence.tape)?);
    evidence.play(setting, &mut found.reader)
}
