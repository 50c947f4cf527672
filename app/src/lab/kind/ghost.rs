//! `ghost`: people with several devices each, and one device on the list that is nobody's: the
//! relay added it, and every sender's program sends it a copy.

use super::{Files, Kind, bench};
use crate::lab::{Answers, Exercise, LabError, Variant, handout::Made, library};
use doormat::experiment::{Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::{Envelope, KeyBundle, ScheduleId};

/// The kind.
pub struct Ghost;

const TAPE: &str = "tape.pcapng";
const LIST: &str = "devices.txt";

impl Kind for Ghost {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut draw = variant.draw("ghost");
        let people = bench::people(exercise, &mut draw, 3)?;
        let chatter = library::words(exercise, "chatter")?;
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
            let text = chatter
                .get(draw.index(chatter.len()))
                .cloned()
                .unwrap_or_default();
            scene.wait(bench::typing(&text, &mut draw));
            let sender = people.get(from).map_or("", String::as_str);
            for device in devices.get(to).into_iter().flatten() {
                let number = scene.say(sender, device, &text, &EndToEnd)?;
                if *device == ghost && from_number.is_none() {
                    from_number = Some(number);
                }
            }
        }
        // Somebody writes to the victim at the end in any case.
        let (sender, own) = (people.get((victim + 1) % people.len()), devices.get(victim));
        for device in own.into_iter().flatten() {
            let text = "Is that you?";
            let number = scene.say(sender.map_or("", String::as_str), device, text, &EndToEnd)?;
            if *device == ghost && from_number.is_none() {
                from_number = Some(number);
            }
        }
        let mut made = Made::default();
        let key = scene.device(&ghost)?.identity().agreement;
        made.answer("ghost", ghost.as_str());
        made.answer("key", hex::encode(key.as_bytes()));
        made.answer("first", from_number.unwrap_or(0).to_string());
        let rightful = devices
            .iter()
            .flatten()
            .filter(|it| it.contains('-') && **it != ghost);
        for device in rightful.chain(people.get(victim)) {
            made.decoy(
                "ghost",
                device.as_str(),
                "Its owner says that it is theirs.",
            );
        }
        made.file(TAPE, scene.finish()?);
        made.file(LIST, list);
        made.fact("people", bench::list(&people));
        Ok(made)
    }

    fn solve(&self, _: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let list = bench::text(files, LIST)?;
        let packets = bench::packets(bench::file(files, TAPE)?)?;
        let bundles = packets
            .iter()
            .filter_map(|it| KeyBundle::decode(&it.payload).ok());
        let ghost = bundles
            .into_iter()
            .find(|it| !list.contains(&hex::encode(it.identity.agreement.as_bytes())))
            .ok_or(LabError::Unsolved("every device is somebody's"))?;
        let mut envelopes = packets
            .iter()
            .filter_map(|it| Envelope::decode(&it.payload).ok());
        let first = envelopes.position(|it| it.header.recipient == ghost.owner);
        Ok(bench::answers([
            ("ghost", ghost.owner.to_string()),
            ("key", hex::encode(ghost.identity.agreement.as_bytes())),
            ("first", first.unwrap_or(0).to_string()),
        ]))
    }
}
