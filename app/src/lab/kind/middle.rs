//! `middle`: a relay that substitutes the keys of a first contact, between two people out of
//! four. What each device shows of its contacts is handed out, and a tape with every key bundle
//! as it was published and as it was delivered.

use std::collections::BTreeMap;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{Answers, Exercise, LabError, Variant};
use doormat::experiment::{ExperimentError, LyingRelay, Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::{
    Device, Identity, KeyBundle, Name, SafetyNumber, ScheduleId, identity::Fingerprint,
};

/// The kind `middle`.
pub struct MiddleExercise;

const TAPE: &str = "tape.pcapng";
const SUFFIX: &str = ".device.txt";
const PEOPLE: usize = 4;

/// Who writes to whom first; everybody has at least two contacts.
const CONTACTS: [(usize, usize); 5] = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)];

impl ExerciseKind for MiddleExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("middle");
        let people = toolkit::people(exercise, &mut draw, PEOPLE)?;
        let small_talk = SmallTalk::of(exercise)?;
        let name = |place: usize| people.get(place).cloned().unwrap_or_default();
        let (asker, owner) = CONTACTS
            .get(draw.index(CONTACTS.len()))
            .map(|(asker, owner)| (name(*asker), name(*owner)))
            .unwrap_or_default();
        let relay = LyingRelay::new(
            Box::new(EndToEnd),
            ScheduleId::Ratchet,
            variant.generator("relay"),
        );
        let relay = relay.between([asker.clone(), owner.clone()]);
        let rng = variant.generator("people");
        let mut scene = Network::tapped(relay, ScheduleId::Ratchet, START, rng)?;
        for person in &people {
            scene.join(person)?;
        }
        let mut contacts = CONTACTS;
        draw.shuffle(&mut contacts);
        for (first, second) in contacts {
            for back in [false, true, false] {
                let (from, to) = if back {
                    (second, first)
                } else {
                    (first, second)
                };
                let text = small_talk.sentence(&mut draw);
                scene.wait(toolkit::typing_time(text, &mut draw));
                scene.say(&name(from), &name(to), text, &EndToEnd)?;
            }
        }
        let mut material = Material::default();
        let mut halves = SafetyNumberHalves::default();
        for person in &people {
            let others = people.iter().filter(|it| *it != person);
            let view = contact_view(scene.device(person)?, others, &mut halves)?;
            material.file(&format!("{person}{SUFFIX}"), view);
        }
        let of_the_owner = scene
            .device(&asker)?
            .contact(&Name::new(&owner).map_err(ExperimentError::from)?);
        let key = of_the_owner.map(|it| hex::encode(it.agreement.as_bytes()));
        let key = key.ok_or(LabError::Unsolved("there is no such contact"))?;
        material.answer("key", key);
        let genuine = scene.device(&owner)?.identity().agreement;
        let note = "That key is really theirs.";
        material.decoy("key", hex::encode(genuine.as_bytes()), note);
        material.answer("asker", asker.as_str());
        material.answer("owner", owner.as_str());
        material.decoy("asker", owner.as_str(), "It is the other way round.");
        material.decoy("owner", asker, "It is the other way round.");
        material.file(TAPE, scene.finish()?);
        material.fact("people", toolkit::list(&people));
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let packets = toolkit::packets(files.bytes(TAPE)?)?;
        // The first bundle with a name comes from its owner, who publishes it.
        let mut published = BTreeMap::new();
        let mut hosts = BTreeMap::new();
        for packet in &packets {
            let Ok(bundle) = KeyBundle::decode(&packet.payload) else {
                continue;
            };
            let owner = bundle.owner.to_string();
            hosts.entry(packet.source).or_insert(owner.clone());
            let known = *published
                .entry(owner.clone())
                .or_insert(bundle.identity.agreement);
            if known != bundle.identity.agreement {
                let asker = hosts.get(&packet.destination).cloned();
                let asker = asker.ok_or(LabError::Unsolved("nobody of that address publishes"))?;
                return Ok(toolkit::answers([
                    ("key", hex::encode(bundle.identity.agreement.as_bytes())),
                    ("asker", asker),
                    ("owner", owner),
                ]));
            }
        }
        Err(LabError::Unsolved("every bundle is its owner's"))
    }
}

/// Halves of safety numbers, each computed once.
#[derive(Default)]
struct SafetyNumberHalves(BTreeMap<(Name, [u8; 32]), Fingerprint>);

impl SafetyNumberHalves {
    fn of(&mut self, name: &Name, identity: &Identity) -> Fingerprint {
        let key = (name.clone(), *identity.agreement.as_bytes());
        let half = self.0.entry(key);
        half.or_insert_with(|| Fingerprint::of(name, identity))
            .clone()
    }
}

/// What a device shows of itself and of its contacts.
fn contact_view<'a>(
    device: &Device,
    others: impl Iterator<Item = &'a String>,
    halves: &mut SafetyNumberHalves,
) -> Result<String, LabError> {
    let mut out = format!(
        "{}'s device\n  its own identity key   {}\n",
        device.name(),
        hex::encode(device.identity().agreement.as_bytes())
    );
    let own = halves.of(device.name(), device.identity());
    for other in others {
        let name = Name::new(other).map_err(ExperimentError::from)?;
        if let Some(identity) = device.contact(&name) {
            let number = SafetyNumber::of(&own, &halves.of(&name, identity));
            out += &format!(
                "\ncontact {name}\n  identity key           {}\n  safety number          {number}\n",
                hex::encode(identity.agreement.as_bytes())
            );
        }
    }
    Ok(out)
}
