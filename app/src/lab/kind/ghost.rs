//! `ghost`: people with several devices each, and one more device that the relay added: every
//! sender's program sends it a copy, and nobody owns it.

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, SmallTalk},
};
use crate::lab::{Answers, Exercise, LabError, Variant};
use doormat::experiment::{Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::{KeyBundle, ScheduleId};

/// The kind `ghost`.
pub struct GhostExercise;

const TAPE: &str = "tape.pcapng";
const LIST: &str = "devices.txt";

impl ExerciseKind for GhostExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let mut draw = variant.draw("ghost");
        let people = toolkit::people(exercise, &mut draw, 3)?;
        let small_talk = SmallTalk::of(exercise)?;
        let mut devices: Vec<Vec<String>> = people
            .iter()
            .map(|name| {
                let second = (draw.index(2) == 0).then(|| format!("{name}-2"));
                [name.clone()].into_iter().chain(second).collect()
            })
            .collect();
        let mut scene = Network::new(ScheduleId::Ratchet, START, variant.generator("people"))?;
        for device in devices.iter().flatten() {
            scene.join(device)?;
        }
        let mut list =
            String::from("What each of them says are their devices, with identity keys\n");
        for device in devices.iter().flatten() {
            let key = scene.device(device)?.identity().agreement;
            list += &format!("{device:<12} {}\n", hex::encode(key.as_bytes()));
        }
        let victim = draw.index(devices.len());
        let begins = draw.number(6, 12);
        let (mut from_number, mut ghost) = (None, String::new());
        for turn in 0..18 {
            if turn == begins
                && let Some(own) = devices.get_mut(victim)
            {
                let owner = people.get(victim).map_or("", String::as_str);
                ghost = format!("{owner}-{}", own.len() + 1);
                scene.join(&ghost)?;
                own.push(ghost.clone());
            }
            let from = draw.index(people.len());
            let to = (from + 1 + draw.index(people.len() - 1)) % people.len();
            let text = small_talk.sentence(&mut draw);
            scene.wait(toolkit::typing_time(text, &mut draw));
            let sender = people.get(from).map_or("", String::as_str);
            for device in devices.get(to).into_iter().flatten() {
                let number = scene.say(sender, device, text, &EndToEnd)?;
                if *device == ghost && from_number.is_none() {
                    from_number = Some(number);
                }
            }
        }
        // The victim gets at least one message after the ghost has been added.
        let (sender, own) = (people.get((victim + 1) % people.len()), devices.get(victim));
        for device in own.into_iter().flatten() {
            let text = "Is that you?";
            let number = scene.say(sender.map_or("", String::as_str), device, text, &EndToEnd)?;
            if *device == ghost && from_number.is_none() {
                from_number = Some(number);
            }
        }
        let mut material = Material::default();
        let key = scene.device(&ghost)?.identity().agreement;
        material.answer("ghost", ghost.as_str());
        material.answer("key", hex::encode(key.as_bytes()));
        let first = from_number.ok_or(LabError::Unsolved("the ghost gets no message"))?;
        material.answer("first", first.to_string());
        let rightful = devices
            .iter()
            .flatten()
            .filter(|it| it.contains('-') && **it != ghost);
        for device in rightful.chain(people.get(victim)) {
            material.decoy(
                "ghost",
                device.as_str(),
                "Its owner says that it is theirs.",
            );
        }
        material.file(TAPE, scene.finish()?);
        material.file(LIST, list);
        material.fact("people", toolkit::list(&people));
        Ok(material)
    }

    fn solve(&self, _: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let list = files.text(LIST)?;
        let packets = toolkit::packets(files.bytes(TAPE)?)?;
        let bundles = packets
            .iter()
            .filter_map(|it| KeyBundle::decode(&it.payload).ok());
        let ghost = bundles
            .into_iter()
            .find(|it| !list.contains(&hex::encode(it.identity.agreement.as_bytes())))
            .ok_or(LabError::Unsolved("every device is somebody's"))?;
        let first = toolkit::envelopes(&packets).position(|it| it.header.recipient == ghost.owner);
        let first = first.ok_or(LabError::Unsolved("the ghost gets no message"))?;
        Ok(toolkit::answers([
            ("ghost", ghost.owner.to_string()),
            ("key", hex::encode(ghost.identity.agreement.as_bytes())),
            ("first", first.to_string()),
        ]))
    }
}
