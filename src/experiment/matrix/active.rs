//! Attacks that take part: each carries a conversation of its own.

use super::{Outcome, Setting, alarm::Signs, lying_relay::LyingRelay, row::AttackId};
use crate::attack::{Exposure, Forger, Ghost, KeyRing, NestedDecryptor};
use crate::experiment::{
    custodian::Custodian,
    design::Design,
    evaluation::Evaluation,
    seed,
    talk::{ExperimentError, Talk},
};
use crate::mode::EndToEnd;
use crate::protocol::{ModeId, OpenError, ScheduleId};
use crate::transport::{Memory, Tap, TransportError};

/// Runs an attack in which somebody on the way, or at an end, does something.
pub(super) fn run(
    row: AttackId,
    design: Design,
    setting: &Setting<'_>,
) -> Result<Outcome, ExperimentError> {
    match row {
        AttackId::KeySubstitution => key_substitution(design, setting),
        AttackId::GhostDevice => ghost_device(design, setting),
        AttackId::ForgedAccess => forged_access(design, setting),
        _ => double_encryption(design, setting),
    }
}

/// The relay stands in the middle from the first contact on.
fn key_substitution(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut rng = setting.generator(design, AttackId::KeySubstitution);
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    let mallory = seed::generator(setting.seed, "mallory");
    let relay = LyingRelay::new(custodian.mode(), design.schedule, mallory);
    let mut talk = Talk::begin(
        setting.conversation.first(),
        relay,
        design.mode,
        design.schedule,
        &mut rng,
    )?;
    for (number, line) in (0..).zip(setting.conversation.lines()) {
        custodian.turn_to(number, setting.conversation.lines().len());
        let mode = custodian.mode();
        talk.wire.mode = custodian.mode();
        talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
        talk.deliver(line, mode.as_ref())?;
    }
    let safety = talk.safety_numbers();
    Ok(Outcome {
        read: compare(&talk.wire.exposures, setting)?,
        metadata: talk.wire.exposures.len(),
        noticed_by: Signs::of(&safety).noticed_by(),
        ..Outcome::default()
    })
}

/// The relay adds a device to each side's list when the theft takes place.
fn ghost_device(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut rng = setting.generator(design, AttackId::GhostDevice);
    let mut eve = seed::generator(setting.seed, "mallory");
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    let mut talk = Talk::begin(
        setting.conversation.first(),
        Memory::default(),
        design.mode,
        design.schedule,
        &mut rng,
    )?;
    let owners = [&talk.alice, &talk.bob].map(|owner| owner.device.name().clone());
    let mut ghosts = Vec::new();
    let mut exposures = Vec::new();
    for (number, line) in (0..).zip(setting.conversation.lines()) {
        custodian.turn_to(number, setting.conversation.lines().len());
        let mode = custodian.mode();
        if number == setting.theft_at {
            for owner in &owners {
                let ghost = Ghost::new(owner, &mut eve)?;
                let (_, writer, _) = talk.ends(owner.as_str());
                let (mode, schedule) = (design.mode, design.schedule);
                writer
                    .device
                    .begin(&ghost.bundle(), mode, schedule, &mut rng)?;
                ghosts.push((owner.clone(), ghost));
            }
        }
        talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
        talk.deliver(line, mode.as_ref())?;
        let copy_for = ghosts
            .iter_mut()
            .find(|(owner, _)| owner.as_str() != line.sender);
        exposures.push(match copy_for {
            Some((_, ghost)) => {
                let (from, ..) = talk.ends(line.sender);
                let text = line.text.as_bytes();
                let copy = from
                    .device
                    .seal(ghost.name(), text, mode.as_ref(), &mut rng)?;
                ghost.examine(&copy, mode.as_ref())
            }
            None => Exposure::MetadataOnly,
        });
    }
    let safety = talk.safety_numbers();
    Ok(Outcome {
        read: compare(&exposures, setting)?,
        metadata: exposures.len(),
        noticed_by: Signs::of(&safety).noticed_by(),
        ..Outcome::default()
    })
}

/// Both forge the fields of what they send, and neither tells the other; their
/// receivers check as they were built to. Once a receiver has refused one, they give
/// up and are honest. What is read is what the authority reads.
fn forged_access(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut rng = setting.generator(design, AttackId::ForgedAccess);
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
    let mut talk = Talk::begin(
        setting.conversation.first(),
        wire,
        design.mode,
        design.schedule,
        &mut rng,
    )?;
    let mut forgery = Forgery::default();
    let mut sent = Vec::new();
    for (number, line) in (0..).zip(setting.conversation.lines()) {
        custodian.turn_to(number, setting.conversation.lines().len());
        let mode = custodian.mode();
        talk.type_in(&line.text);
        if forgery.refused == 0 {
            let purpose = format!("{} forger {number}", design.name);
            let forger = Forger::new(mode.as_ref(), seed::generator(setting.seed, &purpose));
            talk.send(line.sender, line.text.as_bytes(), &forger, &mut rng)?;
            forgery.trials += forger.trials();
            forgery.session_keys += usize::from(forger.trials() > 0);
            sent.push(number);
            match talk.receive(line.sender, mode.as_ref())? {
                Ok(_) => {
                    forgery.accepted += 1;
                    continue;
                }
                Err(OpenError::NotAdmitted(_)) => forgery.refused += 1,
                Err(error) => return Err(error.into()),
            }
            // The refused run is given up: an honest field needs a new session key.
            talk.begin_again(line.sender, design.mode, design.schedule, &mut rng)?;
        }
        talk.send(line.sender, line.text.as_bytes(), mode.as_ref(), &mut rng)?;
        talk.deliver(line, mode.as_ref())?;
        sent.push(number);
    }
    let safety = talk.safety_numbers();
    let signs = Signs {
        refused: forgery.refused,
        ..Signs::of(&safety)
    };
    let noticed_by = signs.noticed_by();
    let tape = talk.wire.finish().map_err(TransportError::from)?;
    let mut authority = KeyRing::new(custodian.drawn().iter().cloned());
    let lines = setting.conversation.lines();
    let texts = sent
        .iter()
        .filter_map(|number| Some(lines.get(*number)?.text.as_str()));
    let evaluation = Evaluation::of(&tape, texts, &mut authority, &|| {})?;
    let mut read = vec![false; lines.len()];
    for (number, _) in sent
        .iter()
        .zip(evaluation.read_flags())
        .filter(|(_, read)| *read)
    {
        if let Some(flag) = read.get_mut(*number) {
            *flag = true;
        }
    }
    Ok(Outcome {
        read,
        metadata: lines.len(),
        noticed_by,
        forgery: Some(forgery),
        ..Outcome::default()
    })
}

/// What became of forged access fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgery {
    /// Fields tried against the receiver's check.
    pub trials: u64,
    /// For how many session keys.
    pub session_keys: usize,
    /// Messages with a forged field that their receiver accepted.
    pub accepted: usize,
    /// Messages with a forged field that their receiver refused.
    pub refused: usize,
}

/// Two rogues: each message is sealed end-to-end between devices of their own, and
/// that envelope is what they say in the escrow mode. What is read is what the
/// authority reads.
fn double_encryption(design: Design, setting: &Setting<'_>) -> Result<Outcome, ExperimentError> {
    let mut rng = setting.generator(design, AttackId::DoubleEncryption);
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    let wire = Tap::new(Memory::default(), Vec::new()).map_err(TransportError::from)?;
    let mut talk = Talk::begin(
        setting.conversation.first(),
        wire,
        design.mode,
        design.schedule,
        &mut rng,
    )?;
    let (within, schedule) = (ModeId::EndToEnd, ScheduleId::Ratchet);
    let mut inner = Talk::begin(
        setting.conversation.first(),
        Memory::default(),
        within,
        schedule,
        &mut rng,
    )?;
    for (number, line) in (0..).zip(setting.conversation.lines()) {
        custodian.turn_to(number, setting.conversation.lines().len());
        let mode = custodian.mode();
        talk.type_in(&line.text);
        let (from, to, _) = inner.ends(line.sender);
        let name = to.device.name();
        let sealed = from
            .device
            .seal(name, line.text.as_bytes(), &EndToEnd, &mut rng)?;
        talk.send(line.sender, &sealed, mode.as_ref(), &mut rng)?;
        let arrived = talk.receive(line.sender, mode.as_ref())??;
        let opened = to.device.open(&arrived, &EndToEnd)?;
        if opened.text.as_slice() != line.text.as_bytes() {
            return Err(ExperimentError::Undelivered);
        }
    }
    let safety = talk.safety_numbers();
    let tape = talk.wire.finish().map_err(TransportError::from)?;
    let keys = custodian.drawn().iter().cloned();
    let mut authority = NestedDecryptor::new(KeyRing::new(keys));
    let evaluation = Evaluation::of(&tape, setting.texts(), &mut authority, &|| {})?;
    Ok(Outcome {
        read: evaluation.read_flags(),
        metadata: evaluation.metadata,
        noticed_by: Signs::of(&safety).noticed_by(),
        nested: Some(authority.nested()),
        ..Outcome::default()
    })
}

/// Which messages were read: compared with what was said.
fn compare(exposures: &[Exposure], setting: &Setting<'_>) -> Result<Vec<bool>, ExperimentError> {
    setting
        .texts()
        .zip(exposures)
        .map(|(text, exposure)| match exposure {
            Exposure::Read(read) if read == text.as_bytes() => Ok(true),
            Exposure::Read(_) => Err(ExperimentError::Misread),
            Exposure::MetadataOnly => Ok(false),
        })
        .collect()
}
