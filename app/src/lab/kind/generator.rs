//! `generator`: an end-to-end conversation of two devices that draw from Dual_EC_DRBG and
//! registered with a nonce, and the relation of its points. The questions are what a device
//! drew, what was said, and which changes would have kept it from being read. The reference
//! solution builds and attacks each change, as in `fix`; of a student's answer, one that is wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

use serde::Deserialize;

use super::{
    design_repair::{self, RepairChoice, RepairTask, Verdict},
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup, Maker},
};
use crate::lab::{
    Answers, Exercise, LabError, Variant, dialogue,
    form::AnswerForm,
    marking::{AnswerTest, CorrectAnswer},
};
use doormat::attack::{
    Published,
    trapdoor::{self, Relation},
};
use doormat::crypto::{AgreementSecret, SigningKey, generator::DualEc};
use doormat::experiment::{ExperimentError, design::Design, supply};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;

/// The kind `generator`.
pub struct GeneratorExercise;

const TAPE: &str = "tape.pcapng";
const TRAPDOOR: &str = "trapdoor.json";
const DESIGN: &str = "dual-ec-trapdoor";

/// What a device drew first, after its nonce (spec §9).
#[derive(Deserialize)]
struct DeviceState {
    agreement: AgreementSecret,
    signing: SigningKey,
}

impl ExerciseKind for GeneratorExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let design = Design::named(DESIGN).ok_or(LabError::Unsolved("there is no such design"))?;
        let seed = variant.seed();
        let setup = ConversationSetup {
            maker: Maker::OfBoth(design, seed),
            ..ConversationSetup::new("generator", ScheduleId::Ratchet, &[&EndToEnd])
        };
        let recorded = toolkit::record_conversation(exercise, variant, &setup)?;
        let (points, trapdoor) = supply::author(seed);
        let relation = Relation { points, trapdoor };
        let relation = relation.write().map_err(ExperimentError::from)?;
        let mut material = Material::default();
        material.file(TAPE, recorded.tape);
        material.file(TRAPDOOR, relation.as_slice());
        let [state, _] = recorded.states;
        let DeviceState { agreement, signing } =
            serde_json::from_slice(&state).map_err(ExperimentError::from)?;
        let private = hex::encode(agreement.as_bytes());
        material.answer("key", private.as_str());
        material.answer("seed", hex::encode(signing.as_bytes()));
        let public = hex::encode(agreement.public().as_bytes());
        material.decoy("key", public, "That is its public half.");
        let note = "That is the draw before: the private key of `key`.";
        material.decoy("seed", private, note);
        material.ask_about(exercise, &recorded.dialogue);
        let [a, b] = recorded.names;
        material.fact("owner", a);
        material.fact("other", b);
        ask_for_fixes(exercise, variant, &mut material)?;
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let relation = Relation::read(files.bytes(TRAPDOOR)?);
        let Relation { points, trapdoor } =
            relation.map_err(|_| LabError::NoFile(TRAPDOOR.to_owned()))?;
        let tape = files.bytes(TAPE)?;
        let published = Published::on(tape).map_err(ExperimentError::from)?;
        let mut search = trapdoor::search(published, points, &trapdoor, &|| {});
        let owner = files.between("the device of **", "**")?;
        let mut searched = search.searched.iter();
        let state = searched
            .find(|it| it.owner.as_str() == owner)
            .and_then(|it| it.state.as_ref())
            .ok_or(LabError::Unsolved("no state was found"))?;
        let mut generator = DualEc::resume(points, state);
        let key = AgreementSecret::generate(&mut generator);
        let seed = SigningKey::generate(&mut generator);
        let seen = toolkit::observe(tape, &mut search.reader)?;
        let mut answers = dialogue::match_all(exercise, &toolkit::texts(&seen))?;
        answers.0.extend(
            toolkit::answers([
                ("key", hex::encode(key.as_bytes())),
                ("seed", hex::encode(seed.as_bytes())),
                ("fixes", fixes(exercise, files)?),
            ])
            .0,
        );
        Ok(answers)
    }
}

/// Gives each choice a number, another for each student, and asks which hold.
fn ask_for_fixes(
    exercise: &Exercise,
    variant: &Variant,
    material: &mut Material,
) -> Result<(), LabError> {
    let task = design_repair::task(exercise)?;
    let mut draw = variant.draw("numbers");
    let numbers = draw.some(task.choices.len(), &(10..=99).collect::<Vec<u64>>());
    let mut numbered: Vec<(u64, RepairChoice)> =
        numbers.into_iter().zip(task.choices.clone()).collect();
    draw.shuffle(&mut numbered);
    let list = numbered
        .iter()
        .map(|(number, it)| format!("- **{number}**: {}", it.text));
    material.fact("choices", list.collect::<Vec<_>>().join("\n"));
    let all: Vec<u64> = numbered.iter().map(|(number, _)| *number).collect();
    let right = numbered.iter().filter(|(_, it)| it.right);
    let right: Vec<u64> = right.map(|(number, _)| *number).collect();
    material.decoy("fixes", toolkit::numbers(&all), "");
    material.decoy("fixes", "none", "");
    if let [most @ .., _] = right.as_slice() {
        material.decoy("fixes", toolkit::numbers(most), "");
    }
    let known = AnswerForm::Numbers.spell(&toolkit::numbers(&right)).ok();
    let exercise = exercise.clone();
    let test = move |answer: &str| judge(&exercise, &task, &numbered, answer);
    material.correct.insert(
        "fixes".to_owned(),
        CorrectAnswer::Tested(AnswerTest::new(test), known),
    );
    Ok(())
}

/// Compares an answer with the choices that are right; the first that is not is built and
/// attacked. That the others hold is what the reference solution measures.
fn judge(
    exercise: &Exercise,
    task: &RepairTask,
    numbered: &[(u64, RepairChoice)],
    answer: &str,
) -> Result<Option<String>, String> {
    let given: BTreeSet<u64> = answer.split(' ').filter_map(|it| it.parse().ok()).collect();
    let known = |number: &u64| numbered.iter().any(|(it, _)| it == number);
    if !given.iter().all(known) {
        return Err("no change in the brief has one of these numbers".to_owned());
    }
    let mut named = numbered.iter().filter(|(it, _)| given.contains(it));
    if let Some((number, choice)) = named.find(|(_, choice)| !choice.right) {
        return Err(match verdict(exercise, task, choice) {
            Ok(verdict) => format!("{number}: {} {}", verdict.measured, choice.why),
            Err(error) => format!("the attack could not be run: {error}"),
        });
    }
    if numbered.iter().filter(|(_, it)| it.right).count() > given.len() {
        let what = if given.is_empty() {
            "there are changes among them that help"
        } else {
            "what you named helps, and so does something that you did not name"
        };
        return Err(what.to_owned());
    }
    Ok(None)
}

/// The numbers in the brief of the choices that hold.
fn fixes(exercise: &Exercise, files: &HandoutFiles) -> Result<String, LabError> {
    let task = design_repair::task(exercise)?;
    let brief = files.brief()?;
    let mut right = Vec::new();
    for choice in &task.choices {
        let before = brief.split_once(&format!("**: {}", choice.text));
        let number = before.and_then(|(before, _)| before.rsplit("**").next());
        let number = number.and_then(|it| it.parse().ok());
        let number = number.ok_or(LabError::Unsolved("a choice is not in the brief"))?;
        if verdict(exercise, &task, choice)?.holds {
            right.push(number);
        }
    }
    Ok(toolkit::numbers(&right))
}

/// What was measured already, by exercise and choice: it is the same for all students, and
/// takes seconds.
static MEASURED: Mutex<BTreeMap<String, Verdict>> = Mutex::new(BTreeMap::new());

/// The seed of the conversations that are attacked.
const SEED: u64 = 1;

fn verdict(
    exercise: &Exercise,
    task: &RepairTask,
    choice: &RepairChoice,
) -> Result<Verdict, LabError> {
    let measured = || MEASURED.lock().unwrap_or_else(PoisonError::into_inner);
    let name = format!("{}: {}", exercise.name, choice.text);
    let known = measured().get(&name).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    // Nothing is locked while it is measured, on all cores: a thread that waits for its part
    // may be given another student's.
    let verdict = design_repair::attack(exercise, task, choice, SEED)?;
    measured().insert(name, verdict.clone());
    Ok(verdict)
}
