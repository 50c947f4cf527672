//! `versions`: three conversations between people with products of one maker. Most have one
//! that gives nothing away; one has a version that gives away what it sends, one a version that
//! gives away what it receives too. The access fields show who, and the authority's key shows
//! what falls.

use std::collections::BTreeMap;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{
    Answers, Exercise, LabError, Variant,
    dialogue::{self, Dialogue},
    draw::Draw,
};
use doormat::attack::{Attacker, EscrowLeak, OneProduct};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{ExperimentError, Network, network::START};
use doormat::mode::TwoProducts;
use doormat::protocol::{Name, ScheduleId};

/// The kind `versions`.
pub struct VersionsExercise;

const TAPE: &str = "tape.pcapng";
const KEY: &str = "authority.key";

/// Two people, and what they write: `false` is the first of them.
struct Pair {
    names: [String; 2],
    mode: TwoProducts,
    lines: Vec<(bool, String)>,
}

impl ExerciseKind for VersionsExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("versions");
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let people = toolkit::people(exercise, &mut draw, 6)?;
        let [a, b, c, d, e, f] = people.as_slice() else {
            return Err(exercise.wrong("words/names.txt", "there are too few names in it"));
        };
        let mode = |special: &str| {
            let special = Name::new(special).map_err(ExperimentError::from)?;
            Ok::<_, LabError>(TwoProducts::new(special, vec![*key.public()]))
        };
        let told = Dialogue::compose(exercise, [a, b], &mut draw)?;
        let mut pairs = [
            // The first gives nothing away, and the second both.
            Pair {
                names: [a.clone(), b.clone()],
                mode: mode(b)?.disclosing_both(),
                lines: told.lines.clone(),
            },
            Pair {
                names: [c.clone(), d.clone()],
                mode: mode(d)?,
                lines: small_talk(exercise, &mut draw)?,
            },
            // The version that one of them would need is somebody else's.
            Pair {
                names: [e.clone(), f.clone()],
                mode: mode(b)?,
                lines: small_talk(exercise, &mut draw)?,
            },
        ];
        draw.shuffle(&mut pairs);
        let tape = carry(&pairs, variant, &mut draw)?;
        let mut material = Material::default();
        material.answer("both", b.as_str());
        material.answer("sends", d.as_str());
        let note = "Nothing rides on what this one sends.";
        for (part, other) in [("both", a), ("sends", c)] {
            material.decoy(part, other.as_str(), note);
        }
        material.decoy(
            "both",
            d.as_str(),
            "Count the access fields of each envelope.",
        );
        material.decoy("sends", b.as_str(), "That one gives away more.");
        let falls = count_read(
            &tape,
            &mut OneProduct::over(&tape, &key).map_err(ExperimentError::from)?,
        )?;
        material.answer("falls", falls.to_string());
        let own = count_read(&tape, &mut EscrowLeak::new(key.clone()))?;
        let note = "So many fall to the access fields of the messages themselves. Some envelopes carry more \
                    than one.";
        material.decoy("falls", own.to_string(), note);
        let all: usize = pairs.iter().map(|pair| pair.lines.len()).sum();
        material.decoy("falls", all.to_string(), "That is every message.");
        material.ask_about(exercise, &told);
        material.file(TAPE, tape);
        material.file(KEY, key_file::write_private(&key).as_bytes());
        for (fact, name) in [("both", b), ("peer", a), ("sends", d), ("other", c)] {
            material.fact(fact, name.as_str());
        }
        material.fact("falls", falls.to_string());
        material.fact("own", own.to_string());
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let tape = files.bytes(TAPE)?;
        let packets = toolkit::packets(tape)?;
        let mut most: BTreeMap<String, usize> = BTreeMap::new();
        for envelope in toolkit::envelopes(&packets) {
            let sender = envelope.header.sender.to_string();
            let fields = most.entry(sender).or_default();
            *fields = envelope.header.access.iter().count().max(*fields);
        }
        let with = |fits: fn(usize) -> bool| {
            let mut found = most.iter().filter(|(_, fields)| fits(**fields));
            let name = found.next().map(|(name, _)| name.clone());
            name.ok_or(LabError::Unsolved("nobody gives that away"))
        };
        let key = files.escrow_key(KEY)?;
        let mut eve = OneProduct::over(tape, &key).map_err(ExperimentError::from)?;
        let seen = toolkit::observe(tape, &mut eve)?;
        let texts = toolkit::texts(&seen);
        let mut answers = toolkit::answers([
            ("both", with(|fields| fields > 1)?),
            ("sends", with(|fields| fields == 1)?),
            ("falls", texts.len().to_string()),
        ]);
        let said = dialogue::match_any(exercise, &texts);
        answers.0.extend(said);
        Ok(answers)
    }
}

/// Carries the three conversations at the same time.
fn carry(pairs: &[Pair; 3], variant: &Variant, draw: &mut Draw) -> Result<Vec<u8>, LabError> {
    let mut scene = Network::new(ScheduleId::Ratchet, START, variant.generator("people"))?;
    let mut everybody: Vec<&String> = pairs.iter().flat_map(|pair| &pair.names).collect();
    draw.shuffle(&mut everybody);
    for name in everybody {
        scene.join(name)?;
    }
    let mut order: Vec<usize> = Vec::new();
    for (number, pair) in pairs.iter().enumerate() {
        order.extend(pair.lines.iter().map(|_| number));
    }
    draw.shuffle(&mut order);
    let mut lines = pairs.each_ref().map(|pair| pair.lines.iter());
    for number in order {
        let (Some(pair), Some(lines)) = (pairs.get(number), lines.get_mut(number)) else {
            continue;
        };
        if let Some((second, text)) = lines.next() {
            let [a, b] = &pair.names;
            let (from, to) = if *second { (b, a) } else { (a, b) };
            scene.wait(toolkit::typing_time(text, draw));
            scene.say(from, to, text, &pair.mode)?;
        }
    }
    Ok(scene.finish()?)
}

/// Some turns of everyday sentences.
fn small_talk(exercise: &Exercise, draw: &mut Draw) -> Result<Vec<(bool, String)>, LabError> {
    let sentences = SmallTalk::of(exercise)?;
    let mut second = draw.index(2) == 0;
    let mut lines = Vec::new();
    for _ in 0..draw.number(5, 8) {
        for _ in 0..draw.number(1, 2) {
            lines.push((second, sentences.sentence(draw).to_owned()));
        }
        second = !second;
    }
    Ok(lines)
}

fn count_read(tape: &[u8], eve: &mut dyn Attacker) -> Result<usize, LabError> {
    Ok(toolkit::texts(&toolkit::observe(tape, eve)?).len())
}
