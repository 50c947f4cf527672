//! Whoever keeps the spare keys of a design while a conversation goes on.

use rand::rngs::ChaCha20Rng;

use super::{
    ExperimentError,
    conversation::{Conversation, Line, PARTICIPANTS},
    design::{Check, Custody, Design, Products},
    seed,
};
use crate::escrow::{Epochs, EscrowPrivateKey, Share, combine, split};
use crate::mode::{Clipper, EndToEnd, Escrow, TwoProducts};
use crate::protocol::{AuthorityPublic, Mode, ModeId, Name};

/// The far end of a design.
#[derive(Debug)]
pub(super) struct KeyCustody {
    design: Design,
    /// Who has the special version, where there are two products.
    special: Name,
    rng: ChaCha20Rng,
    state: State,
    /// Every private key that there ever was: with each, the authority could open
    /// what was sealed to it while it had it.
    drawn: Vec<EscrowPrivateKey>,
}

#[derive(Debug)]
enum State {
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

impl Holdings {
    /// The key in the moment when it is used: in one piece, put together if need be.
    ///
    /// # Errors
    /// [`ExperimentError::NoLoot`] if there is none.
    pub(super) fn key_in_use(&self) -> Result<EscrowPrivateKey, ExperimentError> {
        let assembled = || Some(combine(&self.shares).ok()?.key);
        let key = self.keys.first().cloned().or_else(assembled);
        key.ok_or(ExperimentError::NoLoot)
    }
}

/// The two first designs are the headline's, and so is their authority. The others
/// have keys of their own, so that no column's loot opens another's tape.
fn purpose(design: &str) -> String {
    match design {
        "e2e" | "escrow" => "authority".to_owned(),
        name => format!("{name} authority"),
    }
}

impl KeyCustody {
    /// Draws the design's keys from the seed. In the end-to-end mode there is a key
    /// too, and nobody seals anything to it.
    pub(super) fn new(design: Design, seed: u64) -> Result<Self, ExperimentError> {
        let Design {
            name,
            family: _,
            mode: _,
            schedule: _,
            authorities,
            custody,
            check: _,
            keeper: _,
            generator: _,
            since: _,
            registration: _,
            client: _,
            session_ids: _,
            products: _,
        } = design;
        let mut rng = seed::generator(seed, &purpose(name));
        let mut drawn = Vec::new();
        let state = match custody {
            Custody::Epochs(_) => {
                let epochs = Epochs::begin(&mut rng);
                drawn.push(epochs.private().clone());
                State::Epochs(Some(epochs))
            }
            Custody::Split { threshold, shares } => {
                let key = EscrowPrivateKey::generate(&mut rng);
                let shares = split(&key, threshold, shares, &mut rng)?;
                let public = *key.public();
                drawn.push(key);
                State::Split(public, shares)
            }
            Custody::Whole | Custody::Desk => {
                let keys = 0..authorities.max(1);
                drawn.extend(keys.map(|_| EscrowPrivateKey::generate(&mut rng)));
                State::Whole
            }
        };
        let [_, special] = PARTICIPANTS;
        Ok(Self {
            design,
            special: Name::new(special)?,
            rng,
            state,
            drawn,
        })
    }

    /// The mode that participants use now.
    pub(super) fn mode(&self) -> Box<dyn Mode + Sync> {
        let publics = match &self.state {
            State::Whole => self.drawn.iter().map(|key| *key.public()).collect(),
            State::Split(public, _) => vec![*public],
            State::Epochs(epochs) => epochs.iter().map(|epochs| *epochs.public()).collect(),
        };
        let two = |publics| TwoProducts::new(self.special.clone(), publics);
        match (self.design.mode, self.design.products, self.design.check) {
            (ModeId::EndToEnd, ..) => Box::new(EndToEnd),
            (ModeId::Escrow, Products::Same, Check::Recomputed) => Box::new(Escrow(publics)),
            (ModeId::Escrow, Products::Same, Check::Checksum) => Box::new(Clipper(Escrow(publics))),
            (ModeId::Escrow, Products::Two, _) => Box::new(two(publics)),
            (ModeId::Escrow, Products::TwoDisclosingBoth, _) => {
                Box::new(two(publics).disclosing_both())
            }
        }
    }

    /// Goes through a conversation: each message with its number and the mode in force
    /// when it is written.
    pub(super) fn carry(
        &mut self,
        conversation: &Conversation,
        mut message: impl FnMut(&Self, usize, &Line, &(dyn Mode + Sync)) -> Result<(), ExperimentError>,
    ) -> Result<(), ExperimentError> {
        let lines = conversation.lines();
        let mut mode = self.mode();
        for (number, line) in lines.iter().enumerate() {
            if self.advance_to(number, lines.len()) {
                mode = self.mode();
            }
            message(self, number, line, mode.as_ref())?;
        }
        Ok(())
    }

    /// Message `number` of `of` is about to be written. Says whether a new epoch begins,
    /// and with it another mode.
    fn advance_to(&mut self, number: usize, of: usize) -> bool {
        let epochs = match &mut self.state {
            State::Epochs(epochs) => epochs,
            State::Whole | State::Split(..) => return false,
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
        match &self.state {
            State::Whole => Holdings {
                keys: self.drawn.clone(),
                ..Holdings::default()
            },
            State::Split(_, shares) => Holdings {
                shares: shares.clone(),
                ..Holdings::default()
            },
            State::Epochs(_) => Holdings {
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
