//! `fix`: a design that fails, and several ways to mend it. The one that is chosen is really
//! built and really attacked; what came of it is the verdict.
//!
//! The exercise says in `with` what must hold, and what there is to choose from. Each choice
//! has a code of its own for each student.

use std::io::BufReader;

use serde::Deserialize;

use super::{Files, Kind, bench};
use crate::lab::{
    Answers, Exercise, LabError, Variant, answers::Right, form::Form, handout::Made, library,
};
use crate::text::count;
use doormat::experiment::{
    Conversation, Setting,
    attacks::{self, Attack},
    design::{Check, Custody, Design},
    matrix,
    outcome::Outcome,
};
use doormat::protocol::ScheduleId;

/// The kind.
pub struct Fix;

/// `with`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    /// Messages of the conversation that is attacked.
    messages: usize,
    /// What must hold, whatever is chosen.
    #[serde(default)]
    must: Vec<Must>,
    choices: Vec<Choice>,
}

/// What must hold when an attack has been run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Must {
    attack: String,
    /// Of the messages before the theft.
    past: Option<Read>,
    /// Of those after it.
    future: Option<Read>,
    noticed: Option<bool>,
}

/// How many messages are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Read {
    None,
    All,
}

/// One way to mend it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    text: String,
    /// A design of the matrix, and in what this one differs.
    design: String,
    schedule: Option<String>,
    check: Option<String>,
    authorities: Option<usize>,
    epochs: Option<usize>,
    /// What must hold for this choice besides.
    #[serde(default)]
    must: Vec<Must>,
    #[serde(default)]
    right: bool,
    /// What to say to whoever chooses it, if it fails.
    #[serde(default)]
    why: String,
}

impl Kind for Fix {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let with = with(exercise)?;
        let mut draw = variant.draw("codes");
        let words = library::words(exercise, "code")?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words = draw.some(with.choices.len(), &words);
        let mut coded: Vec<(String, Choice)> = words
            .into_iter()
            .zip(with.choices.iter().cloned())
            .map(|(words, choice)| (format!("{words} {}", draw.number(10, 99)), choice))
            .collect();
        draw.shuffle(&mut coded);
        let mut made = Made::default();
        let list = coded
            .iter()
            .map(|(code, it)| format!("- **{code}**: {}", it.text));
        made.fact("choices", list.collect::<Vec<_>>().join("\n"));
        let mut known = None;
        for (code, choice) in &coded {
            if choice.right {
                known = Some(code.clone());
            } else {
                made.decoy("choice", code.as_str(), "");
            }
        }
        let (exercise, seed) = (exercise.clone(), variant.seed());
        let test = move |answer: &str| {
            let spelled = |code: &str| Form::Words.compared(code).unwrap_or_default();
            let chosen = coded.iter().find(|(code, _)| spelled(code) == answer);
            let (_, choice) = chosen.ok_or("no choice in the brief has this code")?;
            match attacked(&exercise, &with, choice, seed) {
                Ok(it) if it.holds => Ok(Some(it.measured)),
                Ok(it) => Err(format!("{} {}", it.measured, choice.why)),
                Err(error) => Err(format!("the attack could not be run: {error}")),
            }
        };
        made.right
            .insert("choice".into(), Right::Passes(Box::new(test), known));
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let with = with(exercise)?;
        let brief = bench::brief(files)?;
        for choice in &with.choices {
            let before = brief.split_once(&format!("**: {}", choice.text));
            let code = before.and_then(|(before, _)| before.rsplit("**").next());
            let code = code.ok_or(LabError::Unsolved("a choice is not in the brief"))?;
            if attacked(exercise, &with, choice, 1)?.holds {
                return Ok(bench::answers([("choice", code.to_owned())]));
            }
        }
        Err(LabError::Unsolved("no choice holds"))
    }
}

fn with(exercise: &Exercise) -> Result<With, LabError> {
    serde_json::from_value(exercise.about.with.clone())
        .map_err(|error| exercise.wrong("exercise.json", format!("`with`: {error}")))
}

/// What came of the attacks on a choice, up to the first that it does not stand.
struct Attacked {
    holds: bool,
    measured: String,
}

/// Builds what was chosen and attacks it.
fn attacked(
    exercise: &Exercise,
    with: &With,
    choice: &Choice,
    seed: u64,
) -> Result<Attacked, LabError> {
    let design = design(exercise, choice)?;
    let whole = Conversation::default();
    let lines = whole.lines().iter().take(with.messages);
    let text: Vec<&str> = lines.map(|line| line.text.as_str()).collect();
    let conversation = Conversation::read(BufReader::new(text.join("\n").as_bytes()))
        .map_err(|error| exercise.wrong("exercise.json", error))?;
    let setting = Setting::new(&conversation, seed, with.messages.div_ceil(2));
    let mut said = Vec::new();
    for must in with.must.iter().chain(&choice.must) {
        let attack = attacks::named(&must.attack).ok_or_else(|| {
            exercise.wrong(
                "exercise.json",
                format!("there is no attack `{}`", must.attack),
            )
        })?;
        let outcome = matrix::cell(design, attack, &setting)?.outcome;
        let fails = match &outcome {
            Ok(outcome) => !must.holds(outcome, setting.theft_at),
            Err(_) => must.past == Some(Read::All) || must.noticed == Some(true),
        };
        let begin = match (&outcome, said.is_empty()) {
            (Ok(_), true) => "Built and attacked. ",
            (Err(_), true) => "Built, and not attacked: ",
            (_, false) => "",
        };
        said.push(format!(
            "{begin}{}",
            measured(attack, &outcome, setting.theft_at)
        ));
        if fails {
            let measured = said.join(" ");
            return Ok(Attacked {
                holds: false,
                measured,
            });
        }
    }
    let measured = said.join(" ");
    Ok(Attacked {
        holds: true,
        measured,
    })
}

impl Must {
    fn holds(&self, outcome: &Outcome, theft_at: usize) -> bool {
        let fits = |wanted: Option<Read>, (read, of): (usize, usize)| match wanted {
            None => true,
            Some(Read::None) => read == 0,
            Some(Read::All) => read == of,
        };
        fits(self.past, outcome.past(theft_at))
            && fits(self.future, outcome.future(theft_at))
            && self
                .noticed
                .is_none_or(|noticed| noticed == outcome.noticed_by.is_some())
    }
}

/// What came of an attack, in a sentence.
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

fn design(exercise: &Exercise, choice: &Choice) -> Result<Design, LabError> {
    let wrong = |what: &str| exercise.wrong("exercise.json", format!("there is no {what}"));
    let base = Design::named(&choice.design).ok_or_else(|| wrong("such design"))?;
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
        schedule,
        check,
        authorities: choice.authorities.unwrap_or(base.authorities),
        custody: choice.epochs.map_or(base.custody, Custody::Epochs),
        ..base
    })
}
