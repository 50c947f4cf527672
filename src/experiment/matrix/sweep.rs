//! When was it stolen? The same theft at every place of one conversation.
//!
//! The [matrix](super) has one moment of theft. Here it moves: before the first message,
//! after the first, after the second, and so on to the last. The conversation is carried
//! once for a design, with a copy of all that could be stolen at each of these moments,
//! and the attack is played with each copy. What comes out is what the matrix gives for
//! the same moment; a test compares the two.
//!
//! Where two moments give the very same loot, such as an escrow key that never changes,
//! the second need not be played: the same key on the same tape.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Setting, active, evidence::Evidence, has_room, passive, row::AttackId};
use crate::attack::{Exposure, Ghost};
use crate::experiment::{
    conversation::Conversation, custodian::Custodian, design::Design, seed, talk::ExperimentError,
};
use crate::protocol::{AuthorityId, Device};

/// One design, and every theft at every moment.
#[derive(Debug)]
pub struct Sweep {
    /// The design.
    pub design: Design,
    /// The attacks, in the order that was asked for.
    pub thefts: Vec<Theft>,
}

/// One attack on one design, whenever it takes place.
#[derive(Debug)]
pub struct Theft {
    /// The attack.
    pub row: AttackId,
    /// For each number of messages before the theft, from none to all: which messages
    /// were read. Or why there is nothing to attack.
    pub read: Result<Vec<Vec<bool>>, &'static str>,
}

/// Plays each attack of `rows` at every moment of a conversation under one design, on
/// all cores. `done` is called for each attack when it is through.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn run(
    design: Design,
    rows: &[AttackId],
    conversation: &Conversation,
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Result<Sweep, ExperimentError> {
    let at = |theft_at| Setting {
        conversation,
        seed,
        theft_at,
        clock: None,
        progress: &|| {},
    };
    let moments = Evidence::gather_every(design, &at(0))?;
    let thefts = rows.par_iter().map(|row| {
        let applies = row
            .applies_to(&design)
            .and_then(|()| has_room(conversation, *row));
        let read = match applies {
            Ok(()) => Ok(everywhen(*row, &moments, &at)?),
            Err(why) => Err(why),
        };
        done();
        Ok(Theft { row: *row, read })
    });
    Ok(Sweep {
        design,
        thefts: thefts.collect::<Result<_, ExperimentError>>()?,
    })
}

/// One attack at every moment.
fn everywhen<'a>(
    row: AttackId,
    moments: &[Evidence],
    at: &(dyn Fn(usize) -> Setting<'a> + Sync),
) -> Result<Vec<Vec<bool>>, ExperimentError> {
    if row == AttackId::GhostDevice {
        let haunted = moments.par_iter().map(|it| haunt(it, &at(it.theft_at)));
        return haunted.collect();
    }
    if row.is_from_the_start() {
        // There is only one moment at which it can begin.
        let Some(first) = moments.first() else {
            return Ok(Vec::new());
        };
        let outcome = active::run(row, first.design, &at(first.theft_at))?;
        return Ok(vec![outcome.read; moments.len()]);
    }
    let first_alike: Vec<usize> = moments
        .iter()
        .map(|it| first_with_the_same_loot(row, moments, it))
        .collect();
    let mut to_play = first_alike.clone();
    to_play.dedup();
    let played = to_play.par_iter().filter_map(|at| moments.get(*at));
    let played = played.map(|it| Ok((it.theft_at, passive::run(row, it, &at(it.theft_at))?.read)));
    let played: HashMap<usize, Vec<bool>> = played.collect::<Result<_, ExperimentError>>()?;
    let read = first_alike.iter().filter_map(|at| played.get(at).cloned());
    Ok(read.collect())
}

/// The first moment at which an attack finds the same to steal as at this one.
fn first_with_the_same_loot(row: AttackId, moments: &[Evidence], it: &Evidence) -> usize {
    let keys = |it: &Evidence| -> Vec<AuthorityId> {
        let keys = it.moment.holdings.keys.iter();
        keys.map(|key| key.public().id()).collect()
    };
    match row {
        AttackId::RelayDatabase | AttackId::SeizedDevice => it.theft_at,
        AttackId::Wiretap => 0,
        _ => {
            let mine = keys(it);
            let alike = moments.iter().position(|other| keys(other) == mine);
            alike.unwrap_or(it.theft_at)
        }
    }
}

/// Ghosts are added to both lists of devices at this moment, and the owners' devices,
/// as they are at this moment, seal a copy for them of everything that is said from
/// here on.
fn haunt(evidence: &Evidence, setting: &Setting<'_>) -> Result<Vec<bool>, ExperimentError> {
    let (design, lines) = (evidence.design, setting.conversation.lines());
    let mut read = vec![false; lines.len()];
    if evidence.theft_at == lines.len() {
        return Ok(read);
    }
    let purpose = format!("{} ghost at {}", design.name, evidence.theft_at);
    let mut rng = seed::generator(setting.seed, &purpose);
    let [alice, bob] = &evidence.moment.devices;
    let mut writers = [Device::import(alice)?, Device::import(bob)?];
    // The first writes to the second's ghost, and the second to the first's.
    let mut ghosts = {
        let [alice, bob] = &writers;
        [
            Ghost::new(bob.name(), &mut rng)?,
            Ghost::new(alice.name(), &mut rng)?,
        ]
    };
    for (writer, ghost) in writers.iter_mut().zip(&ghosts) {
        let (mode, schedule) = (design.mode, design.schedule);
        writer.begin(&ghost.bundle(), mode, schedule, &mut rng)?;
    }
    let mut custodian = Custodian::appoint(design, setting.seed)?;
    for ((number, line), read) in (0..).zip(lines).zip(&mut read) {
        custodian.turn_to(number, lines.len());
        let mut pairs = writers.iter_mut().zip(&mut ghosts);
        let pair = pairs.find(|(writer, _)| writer.name().as_str() == line.sender);
        let Some((writer, ghost)) = pair.filter(|_| number >= evidence.theft_at) else {
            continue;
        };
        let (mode, text) = (custodian.mode(), line.text.as_bytes());
        let copy = writer.seal(ghost.name(), text, mode.as_ref(), &mut rng)?;
        *read = match ghost.examine(&copy, mode.as_ref()) {
            Exposure::Read(found) if found == text => true,
            Exposure::Read(_) => return Err(ExperimentError::Misread),
            Exposure::MetadataOnly => false,
        };
    }
    Ok(read)
}
