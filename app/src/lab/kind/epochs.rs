//! `epochs`: an authority with a new key for each third of the conversation, and the key of
//! the middle one. What it opens is asked, and to whom the rest is sealed.

use std::collections::BTreeSet;

use super::{
    Files, Kind,
    bench::{self, Way},
};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made};
use doormat::attack::EscrowLeak;
use doormat::escrow::{Epochs as Custody, key_file};
use doormat::mode::Escrow;
use doormat::protocol::{AuthorityId, Envelope, Mode, ScheduleId};

/// The kind.
pub struct Epochs;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "epoch.key";

impl Kind for Epochs {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut rng = variant.generator("authority");
        let first = Custody::begin(&mut rng);
        let mut modes = vec![Escrow(vec![*first.public()])];
        let second = first.advance(&mut rng);
        modes.push(Escrow(vec![*second.public()]));
        let stolen = second.private().clone();
        let third = second.advance(&mut rng);
        modes.push(Escrow(vec![*third.public()]));
        let ids: Vec<String> = modes
            .iter()
            .flat_map(|mode| mode.0.iter().map(|it| it.id().to_string()))
            .collect();
        let mut in_force: Vec<&dyn Mode> = Vec::new();
        for mode in &modes {
            in_force.push(mode);
        }
        let way = Way {
            purpose: "epochs",
            schedule: ScheduleId::Ratchet,
            modes: &in_force,
            padded: true,
            seize_before: None,
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let mut eve = EscrowLeak::new(stolen.clone());
        let seen = bench::observe(&carried.tape, &mut eve)?;
        let mut made = Made::default();
        made.answer("read", bench::numbers(&bench::read(&seen)));
        let messages = seen.len();
        let third: Vec<u64> = (0_u64..)
            .take(messages)
            .filter(|it| usize::try_from(*it).is_ok_and(|it| it * 3 / messages.max(1) == 1))
            .collect();
        if third != bench::read(&seen) {
            let note = "A field is sealed once for each session key, whatever the clock says then.";
            made.decoy("read", bench::numbers(&third), note);
        }
        if let [before, during, after] = ids.as_slice() {
            made.answer("before", before.as_str());
            made.answer("after", after.as_str());
            made.decoy("before", during.as_str(), "That is the key that you have.");
            made.decoy("after", before.as_str(), "");
        }
        made.file(TAPE, carried.tape);
        made.file(KEY, key_file::write_private(&stolen).as_bytes());
        Ok(made)
    }

    fn solve(&self, _: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let tape = bench::file(files, TAPE)?;
        let key = bench::key(files, KEY)?;
        let ours = key.public().id();
        let seen = bench::observe(tape, &mut EscrowLeak::new(key))?;
        let packets = bench::packets(tape)?;
        let others = packets
            .iter()
            .filter_map(|packet| Envelope::decode(&packet.payload).ok())
            .filter_map(|it| it.header.access.iter().next().map(|field| field.authority))
            .filter(|id| *id != ours);
        let others: Vec<AuthorityId> = others.collect();
        let different: BTreeSet<&AuthorityId> = others.iter().collect();
        match (others.first(), others.last(), different.len()) {
            (Some(before), Some(after), 2) => Ok(bench::answers([
                ("read", bench::numbers(&bench::read(&seen))),
                ("before", before.to_string()),
                ("after", after.to_string()),
            ])),
            _ => Err(LabError::Unsolved("there are not two other epochs")),
        }
    }
}
