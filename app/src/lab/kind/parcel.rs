//! `parcel`: five people with an update each, one of which has an implant in it. The builds as
//! they were shipped are handed out, the hashes of what was published, a tape of each, and the
//! implanter's key.

use ring::digest;
use serde::Deserialize;

use super::{
    material::{ExerciseKind, HandoutFiles, Material},
    toolkit::{self, ConversationSetup, Maker},
};
use crate::lab::{Answers, Exercise, LabError, Variant, dialogue};
use doormat::attack::{Published, implant, implanter_key};
use doormat::crypto::AgreementSecret;
use doormat::experiment::{ExperimentError, build::Build, design::Design, supply};
use doormat::mode::EndToEnd;
use doormat::protocol::ScheduleId;

/// The kind `parcel`.
pub struct ParcelExercise;

const TAPE: &str = ".pcapng";
const BUILD: &str = ".build";
const HASHES: &str = "published.sha256";
const IMPLANTER: &str = "implanter.json";

/// How many clients there are.
const CLIENTS: usize = 5;

/// What a device drew first (spec §9).
#[derive(Deserialize)]
struct DeviceState {
    agreement: AgreementSecret,
}

impl ExerciseKind for ParcelExercise {
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError> {
        let design = |name| Design::named(name).ok_or(LabError::Unsolved("no such design"));
        let (honest, implanted) = (design("e2e")?, design("implanted")?);
        let seed = variant.seed();
        let mut draw = variant.draw("parcel");
        let people = toolkit::people(exercise, &mut draw, 2 * CLIENTS)?;
        let (clients, others) = people.split_at_checked(CLIENTS).unwrap_or_default();
        let chosen = draw.index(clients.len());
        let implanter = supply::implanter(seed);
        let mut material = Material::default();
        let mut hashes = String::new();
        for (number, (client, other)) in clients.iter().zip(others).enumerate() {
            let design = if number == chosen { implanted } else { honest };
            let purpose = format!("parcel {number}");
            let setup = ConversationSetup {
                names: Some([client, other]),
                maker: Maker::OfTheFirst(design, seed),
                ..ConversationSetup::new(&purpose, ScheduleId::Ratchet, &[&EndToEnd])
            };
            let recorded = toolkit::record_conversation(exercise, variant, &setup)?;
            material.file(&format!("{client}{TAPE}"), recorded.tape);
            let build = format!("{client}{BUILD}");
            let version = draw.number(100, 999);
            let first = format!("// The client of {client}, build 7.{version}, all sources\n");
            let text = |implanted| first.clone() + &Build::sources(implanted).concat();
            hashes += &format!("{}  {build}\n", sha256(text(false).as_bytes()));
            material.file(&build, text(number == chosen));
            if number != chosen {
                let note = "What this one got is what was published.";
                material.decoy("client", client.as_str(), note);
                continue;
            }
            material.any_of("client", [client.clone(), build]);
            let [state, _] = recorded.states;
            let DeviceState { agreement } =
                serde_json::from_slice(&state).map_err(ExperimentError::from)?;
            material.answer("key", hex::encode(agreement.as_bytes()));
            let public = hex::encode(agreement.public().as_bytes());
            material.decoy("key", public, "That is its public half.");
            let own = hex::encode(implanter.as_bytes());
            material.decoy("key", own, "That is the implanter's own key.");
            material.ask_about(exercise, &recorded.dialogue);
            material.fact("client", client.as_str());
        }
        material.file(HASHES, hashes);
        let key = implanter_key::write(&implanter).map_err(ExperimentError::from)?;
        material.file(IMPLANTER, key.as_slice());
        material.fact("clients", toolkit::list(clients));
        material.fact("first", clients.first().cloned().unwrap_or_default());
        Ok(material)
    }

    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError> {
        let mut differing = Vec::new();
        let lines = files.text(HASHES)?.lines();
        for (hash, build) in lines.filter_map(|line| line.split_once("  ")) {
            if sha256(files.bytes(build)?) != hash {
                differing.push(build.trim_end_matches(BUILD));
            }
        }
        let [client] = differing.as_slice() else {
            return Err(LabError::Unsolved("not one build differs"));
        };
        let tape = files.bytes(&format!("{client}{TAPE}"))?;
        let implanter = implanter_key::read(files.bytes(IMPLANTER)?)
            .map_err(|_| LabError::NoFile(IMPLANTER.to_owned()))?;
        let published = Published::on(tape).map_err(ExperimentError::from)?;
        let mut loot = implant::read(published, &implanter);
        let identity = loot.identities.first();
        let identity = identity.ok_or(LabError::Unsolved("nothing is hidden"))?;
        let answers = toolkit::answers([
            ("client", (*client).to_owned()),
            ("key", hex::encode(identity.as_bytes())),
        ]);
        let seen = toolkit::observe(tape, &mut loot.reader)?;
        let mut said = dialogue::match_all(exercise, &toolkit::texts(&seen))?;
        said.0.extend(answers.0);
        Ok(said)
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}
