//! `epochs`: an authority with a new key for each third of the conversation, and the key of
//! the middle third. The questions are what it opens, and to which keys the rest is sealed.

use std::collections::BTreeSet;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup, Maker},
};
use crate::lab::{Answers, Exercise, LabError, Variant};
use doormat::attack::EscrowLeak;
use doormat::escrow::{Epochs as Custody, key_file};
use doormat::mode::Escrow;
use doormat::protocol::{AuthorityId, Mode, ScheduleId};

/// The kind `epochs`.
pub struct EpochsExercise;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "epoch.key";

impl ExerciseKind for EpochsExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
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
        let setup = ConversationSetup {
            purpose: "epochs",
            schedule: ScheduleId::Ratchet,
            modes: &in_force,
            padded: true,
            seize_before: None,
            names: None,
            maker: Maker::Ours,
        };
        let recorded = toolkit::record_conversation(exercise, variant, &setup)?;
        let mut eve = EscrowLeak::new(stolen.clone());
        let seen = toolkit::observe(&recorded.tape, &mut eve)?;
        let mut material = Material::default();
        material.answer("read", toolkit::numbers(&toolkit::read_numbers(&seen)));
        let messages = seen.len();
        let third: Vec<u64> = (0_u64..)
            .take(messages)
            .filter(|it| usize::try_from(*it).is_ok_and(|it| it * 3 / messages.max(1) == 1))
            .collect();
        if third != toolkit::read_numbers(&seen) {
            let note = "A field is sealed once for each session key, whatever the clock says then.";
            material.decoy("read", toolkit::numbers(&third), note);
        }
        if let [before, during, after] = ids.as_slice() {
            material.answer("before", before.as_str());
            material.answer("after", after.as_str());
            material.decoy("before", during.as_str(), "That is the key that you have.");
            material.decoy("after", before.as_str(), "");
        }
        material.file(TAPE, recorded.tape);
        material.file(KEY, key_file::write_private(&stolen).as_bytes());
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let tape = files.bytes(TAPE)?;
        let key = files.escrow_key(KEY)?;
        let ours = key.public().id();
        let seen = toolkit::observe(tape, &mut EscrowLeak::new(key))?;
        let packets = toolkit::packets(tape)?;
        let others = toolkit::envelopes(&packets)
            .filter_map(|it| it.header.access.iter().next().map(|field| field.authority))
            .filter(|id| *id != ours);
        let others: Vec<AuthorityId> = others.collect();
        let different: BTreeSet<&AuthorityId> = others.iter().collect();
        match (others.first(), others.last(), different.len()) {
            (Some(before), Some(after), 2) => Ok(toolkit::answers([
                ("read", toolkit::numbers(&toolkit::read_numbers(&seen))),
                ("before", before.to_string()),
                ("after", after.to_string()),
            ])),
            _ => Err(LabError::Unsolved("there are not two other epochs")),
        }
    }
}
