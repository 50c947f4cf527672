//! `phone`: an end-to-end conversation under the ratchet, and the state of a phone that was
//! seized in the middle of it, copied and given back.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup, Maker},
};
use crate::lab::{Answers, Exercise, LabError, Variant, answer_search::contains_answer, dialogue};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;

/// The kind `phone`.
pub struct PhoneExercise;

const TAPE: &str = "tape.pcapng";
const PHONE: &str = "phone.json";

impl ExerciseKind for PhoneExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let setup = ConversationSetup {
            purpose: "phone",
            schedule: ScheduleId::Ratchet,
            modes: &[&EndToEnd],
            padded: true,
            seize_before: Some("number"),
            names: None,
            maker: Maker::Ours,
        };
        let mut recorded = toolkit::record_conversation(exercise, variant, &setup)?;
        // The number may occur among a key's digits by chance: then everything is drawn again.
        for purpose in ["phone, again", "phone, a third time"] {
            if !state_contains_number(&recorded) {
                break;
            }
            recorded = toolkit::record_conversation(
                exercise,
                variant,
                &ConversationSetup { purpose, ..setup },
            )?;
        }
        let (owner, state) = recorded
            .phone
            .ok_or_else(|| exercise.wrong("plots/", "no line has {number}"))?;
        let mut material = Material::default();
        let (reads, heals, messages) = read_with_phone(&recorded.tape, &state)?;
        material.answer("reads", toolkit::numbers(&reads));
        material.answer("heals", heals.to_string());
        material.decoy(
            "heals",
            messages.to_string(),
            "After the last message nothing is left to heal.",
        );
        if let Some(first) = reads.first() {
            let from_there: Vec<u64> = (*first..messages).collect();
            let note =
                "A ratchet locks a listener out again once the owner writes under a new key.";
            material.decoy("reads", toolkit::numbers(&from_there), note);
        }
        material.fact("first", range(&reads));
        material.fact("heals", heals.to_string());
        material.fact("how", how_opened(&recorded.tape, &reads)?);
        material.ask_about(exercise, &recorded.dialogue);
        material.fact("owner", owner);
        material.file(TAPE, recorded.tape);
        material.file(PHONE, state);
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let (tape, state) = (files.bytes(TAPE)?, files.bytes(PHONE)?);
        let (reads, heals, _) = read_with_phone(tape, state)?;
        let seen = toolkit::observe_with_phone(tape, state)?;
        let mut answers = toolkit::answers([
            ("reads", toolkit::numbers(&reads)),
            ("heals", heals.to_string()),
        ]);
        answers
            .0
            .extend(dialogue::match_any(exercise, &toolkit::texts(&seen)));
        Ok(answers)
    }
}

/// Whether the number that is asked for can be looked up in the phone's state.
fn state_contains_number(recorded: &toolkit::RecordedConversation) -> bool {
    let number = recorded.dialogue.drawn.get("number");
    let state = recorded.phone.as_ref().map(|(_, state)| state);
    number
        .zip(state)
        .is_some_and(|(number, state)| contains_answer(state, number))
}

/// `5`, or `5 to 7`.
fn range(reads: &[u64]) -> String {
    match (reads.first(), reads.last()) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(first), _) => first.to_string(),
        _ => "none".to_owned(),
    }
}

/// How the first of these messages was opened: with a chain that the phone had already, or
/// with one that the message itself begins.
fn how_opened(tape: &[u8], reads: &[u64]) -> Result<String, LabError> {
    let packets = toolkit::packets(tape)?;
    let runs: Vec<_> = toolkit::envelopes(&packets)
        .map(|it| (it.header.sender, it.header.ratchet_public))
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

/// The messages that the copied state reads, the number of the first after those, and the
/// number of all messages.
fn read_with_phone(tape: &[u8], state: &[u8]) -> Result<(Vec<u64>, u64, u64), LabError> {
    let seen = toolkit::observe_with_phone(tape, state)?;
    let reads = toolkit::read_numbers(&seen);
    let heals = reads.last().map_or(0, |last| last + 1);
    let messages = seen.last().map_or(0, |last| last.index + 1);
    Ok((reads, heals, messages))
}
