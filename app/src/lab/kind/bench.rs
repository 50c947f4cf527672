//! The workbench that kinds and their reference solutions share.

use std::time::Duration;

use crate::lab::{
    Answers, Exercise, LabError, Variant,
    draw::Draw,
    kind::Files,
    library,
    plot::{self, Told},
};
use doormat::attack::{Attacker, Exposure, Observation, Tally};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{ExperimentError, Network, network::START};
use doormat::protocol::{Mode, ScheduleId};
use doormat::tape::{Packet, Reader};

/// Names of so many people, all different.
pub(super) fn people(
    exercise: &Exercise,
    draw: &mut Draw,
    count: usize,
) -> Result<Vec<String>, LabError> {
    let all = library::words(exercise, "names")?;
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let names = draw.some(count, &all);
    Ok(names.into_iter().map(str::to_owned).collect())
}

/// A conversation of two that was carried and recorded.
pub(super) struct Carried {
    pub(super) names: [String; 2],
    pub(super) told: Told,
    pub(super) tape: Vec<u8>,
    /// The state of the device that was seized, and whose it is.
    pub(super) phone: Option<(String, Vec<u8>)>,
}

/// How to carry it.
pub(super) struct Way<'a> {
    /// Sets it apart from others of the same variant.
    pub(super) purpose: &'a str,
    pub(super) schedule: ScheduleId,
    /// In force one after the other, for equal parts of the conversation.
    pub(super) modes: &'a [&'a dyn Mode],
    /// Put small talk around the plot, and draw at which of the messages of a run a device is
    /// seized, so that no two students have the same numbers.
    pub(super) padded: bool,
    /// Seize the device of whoever gets the first message in which this word of the plot
    /// stands, just before that is written; or, where it is padded, before one of the messages
    /// that come before it in one run, and for an hour.
    pub(super) seize_before: Option<&'a str>,
}

/// Tells one of the exercise's plots, and carries it.
pub(super) fn carry(
    exercise: &Exercise,
    variant: &Variant,
    way: &Way<'_>,
) -> Result<Carried, LabError> {
    let mut draw = variant.draw(&format!("{} plot", way.purpose));
    let mut names = people(exercise, &mut draw, 2)?.into_iter();
    let names = [(); 2].map(|()| names.next().unwrap_or_default());
    let [a, b] = &names;
    let mut told = plot::tell(exercise, [a, b], &mut draw)?;
    let word = way.seize_before.and_then(|name| told.drawn.get(name));
    let word = word.cloned();
    let mut seized = None;
    if way.padded {
        pad(exercise, &mut told, word.as_deref(), &mut draw)?;
    }
    if let Some(place) = word.and_then(|word| place_of(&told, &word)) {
        let run = if way.padded { before(&told, place) } else { 0 };
        seized = Some(place - draw.index(run + 1));
    }
    let start = START + Duration::from_secs(draw.number(0, 12 * 3600));
    let people = variant.generator(&format!("{} people", way.purpose));
    let mut scene = Network::new(way.schedule, start, people)?;
    scene.join(a)?;
    scene.join(b)?;
    let mut phone = None;
    for (number, (second, text)) in (0_usize..).zip(&told.lines) {
        let (from, to) = if *second { (b, a) } else { (a, b) };
        if seized == Some(number) {
            let state = scene.device(to)?.export().map_err(ExperimentError::from)?;
            phone = Some((to.clone(), state.to_vec()));
            if way.padded {
                scene.wait(Duration::from_secs(draw.number(3600, 4200)));
            }
        }
        scene.wait(typing(text, &mut draw));
        let part = number * way.modes.len() / told.lines.len().max(1);
        let mode = way.modes.get(part).ok_or(ExperimentError::NoLoot)?;
        scene.say(from, to, text, *mode)?;
    }
    let tape = scene.finish()?;
    Ok(Carried {
        names,
        told,
        tape,
        phone,
    })
}

/// Where a word is said first.
fn place_of(told: &Told, word: &str) -> Option<usize> {
    told.lines.iter().position(|(_, text)| text.contains(word))
}

/// How many messages of the same person come just before one.
fn before(told: &Told, place: usize) -> usize {
    let who = told.lines.get(place).map(|it| it.0);
    let earlier = told.lines.iter().take(place).rev();
    earlier.take_while(|it| Some(it.0) == who).count()
}

/// Small talk in front of a plot and behind it, turn by turn; and perhaps a sentence more in
/// the run in which this word is said.
fn pad(
    exercise: &Exercise,
    told: &mut Told,
    word: Option<&str>,
    draw: &mut Draw,
) -> Result<(), LabError> {
    let chatter = library::words(exercise, "chatter")?;
    let chatter: Vec<&str> = chatter.iter().map(String::as_str).collect();
    let mut small = draw.some(2 * SMALL_TALK, &chatter).into_iter();
    if let Some(place) = word.and_then(|word| place_of(told, word)) {
        let who = told.lines.get(place).is_some_and(|it| it.0);
        for text in small.by_ref().take(draw.index(3)) {
            told.lines.insert(place + 1, (who, text.to_owned()));
        }
    }
    let turn = draw.index(2);
    let front = small.by_ref().take(draw.index(SMALL_TALK));
    let front: Vec<(bool, String)> = (turn..)
        .zip(front)
        .map(|(turn, text)| (turn % 2 == 0, text.to_owned()))
        .collect();
    let back = small.take(draw.index(SMALL_TALK - 1));
    let back = (turn..)
        .zip(back)
        .map(|(turn, text)| (turn % 2 == 1, text.to_owned()));
    told.lines.extend(back);
    told.lines.splice(0..0, front);
    Ok(())
}

/// Fewer messages than this stand in front of a padded plot.
const SMALL_TALK: usize = 6;

/// How long somebody takes for a text.
pub(super) fn typing(text: &str, draw: &mut Draw) -> Duration {
    let letters = u64::try_from(text.len()).unwrap_or(u64::MAX).min(400);
    Duration::from_millis(draw.number(2_000, 9_000) + letters * 180)
}

/// A file that was handed out.
pub(super) fn file<'a>(files: &'a Files, name: &str) -> Result<&'a [u8], LabError> {
    let found = files.get(name).map(Vec::as_slice);
    found.ok_or_else(|| LabError::NoFile(name.to_owned()))
}

/// The same, if it is text.
pub(super) fn text<'a>(files: &'a Files, name: &str) -> Result<&'a str, LabError> {
    std::str::from_utf8(file(files, name)?).map_err(|_| LabError::NoFile(name.to_owned()))
}

/// An escrow key that was handed out.
pub(super) fn key(files: &Files, name: &str) -> Result<EscrowPrivateKey, LabError> {
    key_file::read_private(text(files, name)?).map_err(|_| LabError::NoFile(name.to_owned()))
}

/// Every envelope of a tape, as an attack sees it.
pub(super) fn observe(
    tape: &[u8],
    attack: &mut dyn Attacker,
) -> Result<Vec<Observation>, LabError> {
    let mut tally = Tally::default();
    let mut seen = Vec::new();
    for packet in Reader::new(tape).map_err(ExperimentError::from)? {
        let packet = packet.map_err(ExperimentError::from)?;
        seen.extend(tally.play(&packet, attack));
    }
    Ok(seen)
}

/// The texts among what was seen, in order.
pub(super) fn texts(seen: &[Observation]) -> Vec<String> {
    let read = seen.iter().filter_map(|it| match &it.exposure {
        Exposure::Read(text) => String::from_utf8(text.clone()).ok(),
        Exposure::MetadataOnly => None,
    });
    read.collect()
}

/// The numbers of those that were read.
pub(super) fn read(seen: &[Observation]) -> Vec<u64> {
    let read = seen
        .iter()
        .filter(|it| matches!(it.exposure, Exposure::Read(_)));
    read.map(|it| it.index).collect()
}

/// Numbers as an answer.
pub(super) fn numbers(all: &[u64]) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let all: Vec<String> = all.iter().map(u64::to_string).collect();
    all.join(",")
}

/// The packets of a tape.
pub(super) fn packets(tape: &[u8]) -> Result<Vec<Packet>, LabError> {
    let reader = Reader::new(tape).map_err(ExperimentError::from)?;
    let packets = reader.collect::<Result<Vec<_>, _>>();
    Ok(packets.map_err(ExperimentError::from)?)
}

/// Answers, by part.
pub(super) fn answers<const N: usize>(all: [(&str, String); N]) -> Answers {
    Answers(all.map(|(part, answer)| (part.to_owned(), answer)).into())
}

/// The brief, its line breaks taken for spaces.
pub(super) fn brief(files: &Files) -> Result<String, LabError> {
    let words = text(files, crate::lab::handout::BRIEF)?.split_whitespace();
    Ok(words.collect::<Vec<_>>().join(" "))
}

/// The text between two others, in the brief.
pub(super) fn between(files: &Files, before: &str, after: &str) -> Result<String, LabError> {
    let brief = brief(files)?;
    let found = brief
        .split_once(before)
        .and_then(|(_, rest)| Some(rest.split_once(after)?.0));
    found
        .map(str::to_owned)
        .ok_or(LabError::Unsolved("the brief does not say"))
}

/// A list for people to read: `a, b and c`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The time of day in hours and minutes, UTC.
pub(super) fn hours_and_minutes(time: Duration) -> String {
    let minutes = time.as_secs() / 60 % 1440;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
