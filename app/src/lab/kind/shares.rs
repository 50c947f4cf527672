//! `shares`: a key in three shares of which two make it, and one of the three is not what it
//! was. Which one shows when all three are put together.

use super::{
    Files, Kind,
    bench::{self, Way},
    read,
};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made};
use doormat::attack::EscrowLeak;
use doormat::escrow::{EscrowPrivateKey, Share, combine, share_file, shares::ShareValue, split};
use doormat::experiment::ExperimentError;
use doormat::mode::Escrow;
use doormat::protocol::ScheduleId;

/// The kind.
pub struct Shares;

const TAPE: &str = "tape.pcapng";
const SUFFIX: &str = ".share";

impl Kind for Shares {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut rng = variant.generator("authority");
        let key = EscrowPrivateKey::generate(&mut rng);
        let mode = Escrow(vec![*key.public()]);
        let way = Way {
            purpose: "shares",
            schedule: ScheduleId::Ratchet,
            modes: &[&mode],
            padded: false,
            seize_before: None,
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let mut draw = variant.draw("officers");
        let officers = bench::people(exercise, &mut draw, 3)?;
        let tampered = draw.index(officers.len());
        let shares = split(&key, 2, 3, &mut rng).map_err(ExperimentError::from)?;
        let mut made = Made::default();
        made.file(TAPE, carried.tape);
        for (number, (officer, share)) in officers.iter().zip(shares).enumerate() {
            let share = if number == tampered {
                let ways = [
                    officer.clone(),
                    format!("{officer}{SUFFIX}"),
                    share.index.to_string(),
                ];
                made.either("tampered", ways);
                altered(share, draw.index(32), draw.number(1, 255))
            } else {
                made.decoy(
                    "tampered",
                    officer.as_str(),
                    "This share is of the key's split.",
                );
                for other in [format!("{officer}{SUFFIX}"), share.index.to_string()] {
                    let note = "This share is of the key's split.";
                    made.decoy("tampered", other, note);
                }
                share
            };
            let file = share_file::write(&share);
            made.file(&format!("{officer}{SUFFIX}"), file.as_bytes());
        }
        read::ask(exercise, &carried.told, &mut made);
        made.fact("officers", bench::list(&officers));
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let names: Vec<&String> = files.keys().filter(|it| it.ends_with(SUFFIX)).collect();
        let shares = names.iter().map(|name| {
            share_file::read(bench::text(files, name)?)
                .map_err(|_| LabError::NoFile((*name).clone()))
        });
        let shares = shares.collect::<Result<Vec<_>, _>>()?;
        let combined = combine(&shares).map_err(|_| LabError::Unsolved("no two shares fit"))?;
        let stray = combined.inconsistent.first();
        let name = stray
            .and_then(|stray| names.get(stray.at))
            .ok_or(LabError::Unsolved("every share fits"))?;
        let mut eve = EscrowLeak::new(combined.key);
        let seen = bench::observe(bench::file(files, TAPE)?, &mut eve)?;
        let mut answers = read::understand(exercise, &bench::texts(&seen))?;
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
