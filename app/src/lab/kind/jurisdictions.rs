//! `jurisdictions`: three authorities, and each conversation is sealed to two of them. A
//! newspaper prints some messages. Their lengths identify them on the tape, and the tape says
//! which authority could open all of them.

use std::collections::BTreeSet;

use super::{
    material::{BRIEF, ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{Answers, Exercise, LabError, Variant, draw::Draw, library};
use doormat::attack::{Observation, Wiretap};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{Network, network::START};
use doormat::mode::Escrow;
use doormat::protocol::{AuthorityId, ScheduleId};

/// The kind `jurisdictions`.
pub struct JurisdictionsExercise;

const TAPE: &str = "tape.pcapng";
const SUFFIX: &str = ".pub";

/// Conversations, as many as authorities: each is sealed to all but one.
const PAIRS: usize = 3;

/// Messages of each.
const EACH: usize = 6;

impl ExerciseKind for JurisdictionsExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("jurisdictions");
        let countries = library::words(exercise, "country")?;
        let countries = draw.some(PAIRS, &countries);
        let mut rng = variant.generator("authorities");
        let keys = [(); PAIRS].map(|()| EscrowPrivateKey::generate(&mut rng));
        let people = toolkit::people(exercise, &mut draw, 2 * PAIRS)?;
        let small_talk = SmallTalk::of(exercise)?;
        let person = |place: usize| people.get(place).map_or("", String::as_str);
        let mut scene = Network::new(ScheduleId::Ratchet, START, variant.generator("people"))?;
        for name in &people {
            scene.join(name)?;
        }
        let mut order: Vec<usize> = (0..PAIRS * EACH).map(|turn| turn % PAIRS).collect();
        draw.shuffle(&mut order);
        let mut lengths = BTreeSet::new();
        let mut said: Vec<(usize, String)> = Vec::new();
        for pair in order {
            let text = text_of_new_length(&small_talk, &mut lengths, &mut draw);
            let turn = said.iter().filter(|(it, _)| *it == pair).count() % 2;
            let (from, to) = (person(2 * pair + turn), person(2 * pair + 1 - turn));
            let publics = keys.iter().enumerate().filter(|(it, _)| *it != pair);
            let mode = Escrow(publics.map(|(_, key)| *key.public()).collect());
            scene.wait(toolkit::typing_time(&text, &mut draw));
            scene.say(from, to, &text, &mode)?;
            said.push((pair, text));
        }
        let guilty = draw.index(PAIRS);
        let printed = printed(&said, guilty, &mut draw);

        let mut material = Material::default();
        material.file(TAPE, scene.finish()?);
        for (number, (country, key)) in countries.iter().zip(&keys).enumerate() {
            let file = key_file::write_public(key.public());
            let file_name = format!("{country}{SUFFIX}");
            material.file(&file_name, file);
            if number == guilty {
                material.any_of("authority", [country.clone(), file_name.clone()]);
                material.answer("id", key.public().id().to_string());
            } else {
                material.decoy(
                    "authority",
                    country.as_str(),
                    "One of the printed messages is not sealed to it.",
                );
            }
        }
        let quotes = printed.iter().filter_map(|number| said.get(*number));
        let quotes: Vec<String> = quotes.map(|(_, text)| format!("> {text}")).collect();
        material.fact("quotes", quotes.join("\n>\n"));
        material.fact("countries", toolkit::list(&countries));
        let numbers = printed.iter().filter_map(|it| u64::try_from(*it).ok());
        material.answer("messages", toolkit::numbers(&numbers.collect::<Vec<_>>()));
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let brief = files.text(BRIEF)?;
        let quotes = brief.lines().filter_map(|line| line.strip_prefix("> "));
        let tape = files.bytes(TAPE)?;
        let seen = toolkit::observe(tape, &mut Wiretap)?;
        let packets = toolkit::packets(tape)?;
        let sealed_to: Vec<Vec<AuthorityId>> = toolkit::envelopes(&packets)
            .map(|it| it.header.access.iter().map(|it| it.authority).collect())
            .collect();
        let mut numbers = Vec::new();
        for quote in quotes {
            let fits = |it: &&Observation| it.text_bytes == quote.len();
            let found = seen.iter().find(fits);
            let found = found.ok_or(LabError::Unsolved("no message is as long as a quote"))?;
            numbers.push(found.index);
        }
        let could_open = |id: &AuthorityId| {
            numbers.iter().all(|number| {
                let place = usize::try_from(*number).unwrap_or(usize::MAX);
                sealed_to.get(place).is_some_and(|ids| ids.contains(id))
            })
        };
        let (mut guilty, mut id) = (String::new(), String::new());
        for name in files.0.keys().filter(|it| it.ends_with(SUFFIX)) {
            let key = key_file::read_public(files.text(name)?)
                .map_err(|_| LabError::NoFile(name.clone()))?;
            if could_open(&key.id()) {
                guilty += name.trim_end_matches(SUFFIX);
                id += &key.id().to_string();
            }
        }
        Ok(toolkit::answers([
            ("messages", toolkit::numbers(&numbers)),
            ("authority", guilty),
            ("id", id),
        ]))
    }
}

/// Two sentences that together have a length that no other message has.
fn text_of_new_length(
    small_talk: &SmallTalk,
    lengths: &mut BTreeSet<usize>,
    draw: &mut Draw,
) -> String {
    let mut text = String::new();
    for _ in 0..1000 {
        let (first, second) = (small_talk.sentence(draw), small_talk.sentence(draw));
        text = format!("{first} {second}");
        if lengths.insert(text.len()) {
            break;
        }
    }
    text
}

/// Three messages, all of which the guilty authority and no other could open: two of one
/// conversation that is sealed to it, one of the other.
fn printed(said: &[(usize, String)], guilty: usize, draw: &mut Draw) -> Vec<usize> {
    let mut pairs: Vec<usize> = (0..PAIRS).filter(|pair| *pair != guilty).collect();
    draw.shuffle(&mut pairs);
    let mut printed = Vec::new();
    for (pair, count) in pairs.into_iter().zip([2, 1]) {
        let mut of_it: Vec<usize> = (0..said.len())
            .filter(|number| said.get(*number).is_some_and(|(it, _)| *it == pair))
            .collect();
        draw.shuffle(&mut of_it);
        printed.extend(of_it.into_iter().take(count));
    }
    printed.sort_unstable();
    printed
}
