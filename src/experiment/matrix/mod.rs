//! The exposure matrix: every attack really run against every design.
//!
//! For each design one conversation is carried and recorded, with a copy of everything
//! that could be stolen at the moment of the theft. Thefts are then run on the same
//! recording; attacks that take part carry a conversation of their own. A cell is what
//! came out, compared with what was said.
//!
//! | file | idea |
//! |---|---|
//! | [`row`] | the attacks, and where each applies |
//! | `evidence` | one conversation, recorded once, and what there was to steal |
//! | [`passive`] | thefts |
//! | [`active`], `lying_relay` | attacks that take part |
//! | [`alarm`] | whether anything noticed |
//! | `cost` | bytes and time of a message |
//! | [`sweep`] | the same thefts at every moment |
//! | [`recovery`] | what escrow is wished for, and another way to have it |
//!
//! ```
//! use doormat::experiment::{Conversation, design::Design, matrix::{self, AttackId, Setting}};
//!
//! let setting = Setting {
//!     conversation: &Conversation::default(),
//!     seed: 7,
//!     theft_at: 4,
//!     clock: None,
//!     progress: &|| {},
//! };
//! let designs = ["e2e", "escrow"].map(|name| Design::named(name).expect("a design"));
//! let matrix = matrix::run(&designs, &[AttackId::EscrowKey], &setting)?;
//! let read = matrix.columns.iter().map(|column| {
//!     let outcome = column.cells[0].outcome.as_ref().expect("it applies");
//!     outcome.read.iter().filter(|read| **read).count()
//! });
//! assert_eq!(read.collect::<Vec<_>>(), [0, 8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod active;
pub mod alarm;
mod cost;
mod evidence;
mod lying_relay;
pub mod passive;
pub mod recovery;
pub mod row;
pub mod sweep;

pub use active::Forgery;
pub use alarm::Detector;
pub use cost::Cost;
pub use passive::DeskOutcome;
pub use recovery::Recovery;
pub use row::AttackId;
pub use sweep::{Sweep, Theft};

use std::time::Duration;

use rand::rngs::ChaCha20Rng;
use rayon::prelude::*;

use self::evidence::Evidence;
use super::{conversation::Conversation, design::Design, seed, talk::ExperimentError};
use crate::protocol::envelope::MAX_TEXT_BYTES;

/// What all cells have in common.
pub struct Setting<'a> {
    /// What is said.
    pub conversation: &'a Conversation,
    /// The number that reproduces every byte.
    pub seed: u64,
    /// How many messages are sent before the theft.
    pub theft_at: usize,
    /// Time since any moment, if what designs cost in time is to be measured.
    pub clock: Option<&'a (dyn Fn() -> Duration + Sync)>,
    /// Called after each cell.
    pub progress: &'a (dyn Fn() + Sync),
}

/// What came of it.
#[derive(Debug)]
pub struct Matrix {
    /// The number that reproduces every byte.
    pub seed: u64,
    /// Messages of the conversation.
    pub messages: usize,
    /// How many of them were sent before the theft.
    pub theft_at: usize,
    /// The designs, as columns.
    pub columns: Vec<Column>,
}

/// One design, and what came of every attack on it.
#[derive(Debug)]
pub struct Column {
    /// The design.
    pub design: Design,
    /// The attacks, as rows.
    pub cells: Vec<Cell>,
    /// What a lost device's owner gets back.
    pub recovery: Recovery,
    /// What the design costs.
    pub cost: Cost,
}

/// One attack on one design.
#[derive(Debug)]
pub struct Cell {
    /// The attack.
    pub row: AttackId,
    /// What came of it, or why there was nothing to attack.
    pub outcome: Result<Outcome, &'static str>,
}

/// What came of one attack on one design.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// For each message of the conversation, whether it was read.
    pub read: Vec<bool>,
    /// Of how many messages the attacker saw who, to whom, when and how much.
    pub metadata: usize,
    /// What noticed, if anything did.
    pub noticed_by: Option<Detector>,
    /// The first message after a seizure from which on nothing is read any more.
    pub healed_at: Option<usize>,
    /// What became of forged access fields.
    pub forgery: Option<Forgery>,
    /// In how many messages the authority found another envelope.
    pub nested: Option<usize>,
    /// What an intercept desk's books say.
    pub desk: Option<DeskOutcome>,
}

/// Runs every attack of `rows` against every one of `designs`, on all cores.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn run(
    designs: &[Design],
    rows: &[AttackId],
    setting: &Setting<'_>,
) -> Result<Matrix, ExperimentError> {
    let passphrase = recovery::by_passphrase(setting)?;
    let columns = designs
        .par_iter()
        .map(|design| column(*design, rows, setting, passphrase));
    let mut matrix = Matrix {
        seed: setting.seed,
        messages: setting.conversation.lines().len(),
        theft_at: setting.theft_at,
        columns: columns.collect::<Result<_, _>>()?,
    };
    if let Some(clock) = setting.clock {
        cost::measure(&mut matrix.columns, setting, clock)?;
    }
    Ok(matrix)
}

/// Runs one attack against one design, which need be no column of the table; or says why there
/// is nothing to attack.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn cell(
    design: Design,
    row: AttackId,
    setting: &Setting<'_>,
) -> Result<Result<Outcome, &'static str>, ExperimentError> {
    let applies = row
        .applies_to(&design)
        .and_then(|()| has_room(setting.conversation, row));
    if let Err(why) = applies {
        return Ok(Err(why));
    }
    let evidence = Evidence::gather(design, setting)?;
    attack(row, &evidence, setting).map(Ok)
}

/// An envelope adds less than this to a text when nobody else gets its key, in bytes.
const LARGEST_HEADER: usize = 512;

fn column(
    design: Design,
    rows: &[AttackId],
    setting: &Setting<'_>,
    passphrase: usize,
) -> Result<Column, ExperimentError> {
    let evidence = Evidence::gather(design, setting)?;
    let cells = rows.par_iter().map(|row| {
        let outcome = match row
            .applies_to(&design)
            .and_then(|()| has_room(setting.conversation, *row))
        {
            Ok(()) => Ok(attack(*row, &evidence, setting)?),
            Err(why) => Err(why),
        };
        (setting.progress)();
        Ok(Cell { row: *row, outcome })
    });
    let cells = cells.collect::<Result<_, ExperimentError>>()?;
    Ok(Column {
        design,
        cells,
        recovery: Recovery::of(&evidence, setting, passphrase)?,
        cost: Cost::of(&evidence, setting)?,
    })
}

fn attack(
    row: AttackId,
    evidence: &Evidence,
    setting: &Setting<'_>,
) -> Result<Outcome, ExperimentError> {
    match row {
        AttackId::KeySubstitution
        | AttackId::GhostDevice
        | AttackId::ForgedAccess
        | AttackId::DoubleEncryption => active::run(row, evidence.design, setting),
        _ => passive::run(row, evidence, setting),
    }
}

impl Setting<'_> {
    /// The texts of the conversation, in order.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.conversation
            .lines()
            .iter()
            .map(|line| line.text.as_str())
    }

    /// The randomness of a conversation that an attack carries for itself.
    fn generator(&self, design: Design, row: AttackId) -> ChaCha20Rng {
        seed::generator(self.seed, &format!("{} {row}", design.name))
    }
}

/// Whether the messages are short enough for what an attack wraps them in.
fn has_room(conversation: &Conversation, row: AttackId) -> Result<(), &'static str> {
    let lines = conversation.lines().iter();
    let longest = lines.map(|line| line.text.len()).max().unwrap_or(0);
    if row == AttackId::DoubleEncryption && longest > MAX_TEXT_BYTES - LARGEST_HEADER {
        return Err("a message of this conversation leaves no room for an envelope in it");
    }
    Ok(())
}

impl Outcome {
    /// Messages read before the theft, and of how many.
    pub fn past(&self, theft_at: usize) -> (usize, usize) {
        count(self.read.get(..theft_at).unwrap_or(&self.read))
    }

    /// Messages read after it, and of how many.
    pub fn future(&self, theft_at: usize) -> (usize, usize) {
        count(self.read.get(theft_at..).unwrap_or_default())
    }
}

fn count(read: &[bool]) -> (usize, usize) {
    (read.iter().filter(|read| **read).count(), read.len())
}
