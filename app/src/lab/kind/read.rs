//! `read`: a conversation in the escrow mode, and the authority's key. What is asked is what
//! was drawn for the exercise's plot: a part `where` is its `{where}`, and `{where.2}` is a
//! place that is named and not meant.

use super::{
    Files, Kind,
    bench::{self, Way},
};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made, plot::Told};
use doormat::attack::EscrowLeak;
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::mode::Escrow;
use doormat::protocol::ScheduleId;

/// The kind.
pub struct Read;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "escrow.key";

impl Kind for Read {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let mode = Escrow(vec![*key.public()]);
        let way = Way {
            purpose: "read",
            schedule: ScheduleId::Ratchet,
            modes: &[&mode],
            padded: false,
            seize_before: None,
        };
        let carried = bench::carry(exercise, variant, &way)?;
        let mut made = Made::default();
        made.file(TAPE, carried.tape);
        made.file(KEY, key_file::write_private(&key).as_bytes());
        ask(exercise, &carried.told, &mut made);
        let [a, b] = carried.names;
        made.fact("a", a);
        made.fact("b", b);
        Ok(made)
    }

    fn solve(&self, exercise: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let mut eve = EscrowLeak::new(bench::key(files, KEY)?);
        let seen = bench::observe(bench::file(files, TAPE)?, &mut eve)?;
        understand(exercise, &bench::texts(&seen))
    }
}

/// Each part is what was drawn under its name; what was drawn beside it is a decoy.
pub(super) fn ask(exercise: &Exercise, told: &Told, made: &mut Made) {
    for part in &exercise.about.parts {
        let Some(answer) = told.drawn.get(&part.name) else {
            continue;
        };
        made.answer(&part.name, answer.as_str());
        let beside = format!("{}.", part.name);
        for (name, word) in told.drawn.range(beside.clone()..) {
            if name.starts_with(&beside) {
                made.decoy(
                    &part.name,
                    word.as_str(),
                    "That is said, but it is not what holds in the end.",
                );
            }
        }
    }
}

/// Reads as somebody who knows the plots would: finds the one whose words these are, and
/// takes what stands where its braces were.
pub(super) fn understand(exercise: &Exercise, texts: &[String]) -> Result<Answers, LabError> {
    let plots = exercise
        .files
        .iter()
        .filter(|(path, _)| path.starts_with("plots/"));
    let mut found = Answers::default();
    for (_, plot) in plots {
        let mut lines = plot.lines().filter_map(|line| line.split_once(':'));
        let all = texts.iter().all(|text| {
            lines.next().is_some_and(|(_, line)| {
                let drawn = fit(line.trim(), text);
                let fits = drawn.is_some();
                for (name, word) in drawn.unwrap_or_default() {
                    if exercise.part(&name).is_some() {
                        found.0.insert(name, word);
                    }
                }
                fits
            })
        });
        if all && !texts.is_empty() {
            return Ok(found);
        }
        found.0.clear();
    }
    Err(LabError::Unsolved("the texts are those of no plot"))
}

/// What stands in a text where a line of a plot has braces.
fn fit(line: &str, text: &str) -> Option<Vec<(String, String)>> {
    let mut drawn = Vec::new();
    let (before, mut line) = line.split_once('{').unwrap_or((line, ""));
    let mut text = text.strip_prefix(before)?;
    while let Some((name, rest)) = line.split_once('}') {
        let (next, more) = rest.split_once('{').unwrap_or((rest, ""));
        let end = if next.is_empty() {
            text.len()
        } else {
            text.find(next)?
        };
        let (word, after) = text.split_at_checked(end)?;
        drawn.push((name.to_owned(), word.to_owned()));
        text = after.strip_prefix(next)?;
        line = more;
    }
    text.is_empty().then_some(drawn)
}

/// The same of some of the texts only, in no order: whatever a line of a plot fits.
pub(super) fn spot(exercise: &Exercise, texts: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let plots = exercise.files.iter();
    for (_, plot) in plots.filter(|(path, _)| path.starts_with("plots/")) {
        for (_, line) in plot.lines().filter_map(|line| line.split_once(':')) {
            for text in texts.iter().filter(|_| line.contains('{')) {
                let drawn = fit(line.trim(), text).unwrap_or_default();
                found.extend(
                    drawn
                        .into_iter()
                        .filter(|(it, _)| exercise.part(it).is_some()),
                );
            }
        }
    }
    found
}
