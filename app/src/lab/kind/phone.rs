//! `phone`: an end-to-end conversation under the ratchet, and the state of a phone that was
//! seized in the middle of it, copied and given back.

use super::{
    Files, Kind,
    bench::{self, Way},
    read,
};
use crate::lab::{
    Answers, Exercise, LabError, Variant,
    handout::{self, Made},
};
use doormat::attack::SeizedDevice;
use doormat::mode::EndToEnd;
use doormat::protocol::{Envelope, ScheduleId};

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
            padded: true,
            seize_before: Some("number"),
        };
        let mut carried = bench::carry(exercise, variant, &way)?;
        // Four digits may stand among a key's by chance: then all of it is drawn again.
        for purpose in ["phone, again", "phone, a third time"] {
            if !shown(&carried) {
                break;
            }
            carried = bench::carry(exercise, variant, &Way { purpose, ..way })?;
        }
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
        made.fact("first", range(&reads));
        made.fact("heals", heals.to_string());
        made.fact("how", how(&carried.tape, &reads)?);
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

/// Whether the number that is asked for stands in the copy.
fn shown(carried: &bench::Carried) -> bool {
    let number = carried.told.drawn.get("number");
    let state = carried.phone.as_ref().map(|(_, state)| state);
    number
        .zip(state)
        .is_some_and(|(number, state)| handout::shows(state, number))
}

/// `5`, or `5 to 7`.
fn range(reads: &[u64]) -> String {
    match (reads.first(), reads.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(first), _) => first.to_string(),
        _ => "none".to_owned(),
    }
}

/// By what the first of them was opened: a chain that the phone had already, or one that the
/// message itself begins.
fn how(tape: &[u8], reads: &[u64]) -> Result<String, LabError> {
    let packets = bench::packets(tape)?;
    let headers = packets
        .iter()
        .filter_map(|packet| Some(Envelope::decode(&packet.payload).ok()?.header));
    let runs: Vec<_> = headers
        .map(|it| (it.sender.clone(), it.ratchet_public))
        .collect();
    let first = reads.first().and_then(|it| usize::try_from(*it).ok());
    let first = first.ok_or(LabError::Unsolved("the copy reads nothing"))?;
    let begun = runs
        .get(first)
        .is_some_and(|run| runs.iter().take(first).any(|it| it == run));
    let how = if begun {
        "they are the rest of a run of the peer's that had begun before the theft, and the phone \
         held the chain from which that run's keys come"
    } else {
        "they are a run that the peer began just after the theft, with an agreement of a new key of \
         the peer's and the key pair that was on the phone"
    };
    Ok(how.to_owned())
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
