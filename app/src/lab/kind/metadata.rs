//! `metadata`: a day of a firm's end-to-end encrypted messages. No text can be read, but the
//! tape says who writes to the newspaper.

use std::time::Duration;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{Answers, Exercise, LabError, Variant, draw::Draw};
use doormat::attack::{Observation, Wiretap};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;

/// The kind `metadata`.
pub struct MetadataExercise;

const TAPE: &str = "tape.pcapng";

/// A message to be written, so many seconds after [`START`].
struct PlannedMessage {
    at: u64,
    from: usize,
    to: usize,
    text: String,
}

/// How many bytes longer than its text a ciphertext is.
const TAG: usize = 16;

/// The people, by their place in the list of names: colleagues first.
const COLLEAGUES: usize = 5;
const REPORTER: usize = 5;
const READER: usize = 6;

impl ExerciseKind for MetadataExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("day");
        let names = toolkit::people(exercise, &mut draw, COLLEAGUES + 2)?;
        let small_talk = SmallTalk::of(exercise)?;
        let mut plans = office(&small_talk, &mut draw);
        let source = draw.index(COLLEAGUES);
        let contact = contact(source, &small_talk, &mut draw);
        let of_source = contact.iter().filter(|it| it.from == source);
        let longest = of_source.map(|it| it.text.len()).max();
        let (Some(first), Some(longest)) = (contact.first().map(|it| it.at), longest) else {
            return Err(LabError::Unsolved("nobody writes to the reporter"));
        };
        plans.extend(contact);
        plans.extend(letters_to_the_editor(&small_talk, &mut draw));
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

        let mut material = Material::default();
        material.file(TAPE, scene.finish()?);
        let useless = EscrowPrivateKey::generate(&mut variant.generator("useless key"));
        material.file("useless.key", key_file::write_private(&useless).as_bytes());
        let colleagues = names.get(..COLLEAGUES).unwrap_or_default();
        material.fact("colleagues", toolkit::list(colleagues));
        material.fact("reporter", name(REPORTER));
        material.answer("source", name(source));
        let when = toolkit::hours_and_minutes(START + Duration::from_secs(first));
        material.answer("when", when);
        material.answer("bytes", longest.to_string());
        material.decoy(
            "bytes",
            (longest + TAG).to_string(),
            "That counts the tag's 16 bytes.",
        );
        material.decoy(
            "source",
            busiest(&plans).map_or("", name),
            "Whoever writes most need not be who writes to the newspaper.",
        );
        material.decoy(
            "source",
            name(READER),
            "The source is one of the firm's own people.",
        );
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let seen = toolkit::observe(files.bytes(TAPE)?, &mut Wiretap)?;
        let reporter = files.between("The reporter is `", "`")?;
        let colleagues = files.between("The firm's people are ", ".")?;
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
        Ok(toolkit::answers([
            ("source", first.sender.to_string()),
            ("when", toolkit::hours_and_minutes(first.time)),
            ("bytes", longest.unwrap_or(0).to_string()),
        ]))
    }
}

/// Everyday conversations of two, a few messages each. They are few, so that all messages of
/// the day fit into the attack's table on a terminal.
fn office(small_talk: &SmallTalk, draw: &mut Draw) -> Vec<PlannedMessage> {
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
            let text = small_talk.sentence(draw).to_owned();
            plans.push(PlannedMessage { at, from, to, text });
            at += draw.number(20, 600);
        }
    }
    plans
}

/// The source and the reporter: a greeting, an answer, a long message, thanks.
fn contact(source: usize, small_talk: &SmallTalk, draw: &mut Draw) -> Vec<PlannedMessage> {
    let mut at = draw.number(2 * 3600, 9 * 3600);
    let document = draw.number(900, 3900);
    let document = usize::try_from(document).unwrap_or(900);
    let mut plans = Vec::new();
    for (from_source, long) in [(true, false), (false, false), (true, true), (false, false)] {
        let mut text = small_talk.sentence(draw).to_owned();
        while long && text.len() < document {
            text += " ";
            text += small_talk.sentence(draw);
        }
        if long {
            text.truncate(document);
        }
        let (from, to) = if from_source {
            (source, REPORTER)
        } else {
            (REPORTER, source)
        };
        plans.push(PlannedMessage { at, from, to, text });
        at += draw.number(60, 1500);
    }
    plans
}

/// Long messages to the reporter from somebody outside the firm.
fn letters_to_the_editor(small_talk: &SmallTalk, draw: &mut Draw) -> Vec<PlannedMessage> {
    let mut at = draw.number(600, 6 * 3600);
    (0..2)
        .map(|_| {
            let text: Vec<&str> = (0..90).map(|_| small_talk.sentence(draw)).collect();
            at += draw.number(300, 4000);
            PlannedMessage {
                at,
                from: READER,
                to: REPORTER,
                text: text.join(" "),
            }
        })
        .collect()
}

/// The colleague who writes most, of those who do not write to the reporter.
fn busiest(plans: &[PlannedMessage]) -> Option<usize> {
    let to_reporter = |from| plans.iter().any(|it| it.from == from && it.to == REPORTER);
    (0..COLLEAGUES)
        .filter(|it| !to_reporter(*it))
        .max_by_key(|it| plans.iter().filter(|plan| plan.from == *it).count())
}
