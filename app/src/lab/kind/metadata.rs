//! `metadata`: a day of a firm's end-to-end encrypted messages. Nobody's words can be read,
//! and yet the tape says who talks to the newspaper.

use std::time::Duration;

use super::{Files, Kind, bench};
use crate::lab::{Answers, Exercise, LabError, Variant, draw::Draw, handout::Made, library};
use doormat::attack::{Observation, Wiretap};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;

/// The kind.
pub struct Metadata;

const TAPE: &str = "tape.pcapng";

/// A message that somebody is going to write.
struct Plan {
    at: u64,
    from: usize,
    to: usize,
    text: String,
}

/// A ciphertext is so much longer than its text.
const TAG: usize = 16;

/// The people, by their place in the list of names: colleagues first.
const COLLEAGUES: usize = 5;
const REPORTER: usize = 5;
const READER: usize = 6;

impl Kind for Metadata {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut draw = variant.draw("day");
        let names = bench::people(exercise, &mut draw, COLLEAGUES + 2)?;
        let chatter = library::words(exercise, "chatter")?;
        let mut plans = office(&chatter, &mut draw);
        let source = draw.index(COLLEAGUES);
        let contact = contact(source, &chatter, &mut draw);
        let (when, longest) = (
            contact.first().map_or(0, |it| it.at),
            contact
                .iter()
                .filter(|it| it.from == source)
                .map(|it| it.text.len())
                .max(),
        );
        plans.extend(contact);
        plans.extend(letters_to_the_editor(&chatter, &mut draw));
        plans.sort_by_key(|plan| plan.at);

        let mut scene = Network::new(ScheduleId::Ratchet, START, variant.generator("people"))?;
        for name in &names {
            scene.join(name)?;
        }
        let name = |place: usize| names.get(place).map_or("", String::as_str);
        for plan in &plans {
            let due = START + Duration::from_secs(plan.at);
            scene.wait(due.saturating_sub(scene.clock()));
            scene.say(name(plan.from), name(plan.to), &plan.text, &EndToEnd)?;
        }

        let mut made = Made::default();
        made.file(TAPE, scene.finish()?);
        let useless = EscrowPrivateKey::generate(&mut variant.generator("useless key"));
        made.file("useless.key", key_file::write_private(&useless).as_bytes());
        let colleagues = names.get(..COLLEAGUES).unwrap_or_default();
        made.fact("colleagues", bench::list(colleagues));
        made.fact("reporter", name(REPORTER));
        made.answer("source", name(source));
        let when = bench::hours_and_minutes(START + Duration::from_secs(when));
        made.answer("when", when);
        let longest = longest.unwrap_or(0);
        made.answer("bytes", longest.to_string());
        made.decoy(
            "bytes",
            (longest + TAG).to_string(),
            "That counts the tag's 16 bytes.",
        );
        made.decoy(
            "source",
            busiest(&plans).map_or("", name),
            "Whoever writes most need not be who writes to the newspaper.",
        );
        made.decoy(
            "source",
            name(READER),
            "The source is one of the firm's own people.",
        );
        Ok(made)
    }

    fn solve(&self, _: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let seen = bench::observe(bench::file(files, TAPE)?, &mut Wiretap)?;
        let reporter = bench::between(files, "The reporter is `", "`")?;
        let colleagues = bench::between(files, "The firm's people are ", ".")?;
        let is_colleague = |name: &str| {
            let mut words = colleagues.split(|it: char| !it.is_alphanumeric());
            words.any(|it| it == name)
        };
        let to_reporter: Vec<&Observation> = seen
            .iter()
            .filter(|it| it.recipient.as_str() == reporter && is_colleague(it.sender.as_str()))
            .collect();
        let first = to_reporter
            .first()
            .ok_or(LabError::Unsolved("nobody writes to the reporter"))?;
        let longest = to_reporter.iter().map(|it| it.text_bytes).max();
        Ok(bench::answers([
            ("source", first.sender.to_string()),
            ("when", bench::hours_and_minutes(first.time)),
            ("bytes", longest.unwrap_or(0).to_string()),
        ]))
    }
}

/// What is said on any day: two by two, a few messages each. With the others it is no
/// more than the attack's table shows on a terminal.
fn office(chatter: &[String], draw: &mut Draw) -> Vec<Plan> {
    let mut plans = Vec::new();
    let first = draw.index(COLLEAGUES);
    for pair in 0..3 {
        let from = (first + pair) % COLLEAGUES;
        let to = (from + 1 + draw.index(COLLEAGUES - 1)) % COLLEAGUES;
        let mut at = draw.number(300, 8 * 3600);
        for turn in 0..draw.number(3, 4) {
            let (from, to) = if turn % 2 == 0 {
                (from, to)
            } else {
                (to, from)
            };
            let text = say(chatter, draw);
            plans.push(Plan { at, from, to, text });
            at += draw.number(20, 600);
        }
    }
    plans
}

/// The source and the reporter: a greeting, an answer, something long, thanks.
fn contact(source: usize, chatter: &[String], draw: &mut Draw) -> Vec<Plan> {
    let mut at = draw.number(2 * 3600, 9 * 3600);
    let document = draw.number(900, 3900);
    let document = usize::try_from(document).unwrap_or(900);
    let mut plans = Vec::new();
    for (from_source, long) in [(true, false), (false, false), (true, true), (false, false)] {
        let mut text = say(chatter, draw);
        while long && text.len() < document {
            text += " ";
            text += &say(chatter, draw);
        }
        if long {
            text.truncate(document);
        }
        let (from, to) = if from_source {
            (source, REPORTER)
        } else {
            (REPORTER, source)
        };
        plans.push(Plan { at, from, to, text });
        at += draw.number(60, 1500);
    }
    plans
}

/// Somebody who has nothing to do with the firm writes to the reporter too, at length.
fn letters_to_the_editor(chatter: &[String], draw: &mut Draw) -> Vec<Plan> {
    let mut at = draw.number(600, 6 * 3600);
    (0..2)
        .map(|_| {
            let text: Vec<String> = (0..90).map(|_| say(chatter, draw)).collect();
            at += draw.number(300, 4000);
            Plan {
                at,
                from: READER,
                to: REPORTER,
                text: text.join(" "),
            }
        })
        .collect()
}

fn say(chatter: &[String], draw: &mut Draw) -> String {
    let place = draw.index(chatter.len());
    chatter.get(place).cloned().unwrap_or_default()
}

/// Who writes most, of those who do not write to the reporter.
fn busiest(plans: &[Plan]) -> Option<usize> {
    let to_reporter = |from| plans.iter().any(|it| it.from == from && it.to == REPORTER);
    (0..COLLEAGUES)
        .filter(|it| !to_reporter(*it))
        .max_by_key(|it| plans.iter().filter(|plan| plan.from == *it).count())
}
