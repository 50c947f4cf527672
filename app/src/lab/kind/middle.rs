//! `middle`: a relay that lies on first contact, to two people out of four. What each device
//! sees of the others is handed out, and the tape with every key bundle that was published
//! and that was handed over.

use std::{collections::BTreeMap, io, time::Duration};

use rand::rngs::ChaCha20Rng;

use super::{Files, Kind, bench};
use crate::lab::{Answers, Exercise, LabError, Variant, draw::Draw, handout::Made, library};
use doormat::attack::Impostor;
use doormat::experiment::{ExperimentError, Network, network::START};
use doormat::mode::EndToEnd;
use doormat::protocol::{
    Device, Identity, KeyBundle, Mode, Name, SafetyNumber, ScheduleId, identity::Fingerprint,
};
use doormat::transport::{Address, Memory, Transport, TransportError};

/// The kind.
pub struct Middle;

const TAPE: &str = "tape.pcapng";
const SUFFIX: &str = ".device.txt";
const PEOPLE: usize = 4;

/// Who writes to whom first; everybody knows two others at least.
const CONTACTS: [(usize, usize); 5] = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)];

/// A relay that is honest to all but two.
struct Liar {
    honest: Memory,
    impostor: Impostor,
    rng: ChaCha20Rng,
    /// Who asks, and for whose bundle.
    victims: (String, String),
}

impl Transport for Liar {
    fn publish(
        &mut self,
        now: Duration,
        owner: &Address,
        bundles: Vec<Vec<u8>>,
    ) -> Result<(), TransportError> {
        self.honest.publish(now, owner, bundles)
    }

    fn fetch(
        &mut self,
        now: Duration,
        asker: &Address,
        owner: &Address,
    ) -> Result<Vec<u8>, TransportError> {
        let genuine = self.honest.fetch(now, asker, owner)?;
        if (&asker.name, &owner.name) != (&self.victims.0, &self.victims.1) {
            return Ok(genuine);
        }
        let genuine = KeyBundle::decode(&genuine).map_err(io::Error::other)?;
        let asker = Name::new(&asker.name).map_err(io::Error::other)?;
        let mode: &dyn Mode = &EndToEnd;
        let in_use = (mode, ScheduleId::Ratchet);
        let bundle = self
            .impostor
            .substitute(&asker, &genuine, in_use, &mut self.rng)
            .map_err(io::Error::other)?;
        Ok(bundle.encode())
    }

    fn send(
        &mut self,
        now: Duration,
        from: &Address,
        to: &Address,
        envelope: Vec<u8>,
    ) -> Result<(), TransportError> {
        let (one, other) = (&self.victims.0, &self.victims.1);
        let pair = [&from.name, &to.name];
        if pair != [one, other] && pair != [other, one] {
            return self.honest.send(now, from, to, envelope);
        }
        let (_, again) = self
            .impostor
            .pass(&envelope, &EndToEnd, &mut self.rng)
            .map_err(io::Error::other)?;
        self.honest.send(now, from, to, again)
    }

    fn receive(&mut self, owner: &Address) -> Result<Option<Vec<u8>>, TransportError> {
        self.honest.receive(owner)
    }
}

impl Kind for Middle {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Made, LabError> {
        let mut draw = variant.draw("middle");
        let people = bench::people(exercise, &mut draw, PEOPLE)?;
        let chatter = library::words(exercise, "chatter")?;
        let name = |place: usize| people.get(place).cloned().unwrap_or_default();
        let (asker, owner) = CONTACTS
            .get(draw.index(CONTACTS.len()))
            .map(|(asker, owner)| (name(*asker), name(*owner)))
            .unwrap_or_default();
        let relay = Liar {
            honest: Memory::default(),
            impostor: Impostor::default(),
            rng: variant.generator("relay"),
            victims: (asker.clone(), owner.clone()),
        };
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
                let text = say(&chatter, &mut draw);
                scene.wait(bench::typing(&text, &mut draw));
                scene.say(&name(from), &name(to), &text, &EndToEnd)?;
            }
        }
        let mut made = Made::default();
        let mut halves = Halves::default();
        for person in &people {
            let others = people.iter().filter(|it| *it != person);
            let view = view(scene.device(person)?, others, &mut halves)?;
            made.file(&format!("{person}{SUFFIX}"), view);
        }
        let of_the_owner = scene
            .device(&asker)?
            .contact(&Name::new(&owner).map_err(ExperimentError::from)?);
        let key = of_the_owner.map(|it| hex::encode(it.agreement.as_bytes()));
        made.answer("key", key.unwrap_or_default());
        let genuine = scene.device(&owner)?.identity().agreement;
        let note = "That key is really theirs.";
        made.decoy("key", hex::encode(genuine.as_bytes()), note);
        made.answer("asker", asker.as_str());
        made.answer("owner", owner.as_str());
        made.decoy("asker", owner.as_str(), "It is the other way round.");
        made.decoy("owner", asker, "It is the other way round.");
        made.file(TAPE, scene.finish()?);
        made.fact("people", bench::list(&people));
        Ok(made)
    }

    fn solve(&self, _: &Exercise, files: &Files) -> Result<Answers, LabError> {
        let packets = bench::packets(bench::file(files, TAPE)?)?;
        // Whoever publishes is the first to send a bundle with that name.
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
                return Ok(bench::answers([
                    ("key", hex::encode(bundle.identity.agreement.as_bytes())),
                    ("asker", asker.unwrap_or_default()),
                    ("owner", owner),
                ]));
            }
        }
        Err(LabError::Unsolved("every bundle is its owner's"))
    }
}

/// Halves of safety numbers, each computed once.
#[derive(Default)]
struct Halves(BTreeMap<(Name, [u8; 32]), Fingerprint>);

impl Halves {
    fn of(&mut self, name: &Name, identity: &Identity) -> Fingerprint {
        let key = (name.clone(), *identity.agreement.as_bytes());
        let half = self.0.entry(key);
        half.or_insert_with(|| Fingerprint::of(name, identity))
            .clone()
    }
}

/// What a device shows of itself and of those that it knows.
fn view<'a>(
    device: &Device,
    others: impl Iterator<Item = &'a String>,
    halves: &mut Halves,
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

fn say(chatter: &[String], draw: &mut Draw) -> String {
    let place = draw.index(chatter.len());
    chatter.get(place).cloned().unwrap_or_default()
}
