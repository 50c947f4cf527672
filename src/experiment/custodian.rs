//! Whoever keeps the spare keys of a design while a conversation goes on.

use rand::rngs::ChaCha20Rng;

use super::{
    design::{Check, Custody, Design},
    seed,
    talk::ExperimentError,
};
use crate::escrow::{Epochs, EscrowPrivateKey, Share, combine, split};
use crate::mode::{Clipper, EndToEnd, Escrow};
use crate::protocol::{AuthorityPublic, Mode, ModeId};

/// The far end of a design.
#[derive(Debug)]
pub(super) struct Custodian {
    design: Design,
    rng: ChaCha20Rng,
    keeping: Keeping,
    /// Every private key that there ever was: with each, the authority could open
    /// what was sealed to it while it had it.
    drawn: Vec<EscrowPrivateKey>,
}

#[derive(Debug)]
enum Keeping {
    Whole,
    Split(AuthorityPublic, Vec<Share>),
    Epochs(Option<Epochs>),
}

/// What there is to steal at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Holdings {
    /// Private keys that exist in one piece.
    pub(super) keys: Vec<EscrowPrivateKey>,
    /// Shares of a key that does not.
    pub(super) shares: Vec<Share>,
}

/// The two first designs are the headline's, and so is their authority. The others
/// have keys of their own, so that no column's loot opens another's tape.
fn purpose(design: Design) -> String {
    match design.name {
        "e2e" | "escrow" => "authority".to_owned(),
        name => format!("{name} authority"),
    }
}

impl Holdings {
    /// The key in the moment when it is used: in one piece, put together if need be.
    pub(super) fn key_in_use(&self) -> Option<EscrowPrivateKey> {
        let assembled = || Some(combine(&self.shares).ok()?.key);
        self.keys.first().cloned().or_else(assembled)
    }
}

impl Custodian {
    /// Draws the design's keys from the seed. In the end-to-end mode there is a key
    /// too, and nobody seals anything to it.
    pub(super) fn appoint(design: Design, seed: u64) -> Result<Self, ExperimentError> {
        let mut rng = seed::generator(seed, &purpose(design));
        let mut drawn = Vec::new();
        let keeping = match design.custody {
            Custody::Epochs(_) => {
                let epochs = Epochs::begin(&mut rng);
                drawn.push(epochs.private().clone());
                Keeping::Epochs(Some(epochs))
            }
            Custody::Split { threshold, shares } => {
                let key = EscrowPrivateKey::generate(&mut rng);
                let shares = split(&key, threshold, shares, &mut rng)?;
                let public = *key.public();
                drawn.push(key);
                Keeping::Split(public, shares)
            }
            Custody::Whole | Custody::Desk => {
                let keys = 0..design.authorities.max(1);
                drawn.extend(keys.map(|_| EscrowPrivateKey::generate(&mut rng)));
                Keeping::Whole
            }
        };
        Ok(Self {
            design,
            rng,
            keeping,
            drawn,
        })
    }

    /// The mode that participants are to use now.
    pub(super) fn mode(&self) -> Box<dyn Mode> {
        if self.design.mode == ModeId::EndToEnd {
            return Box::new(EndToEnd);
        }
        let publics = match &self.keeping {
            Keeping::Whole => self.drawn.iter().map(|key| *key.public()).collect(),
            Keeping::Split(public, _) => vec![*public],
            Keeping::Epochs(epochs) => epochs.iter().map(|epochs| *epochs.public()).collect(),
        };
        match self.design.check {
            Check::Recomputed => Box::new(Escrow(publics)),
            Check::Checksum => Box::new(Clipper(Escrow(publics))),
        }
    }

    /// Message `number` of `of` is about to be written. Says whether the mode is
    /// another one from here on: a new epoch begins.
    pub(super) fn turn_to(&mut self, number: usize, of: usize) -> bool {
        let Keeping::Epochs(epochs) = &mut self.keeping else {
            return false;
        };
        let due = self.design.custody.epoch(number, of);
        if epochs.as_ref().is_none_or(|epochs| epochs.number() >= due) {
            return false;
        }
        *epochs = epochs.take().map(|epochs| epochs.advance(&mut self.rng));
        let current = epochs.iter().map(|epochs| epochs.private().clone());
        self.drawn.extend(current);
        true
    }

    /// What there is to steal now.
    pub(super) fn holdings(&self) -> Holdings {
        match &self.keeping {
            Keeping::Whole => Holdings {
                keys: self.drawn.clone(),
                ..Holdings::default()
            },
            Keeping::Split(_, shares) => Holdings {
                shares: shares.clone(),
                ..Holdings::default()
            },
            Keeping::Epochs(_) => Holdings {
                keys: self.drawn.last().cloned().into_iter().collect(),
                ..Holdings::default()
            },
        }
    }

    /// Every private key, each while it was in force: what the authority itself can
    /// open if it opens each message as it passes.
    pub(super) fn drawn(&self) -> &[EscrowPrivateKey] {
        &self.drawn
    }
}
