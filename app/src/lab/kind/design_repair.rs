//! `fix`: a design that fails, and several ways to repair it. The one that is chosen is built
//! and attacked, and the measured result decides whether it is correct.
//!
//! The exercise defines in `with` the choices, and the requirements that must hold. Each choice
//! has another code for each student.

use serde::Deserialize;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit,
};
use crate::lab::{
    Answers, Exercise, LabError, Variant,
    form::AnswerForm,
    library,
    marking::{AnswerTest, CorrectAnswer},
};
use crate::text::count;
use doormat::experiment::{
    Conversation, Setting,
    attacks::{self, Attack},
    design::{Check, Custody, Design, SessionIds},
    matrix,
    outcome::Outcome,
};
use doormat::protocol::{ModeId, ScheduleId};

/// The kind `fix`.
pub struct DesignRepairExercise;

/// `with`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepairTask {
    /// Messages of the conversation that is attacked.
    messages: usize,
    /// Requirements for every choice.
    #[serde(default)]
    must: Vec<Requirement>,
    pub(super) choices: Vec<RepairChoice>,
}

/// What must hold after an attack has been run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    attack: String,
    /// Of the messages before the theft.
    past: Option<ExpectedReads>,
    /// Of those after it.
    future: Option<ExpectedReads>,
    noticed: Option<bool>,
}

/// How many messages must have been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ExpectedReads {
    None,
    All,
}

/// One way to repair the design.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepairChoice {
    pub(super) text: String,
    /// A design of the matrix; the next six fields say how this one differs.
    design: String,
    mode: Option<String>,
    session_ids: Option<String>,
    schedule: Option<String>,
    check: Option<String>,
    authorities: Option<usize>,
    epochs: Option<usize>,
    /// Further requirements for this choice.
    #[serde(default)]
    must: Vec<Requirement>,
    #[serde(default)]
    pub(super) right: bool,
    /// The note for whoever chooses it, if it fails.
    #[serde(default)]
    pub(super) why: String,
}

impl ExerciseKind for DesignRepairExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let task = task(exercise)?;
        let mut draw = variant.draw("codes");
        let words = library::words(exercise, "code")?;
        let words = draw.some(task.choices.len(), &words);
        let mut coded: Vec<(String, RepairChoice)> = words
            .into_iter()
            .zip(task.choices.iter().cloned())
            .map(|(words, choice)| (format!("{words} {}", draw.number(10, 99)), choice))
            .collect();
        draw.shuffle(&mut coded);
        let mut material = Material::default();
        let list = coded
            .iter()
            .map(|(code, it)| format!("- **{code}**: {}", it.text));
        material.fact("choices", list.collect::<Vec<_>>().join("\n"));
        let mut known = None;
        for (code, choice) in &coded {
            if choice.right {
                known = Some(code.clone());
            } else {
                material.decoy("choice", code.as_str(), "");
            }
        }
        let (exercise, seed) = (exercise.clone(), variant.seed());
        let test = move |answer: &str| {
            let spelled = |code: &str| AnswerForm::Words.compared(code).unwrap_or_default();
            let chosen = coded.iter().find(|(code, _)| spelled(code) == answer);
            let (_, choice) = chosen.ok_or("no choice in the brief has this code")?;
            match attack(&exercise, &task, choice, seed) {
                Ok(it) if it.holds => Ok(Some(it.measured)),
                Ok(it) => Err(format!("{} {}", it.measured, choice.why)),
                Err(error) => Err(format!("the attack could not be run: {error}")),
            }
        };
        material.correct.insert(
            "choice".into(),
            CorrectAnswer::Tested(AnswerTest::new(test), known),
        );
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let task = task(exercise)?;
        let brief = files.brief()?;
        for choice in &task.choices {
            let before = brief.split_once(&format!("**: {}", choice.text));
            let code = before.and_then(|(before, _)| before.rsplit("**").next());
            let code = code.ok_or(LabError::Unsolved("a choice is not in the brief"))?;
            if attack(exercise, &task, choice, 1)?.holds {
                return Ok(toolkit::answers([("choice", code.to_owned())]));
            }
        }
        Err(LabError::Unsolved("no choice holds"))
    }
}

/// What `with` tells.
pub(super) fn task(exercise: &Exercise) -> Result<RepairTask, LabError> {
    serde_json::from_value(exercise.about.with.clone())
        .map_err(|error| exercise.wrong("exercise.json", format!("`with`: {error}")))
}

/// The results of the attacks on a choice, up to the first requirement that fails.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) holds: bool,
    pub(super) measured: String,
}

/// Builds the chosen design and attacks it.
pub(super) fn attack(
    exercise: &Exercise,
    task: &RepairTask,
    choice: &RepairChoice,
    seed: u64,
) -> Result<Verdict, LabError> {
    let design = design(exercise, choice)?;
    let whole = Conversation::default();
    let lines = whole.lines().iter().take(task.messages);
    let text: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
    let conversation = Conversation::read(&text.join("\n"))
        .map_err(|error| exercise.wrong("exercise.json", error))?;
    let setting = Setting::new(&conversation, seed, task.messages.div_ceil(2));
    let mut results = Vec::new();
    for must in task.must.iter().chain(&choice.must) {
        let attack = attacks::named(&must.attack).ok_or_else(|| {
            exercise.wrong(
                "exercise.json",
                format!("there is no attack `{}`", must.attack),
            )
        })?;
        let outcome = matrix::cell(design, attack, &setting)?.outcome;
        let fails = match &outcome {
            Ok(outcome) => !must.holds(outcome, setting.theft_at),
            Err(_) => must.past == Some(ExpectedReads::All) || must.noticed == Some(true),
        };
        let begin = match (&outcome, results.is_empty()) {
            (Ok(_), true) => "Built and attacked. ",
            (Err(_), true) => "Built, and not attacked: ",
            (_, false) => "",
        };
        results.push(format!(
            "{begin}{}",
            measured(attack, &outcome, setting.theft_at)
        ));
        if fails {
            let measured = results.join(" ");
            return Ok(Verdict {
                holds: false,
                measured,
            });
        }
    }
    let measured = results.join(" ");
    Ok(Verdict {
        holds: true,
        measured,
    })
}

impl Requirement {
    fn holds(&self, outcome: &Outcome, theft_at: usize) -> bool {
        let fits = |wanted: Option<ExpectedReads>, (read, of): (usize, usize)| match wanted {
            None => true,
            Some(ExpectedReads::None) => read == 0,
            Some(ExpectedReads::All) => read == of,
        };
        fits(self.past, outcome.past(theft_at))
            && fits(self.future, outcome.future(theft_at))
            && self
                .noticed
                .is_none_or(|noticed| noticed == outcome.noticed_by.is_some())
    }
}

/// The result of an attack, in a sentence.
fn measured(attack: &Attack, outcome: &Result<Outcome, &'static str>, theft_at: usize) -> String {
    match outcome {
        Err(why) => format!("{why}."),
        Ok(outcome) => {
            if let Some(forged) = outcome.forgery {
                let read = outcome.read.iter().filter(|it| **it).count();
                return format!(
                    "{attack}: the receiver accepted {} of {} messages with a forged field; the \
                     authority could read {read} of the conversation's {}.",
                    forged.accepted,
                    forged.accepted + forged.refused,
                    count(outcome.read.len(), "message"),
                );
            }
            let ((past, before), (future, after)) =
                (outcome.past(theft_at), outcome.future(theft_at));
            let noticed = match outcome.noticed_by {
                Some(detector) => detector.words().finding,
                None => "nothing noticed",
            };
            format!(
                "{attack}: {past} of {before} messages before the theft were read, {future} of {after} \
                 after it; {noticed}."
            )
        }
    }
}

fn design(exercise: &Exercise, choice: &RepairChoice) -> Result<Design, LabError> {
    let wrong = |what: &str| exercise.wrong("exercise.json", format!("there is no {what}"));
    let base = Design::named(&choice.design).ok_or_else(|| wrong("such design"))?;
    let (mode, authorities) = match choice.mode.as_deref() {
        None => (base.mode, base.authorities),
        Some("e2e") => (ModeId::EndToEnd, 0),
        Some("escrow") => (ModeId::Escrow, base.authorities.max(1)),
        Some(_) => return Err(wrong("such mode")),
    };
    let session_ids = match choice.session_ids.as_deref() {
        None => base.session_ids,
        Some("random") => SessionIds::Random,
        Some("derived") => SessionIds::Derived,
        Some(_) => return Err(wrong("such session id")),
    };
    let schedule = match choice.schedule.as_deref() {
        None => base.schedule,
        Some("ratchet") => ScheduleId::Ratchet,
        Some("static") => ScheduleId::Static,
        Some(_) => return Err(wrong("such schedule")),
    };
    let check = match choice.check.as_deref() {
        None => base.check,
        Some("recomputed") => Check::Recomputed,
        Some("checksum") => Check::Checksum,
        Some(_) => return Err(wrong("such check")),
    };
    Ok(Design {
        mode,
        session_ids,
        schedule,
        check,
        authorities: choice.authorities.unwrap_or(authorities),
        custody: choice.epochs.map_or(base.custody, Custody::Epochs),
        ..base
    })
}
