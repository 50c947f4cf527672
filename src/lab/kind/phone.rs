//! `phone`: an end-to-end conversation under the ratchet, and the state of a phone that was
//! seized in the middle of it, copied and given back.

use super::{
    Files, Kind,
    bench::{self, Way},
    read,
};
use crate::attack::SeizedDevice;
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made};
use crate::mode::EndToEnd;
use crate::protocol::ScheduleId;

/// The kind.
pub struct Phone;

const TAPE: &str = "tape.pcapng";
const PHONE: &str = "phone.json";

impl Kind for Phone {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let way = Way {
            purpose: "phone",
            schedule: ScheduleId::Ratchet,
            modes: &[&EndToEnd],
            seize_before: Some("number"),
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let (owner, state) = carried
            .phone
            .ok_or_else(|| exercise.wrong("plots/", "no line has {number}"))?;
        let mut made = Made::default();
        let (reads, heals, messages) = look(&carried.tape, &state)?;
        made.answer("reads", bench::numbers(&reads));
        made.answer("heals", heals.to_string());
        made.decoy(
            "heals",
            messages.to_string(),
            "After the last message nothing is left to heal.",
        );
        if let Some(first) = reads.first() {
            let from_there: Vec<u64> = (*first..messages).collect();
            let note =
                "A ratchet locks a listener out again once the owner writes under a new key.";
            made.decoy("reads", bench::numbers(&from_there), note);
        }
        read::ask(exercise, &carried.told, &mut made);
        made.fact("owner", owner);
        made.file(TAPE, carried.tape);
        made.file(PHONE, state);
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let (tape, state) = (bench::file(files, TAPE)?, bench::file(files, PHONE)?);
        let (reads, heals, _) = look(tape, state)?;
        let mut eve = SeizedDevice::new(state).map_err(|_| LabError::NoFile(PHONE.into()))?;
        let seen = bench::observe(tape, &mut eve)?;
        let mut answers = bench::answers([
            ("reads", bench::numbers(&reads)),
            ("heals", heals.to_string()),
        ]);
        answers.0.extend(read::spot(exercise, &bench::texts(&seen)));
        Ok(answers)
    }
}

/// What the copy reads, the first message after that, and how many there are.
fn look(tape: &[u8], state: &[u8]) -> Result<(Vec<u64>, u64, u64), LabError> {
    let mut eve = SeizedDevice::new(state).map_err(|_| LabError::NoFile(PHONE.into()))?;
    let seen = bench::observe(tape, &mut eve)?;
    let reads = bench::read(&seen);
    let heals = reads.last().map_or(0, |last| last + 1);
    let messages = seen.last().map_or(0, |last| last.index + 1);
    Ok((reads, heals, messages))
}
