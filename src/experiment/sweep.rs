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

use rayon::prelude::*;

use super::{
    ExperimentError,
    attacks::{Attack, Method},
    conversation::Conversation,
    design::Design,
    evidence::Evidence,
    setting::Setting,
};

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
    pub attack: &'static Attack,
    /// For each number of messages before the theft, from none to all: which messages
    /// were read. Or why there is nothing to attack.
    pub read: Result<Vec<Vec<bool>>, &'static str>,
}

/// Runs each of `attacks` at every moment of a conversation under one design, on
/// all cores. `done` is called for each attack when it is through.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn run(
    design: Design,
    attacks: &[&'static Attack],
    conversation: &Conversation,
    seed: u64,
    done: &(dyn Fn() + Sync),
) -> Result<Sweep, ExperimentError> {
    let at = |theft_at| Setting::new(conversation, seed, theft_at);
    let moments = Evidence::gather_every(design, &at(0))?;
    let thefts = attacks.par_iter().map(|attack| {
        let read = match (attack.applies)(&design, conversation) {
            Ok(()) => Ok(at_every_moment(attack, &moments, &at)?),
            Err(why) => Err(why),
        };
        done();
        Ok(Theft { attack, read })
    });
    Ok(Sweep {
        design,
        thefts: thefts.collect::<Result<_, ExperimentError>>()?,
    })
}

fn at_every_moment<'a>(
    attack: &Attack,
    moments: &[Evidence],
    at: &(dyn Fn(usize) -> Setting<'a> + Sync),
) -> Result<Vec<Vec<bool>>, ExperimentError> {
    // For each moment, the first at which there was the same to steal.
    let alike: Vec<usize> = match attack.method {
        Method::Theft { loot, .. } => {
            let loot: Vec<_> = moments.iter().map(loot).collect();
            let first = |it| loot.iter().position(|other| other == it).unwrap_or(0);
            loot.iter().map(first).collect()
        }
        // There is only one moment at which it can begin.
        Method::TakesPart { .. } => vec![0; moments.len()],
    };
    let outcomes = moments.par_iter().zip(&alike).enumerate();
    let played = outcomes.map(|(number, (it, first))| {
        let is_first = number == *first;
        let outcome = is_first.then(|| attack.run(it, &at(it.theft_at)));
        Ok(outcome.transpose()?.map_or_else(Vec::new, |it| it.read))
    });
    let played: Vec<Vec<bool>> = played.collect::<Result<_, ExperimentError>>()?;
    let read = alike.iter().filter_map(|first| played.get(*first).cloned());
    Ok(read.collect())
}
