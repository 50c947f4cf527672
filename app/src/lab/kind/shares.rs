//! `shares`: a key in three shares with threshold two, one of them altered. Which one is found
//! when all three are combined.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup},
};
use crate::lab::{Answers, Exercise, LabError, Variant, dialogue};
use doormat::attack::EscrowLeak;
use doormat::escrow::{EscrowPrivateKey, Share, combine, share_file, shares::ShareValue, split};
use doormat::experiment::ExperimentError;
use doormat::mode::Escrow;
use doormat::protocol::ScheduleId;

/// The kind `shares`.
pub struct SharesExercise;

const TAPE: &str = "tape.pcapng";
const SUFFIX: &str = ".share";

impl ExerciseKind for SharesExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut rng = variant.generator("authority");
        let key = EscrowPrivateKey::generate(&mut rng);
        let mode = Escrow(vec![*key.public()]);
        let recorded = toolkit::record_conversation(
            exercise,
            variant,
            &ConversationSetup::new("shares", ScheduleId::Ratchet, &[&mode]),
        )?;
        let mut draw = variant.draw("officers");
        let officers = toolkit::people(exercise, &mut draw, 3)?;
        let tampered = draw.index(officers.len());
        let shares = split(&key, 2, 3, &mut rng).map_err(ExperimentError::from)?;
        let mut material = Material::default();
        material.file(TAPE, recorded.tape);
        for (number, (officer, share)) in officers.iter().zip(shares).enumerate() {
            let share = if number == tampered {
                let spellings = [
                    officer.clone(),
                    format!("{officer}{SUFFIX}"),
                    share.index.to_string(),
                ];
                material.any_of("tampered", spellings);
                altered(share, draw.index(32), draw.number(1, 255))
            } else {
                material.decoy(
                    "tampered",
                    officer.as_str(),
                    "This share is of the key's split.",
                );
                for other in [format!("{officer}{SUFFIX}"), share.index.to_string()] {
                    let note = "This share is of the key's split.";
                    material.decoy("tampered", other, note);
                }
                share
            };
            let file = share_file::write(&share);
            material.file(&format!("{officer}{SUFFIX}"), file.as_bytes());
        }
        material.ask_about(exercise, &recorded.dialogue);
        material.fact("officers", toolkit::list(&officers));
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let names: Vec<&String> = files.0.keys().filter(|it| it.ends_with(SUFFIX)).collect();
        let shares = names.iter().map(|name| {
            share_file::read(files.text(name)?).map_err(|_| LabError::NoFile((*name).clone()))
        });
        let shares = shares.collect::<Result<Vec<_>, _>>()?;
        let combined = combine(&shares).map_err(|_| LabError::Unsolved("no two shares fit"))?;
        let inconsistent = combined.inconsistent.first();
        let name = inconsistent
            .and_then(|share| names.get(share.at))
            .ok_or(LabError::Unsolved("every share fits"))?;
        let mut eve = EscrowLeak::new(combined.key);
        let seen = toolkit::observe(files.bytes(TAPE)?, &mut eve)?;
        let mut answers = dialogue::match_all(exercise, &toolkit::texts(&seen))?;
        let officer = name.trim_end_matches(SUFFIX).to_owned();
        answers.0.insert("tampered".to_owned(), officer);
        Ok(answers)
    }
}

/// A share with another byte in one place of its value.
fn altered(share: Share, place: usize, by: u64) -> Share {
    let mut value = *share.value.as_bytes();
    if let Some(byte) = value.get_mut(place) {
        *byte ^= u8::try_from(by).unwrap_or(1);
    }
    Share {
        value: ShareValue::from_bytes(value),
        ..share
    }
}
