//! What came of an attack, in sentences without their full stops: the same on a
//! terminal and on a page.

use crate::text::{count, grouped};
use doormat::experiment::matrix::{DeskOutcome, Detector, Forgery, Outcome};

/// Everything there is to know beyond how much was read, each with its name.
pub fn facts(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    facts.extend(outcome.forgery.map(|it| ("Forged", forged(it))));
    facts.extend(outcome.nested.map(|it| ("Inside", nested(it))));
    facts.extend(outcome.healed_at.map(|at| ("Heals", healed(at))));
    facts.extend(outcome.desk.map(|it| ("Desk", served(it))));
    let (seen, all) = (grouped(outcome.metadata), outcome.read.len());
    let metadata = format!(
        "{seen} of {}: who, to whom, when, how many bytes",
        count(all, "message")
    );
    facts.push(("Metadata", metadata));
    facts.push(("Noticed", noticed(outcome).to_owned()));
    facts
}

fn forged(it: Forgery) -> String {
    let keys = u64::try_from(it.session_keys).unwrap_or(u64::MAX).max(1);
    let trials = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let each = match it.accepted {
        0 => String::new(),
        _ => format!(", {} each on average", trials(it.trials / keys)),
    };
    format!(
        "{} fields tried for {}{each}; {} accepted, {} refused",
        trials(it.trials),
        count(it.session_keys, "session key"),
        grouped(it.accepted),
        grouped(it.refused),
    )
}

fn nested(messages: usize) -> String {
    let inside = count(messages, "message");
    format!("{inside} opened by the authority, and an end-to-end envelope found in each")
}

fn healed(at: usize) -> String {
    match at {
        0 => "the copy opens nothing from the beginning".to_owned(),
        at => format!(
            "after the first {} the copy opens nothing any more",
            count(at, "message")
        ),
    }
}

fn served(DeskOutcome { lawful, audit }: DeskOutcome) -> String {
    let keys = count(lawful, "session key");
    format!("one honest warrant was served, and gave {keys}; then {audit}")
}

fn noticed(outcome: &Outcome) -> &'static str {
    let evaded = outcome.nested.is_some() || outcome.forgery.is_some_and(|it| it.accepted > 0);
    match outcome.noticed_by {
        None if evaded => "by nothing on the way; by the authority, as soon as it opens one",
        None => "by nothing in the system",
        Some(Detector::SafetyNumber) => {
            "by the safety numbers, which differ, if anybody compares them"
        }
        Some(Detector::DeskLog) => "by the desk's log, if anybody audits it",
        Some(Detector::Witness) => "by the witness's counter, if anybody compares it with the log",
        Some(Detector::Receiver) => "by the receiver, whose device refuses the message",
    }
}
