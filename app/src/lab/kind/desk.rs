//! `desk`: an intercept desk's log, the warrants that were issued, the readings of the counter
//! on its engine, and a tape. Somebody used the engine without the desk, and the number of uses
//! tells whose messages were opened.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{Answers, Exercise, LabError, Variant, draw::Draw};
use crate::text::time_of_day;
use doormat::attack::{Attacker, DeskInsider};
use doormat::crypto::SigningKey;
use doormat::escrow::{
    EscrowPrivateKey,
    desk::{Desk, Engine, Period, Terms, Warrant, WarrantOutcome, Witness},
};
use doormat::experiment::{ExperimentError, Network, network::START};
use doormat::mode::Escrow;
use doormat::protocol::{Envelope, Name, ScheduleId, wire};
use doormat::tape::Packet;

/// The kind `desk`.
pub struct DeskExercise;

const TAPE: &str = "tape.pcapng";
const LOG: &str = "log.txt";
const WITNESS: &str = "witness.txt";
const WARRANTS: &str = "warrants.txt";

const PEOPLE: usize = 5;
const MESSAGES: u64 = 36;
/// The length of the recorded day, in seconds.
const DAY: u64 = 6 * 3600;
/// How often the counter is read.
const READINGS: u64 = 5;

impl ExerciseKind for DeskExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("desk");
        let key = EscrowPrivateKey::generate(&mut variant.generator("authority"));
        let people = toolkit::people(exercise, &mut draw, PEOPLE)?;
        let mode = Escrow(vec![*key.public()]);
        let readings: Vec<Duration> = (1..=READINGS)
            .map(|it| START + Duration::from_secs(DAY * it / READINGS + draw.number(60, 1500)))
            .collect();
        // The day is drawn again if nobody's number of session keys is unique.
        let mut day = None;
        for _ in 0..50 {
            let tape = record_day(exercise, variant, &people, &mode, &mut draw)?;
            let packets = toolkit::packets(&tape)?;
            if let Some((reading, target)) = unique_target(&packets, &people, &readings, &mut draw)
            {
                day = Some((tape, packets, reading, target));
                break;
            }
        }
        let (tape, packets, reading, target) =
            day.ok_or(LabError::Unsolved("nobody's count is their own"))?;

        let approver = SigningKey::generate(&mut variant.generator("approver"));
        let authority = key.public().id();
        let witness = Witness::new();
        let mut desk = Desk::new(Engine::new(key, witness.clone()), approver.verifying_key());
        let (mut counts, mut warrants) = (
            String::from("time      count\n"),
            String::from("number  target        from      until     digest\n"),
        );
        let mut unlogged = 0;
        for (number, time) in readings.iter().enumerate() {
            // A warrant is served before each reading but one.
            if number != 1 {
                let allowed =
                    (number + 1 + people.iter().position(|it| *it == target).unwrap_or(0)) % PEOPLE;
                let name = people.get(allowed).map_or("", String::as_str);
                let terms = Terms {
                    // Consecutive: a gap would be taken for a clue.
                    number: u64::try_from(warrants.lines().count()).unwrap_or(0) + 100,
                    authority,
                    target: Name::new(name).map_err(ExperimentError::from)?,
                    period: Period {
                        from: START,
                        until: *time - Duration::from_secs(draw.number(300, 1800)),
                    },
                };
                let warrant = Warrant::sign(terms, &approver);
                warrants += &format!(
                    "{:<7} {:<13} {}  {}  {}\n",
                    warrant.terms.number,
                    name,
                    time_of_day(warrant.terms.period.from),
                    time_of_day(warrant.terms.period.until),
                    hex::encode(warrant.digest().as_bytes()),
                );
                let recorded = before(&packets, *time);
                let recording = recorded.iter().map(|(time, it)| (*time, it));
                let service = *time - Duration::from_secs(draw.number(20, 50));
                let _keys = desk
                    .serve(&warrant, recording, service)
                    .map_err(|_| ExperimentError::NoLoot)?;
            }
            if number == reading {
                let uses = witness.uses();
                let target = Name::new(&target).map_err(ExperimentError::from)?;
                let mut insider = DeskInsider::new(desk.bypass(), vec![target]);
                for (_, envelope) in before(&packets, *time) {
                    insider.examine(&envelope);
                }
                unlogged = witness.uses() - uses;
            }
            counts += &format!("{}  {}\n", time_of_day(*time), witness.uses());
        }
        let mut material = Material::default();
        material.answer("uses", unlogged.to_string());
        let when = readings.get(reading).copied();
        let when = when.ok_or(LabError::Unsolved("there is no such reading"))?;
        material.answer("when", toolkit::hours_and_minutes(when));
        material.answer("target", target.as_str());
        material.answer("engine", authority.to_string());
        for person in people.iter().filter(|it| **it != target) {
            material.decoy(
                "target",
                person.as_str(),
                "Count the session keys on that person's line up to then.",
            );
        }
        material.decoy(
            "uses",
            witness.uses().to_string(),
            "Most of these are in the log.",
        );
        material.fact("people", toolkit::list(&people));
        material.file(TAPE, tape);
        material.file(LOG, log(&desk));
        material.file(WITNESS, counts);
        material.file(WARRANTS, warrants);
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let packets = toolkit::packets(files.bytes(TAPE)?)?;
        let logged: Vec<(String, u64)> = rows(files.text(LOG)?)
            .filter_map(|row| Some(((*row.first()?).to_owned(), row.get(4)?.parse().ok()?)))
            .collect();
        let engine = toolkit::envelopes(&packets)
            .find_map(|it| Some(it.header.access.iter().next()?.authority.to_string()))
            .ok_or(LabError::Unsolved("there is no access field"))?;
        let mut unlogged_before = 0;
        for row in rows(files.text(WITNESS)?) {
            let [time, count] = row.as_slice() else {
                continue;
            };
            let count: u64 = count
                .parse()
                .map_err(|_| LabError::NoFile(WITNESS.into()))?;
            let served = logged
                .iter()
                .filter(|(service, _)| service.as_str() <= *time);
            let logged_uses: u64 = served.map(|(_, used)| used).sum();
            let unlogged = count.saturating_sub(logged_uses);
            if unlogged > unlogged_before {
                let by_then = |it: &&Packet| time_of_day(it.time).as_str() <= *time;
                let so_far: Vec<Packet> = packets.iter().filter(by_then).cloned().collect();
                let counts = session_keys(&so_far, Duration::MAX);
                let target = counts.iter().find(|(_, keys)| **keys == unlogged);
                let target = target.ok_or(LabError::Unsolved("nobody has so many keys"))?;
                return Ok(toolkit::answers([
                    ("uses", unlogged.to_string()),
                    ("when", time.get(..5).unwrap_or_default().to_owned()),
                    ("target", target.0.clone()),
                    ("engine", engine),
                ]));
            }
            unlogged_before = unlogged;
        }
        Err(LabError::Unsolved("every use is in the log"))
    }
}

/// A day of these people's messages in the escrow mode.
fn record_day(
    exercise: &Exercise,
    variant: &Variant,
    people: &[String],
    mode: &Escrow,
    draw: &mut Draw,
) -> Result<Vec<u8>, LabError> {
    let small_talk = SmallTalk::of(exercise)?;
    let mut scene = Network::new(ScheduleId::Ratchet, START, variant.generator("people"))?;
    for person in people {
        scene.join(person)?;
    }
    for _ in 0..MESSAGES {
        // The first in the list write more than the last.
        let from = draw.index(PEOPLE).min(draw.index(PEOPLE));
        let to = (from + 1 + draw.index(PEOPLE - 1)) % PEOPLE;
        let text = small_talk.sentence(draw);
        scene.wait(Duration::from_secs(DAY / MESSAGES + draw.number(0, 60)));
        let name = |place: usize| people.get(place).map_or("", String::as_str);
        scene.say(name(from), name(to), text, mode)?;
    }
    Ok(scene.finish()?)
}

/// A reading of the counter, and a person whose number of session keys by then is nobody
/// else's.
fn unique_target(
    packets: &[Packet],
    people: &[String],
    readings: &[Duration],
    draw: &mut Draw,
) -> Option<(usize, String)> {
    let mut all = Vec::new();
    for (number, time) in readings.iter().enumerate().skip(1) {
        let counts = session_keys(packets, *time);
        for person in people {
            let Some(count) = counts.get(person) else {
                continue;
            };
            let same = counts.values().filter(|it| *it == count).count();
            if same == 1 {
                all.push((number, person.clone()));
            }
        }
    }
    let place = draw.index(all.len());
    all.into_iter().nth(place)
}

/// How many session keys were used in each person's messages before a moment.
fn session_keys(packets: &[Packet], end: Duration) -> BTreeMap<String, u64> {
    let mut seen = BTreeSet::new();
    let mut counts = BTreeMap::new();
    for (_, envelope) in before(packets, end) {
        let header = &envelope.header;
        if seen.insert(wire::encode(&header.access_context())) {
            for name in [&header.sender, &header.recipient] {
                *counts.entry(name.to_string()).or_insert(0) += 1;
            }
        }
    }
    counts
}

/// The envelopes before a moment.
fn before(packets: &[Packet], end: Duration) -> Vec<(Duration, Envelope<'_>)> {
    packets
        .iter()
        .filter(|it| it.time < end)
        .filter_map(|it| Some((it.time, Envelope::decode(&it.payload).ok()?)))
        .collect()
}

/// The desk's log as it is printed.
fn log(desk: &Desk) -> String {
    let mut out =
        String::from("served    target        from      until     used  returned  warrant\n");
    for line in desk.log().records() {
        let entry = &line.entry;
        let (used, returned) = match entry.outcome {
            WarrantOutcome::Served { used, returned } => (used, returned),
            WarrantOutcome::Refused(_) => (0, 0),
        };
        out += &format!(
            "{}  {:<13} {}  {}  {used:<5} {returned:<9} {}\n",
            time_of_day(entry.service),
            entry.target.as_str(),
            time_of_day(entry.period.from),
            time_of_day(entry.period.until),
            hex::encode(entry.warrant.as_bytes()),
        );
    }
    out
}

/// A table's rows, without its heading.
fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect())
}
