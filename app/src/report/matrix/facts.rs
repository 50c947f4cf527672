//! What came of an attack beyond how much was read, in sentences without their full
//! stops: the same on a terminal and on a page.

use crate::text::{count, grouped};
use doormat::experiment::outcome::{DeskOutcome, Forgery, Outcome};

/// Everything there is to know, each with its name.
pub(super) fn facts(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let Outcome {
        read,
        metadata,
        noticed_by,
        healed_at,
        forgery,
        nested,
        desk,
    } = outcome;
    let mut facts = Vec::new();
    facts.extend(forgery.map(|it| ("Forged", forged(it))));
    facts.extend(nested.map(|it| {
        let inside = count(it, "message");
        let found = "opened by the authority, and an end-to-end envelope found in each";
        ("Inside", format!("{inside} {found}"))
    }));
    facts.extend(healed_at.map(|at| ("Heals", healed(at))));
    facts.extend(desk.map(|it| ("Desk", served(it))));
    let (seen, all) = (grouped(*metadata), count(read.len(), "message"));
    let metadata = format!("{seen} of {all}: who, to whom, when, how many bytes");
    facts.push(("Metadata", metadata));
    let noticed = match noticed_by {
        Some(detector) => detector.words().sentence,
        None if outcome.is_evaded() => {
            "by nothing on the way; by the authority, as soon as it opens one"
        }
        None => "by nothing in the system",
    };
    facts.push(("Noticed", noticed.to_owned()));
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
