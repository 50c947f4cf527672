//! The exposure matrix: every attack really run against every design.
//!
//! For each design one conversation is carried and recorded, with a copy of everything
//! that could be stolen at the moment of the theft. Thefts are then run on the same
//! recording; attacks that take part carry a conversation of their own. A cell is what
//! came out, compared with what was said.
//!
//! ```
//! use doormat::experiment::{Conversation, Setting, attacks, design::Design, matrix};
//!
//! let conversation = Conversation::default();
//! let setting = Setting::new(&conversation, 7, 4);
//! let designs = ["e2e", "escrow"].map(|name| Design::named(name).expect("a design"));
//! let leak = attacks::named("escrow-key").expect("an attack");
//! let matrix = matrix::run(&designs, &[leak], &setting)?;
//! let read = matrix.columns.iter().map(|column| {
//!     let outcome = column.cells[0].outcome.as_ref().expect("it applies");
//!     outcome.read.iter().filter(|read| **read).count()
//! });
//! assert_eq!(read.collect::<Vec<_>>(), [0, 8]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use rayon::prelude::*;

use super::{
    ExperimentError, attacks::Attack, cost, cost::Cost, design::Design, evidence::Evidence,
    outcome::Outcome, recovery, recovery::Recovery, setting::Setting,
};

/// What came of every attack on every design.
#[derive(Debug)]
pub struct Matrix {
    /// The number that reproduces every byte.
    pub seed: u64,
    /// Messages of the conversation.
    pub messages: usize,
    /// How many of them were sent before the theft.
    pub theft_at: usize,
    /// The attacks, as rows.
    pub attacks: Vec<&'static Attack>,
    /// The designs, as columns.
    pub columns: Vec<Column>,
}

/// One design, and what came of every attack on it.
#[derive(Debug, Clone)]
pub struct Column {
    /// The design.
    pub design: Design,
    /// What came of each attack, in the order of the rows.
    pub cells: Vec<Cell>,
    /// What a lost device's owner gets back, one way after the other.
    pub recovery: Vec<Recovery>,
    /// What the design costs.
    pub cost: Cost,
}

/// One attack on one design.
#[derive(Debug, Clone)]
pub struct Cell {
    /// The attack.
    pub attack: &'static Attack,
    /// What came of it, or why there was nothing to attack.
    pub outcome: Result<Outcome, &'static str>,
}

/// Runs every one of `attacks` against every one of `designs`, on all cores.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn run(
    designs: &[Design],
    attacks: &[&'static Attack],
    setting: &Setting<'_>,
) -> Result<Matrix, ExperimentError> {
    let with_all = |design: &Design| (*design, attacks.to_vec());
    let plan: Vec<_> = designs.iter().map(with_all).collect();
    Ok(Matrix {
        seed: setting.seed,
        messages: setting.conversation.lines().len(),
        theft_at: setting.theft_at,
        attacks: attacks.to_vec(),
        columns: columns(&plan, setting)?,
    })
}

/// Runs each design's own attacks, on all cores.
pub(super) fn columns(
    plan: &[(Design, Vec<&'static Attack>)],
    setting: &Setting<'_>,
) -> Result<Vec<Column>, ExperimentError> {
    let from_backup = recovery::from_backup(setting)?;
    let columns = plan
        .par_iter()
        .map(|(design, attacks)| column(*design, attacks, setting, from_backup));
    let mut columns: Vec<Column> = columns.collect::<Result<_, _>>()?;
    if let Some(clock) = setting.clock {
        let costs = columns.iter_mut().map(|it| (it.design, &mut it.cost));
        cost::measure(&mut costs.collect::<Vec<_>>(), setting, clock)?;
    }
    Ok(columns)
}

/// Runs one attack against one design, which need be no column of the table.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn cell(
    design: Design,
    attack: &'static Attack,
    setting: &Setting<'_>,
) -> Result<Cell, ExperimentError> {
    if let Err(why) = (attack.applies)(&design, setting.conversation) {
        let outcome = Err(why);
        return Ok(Cell { attack, outcome });
    }
    on_evidence(attack, &Evidence::gather(design, setting)?, setting)
}

fn column(
    design: Design,
    attacks: &[&'static Attack],
    setting: &Setting<'_>,
    from_backup: usize,
) -> Result<Column, ExperimentError> {
    let evidence = Evidence::gather(design, setting)?;
    let cells = attacks.par_iter().map(|attack| {
        let cell = on_evidence(attack, &evidence, setting);
        (setting.progress)();
        cell
    });
    Ok(Column {
        design,
        cells: cells.collect::<Result<_, ExperimentError>>()?,
        recovery: recovery::every_way(&evidence, setting, from_backup)?,
        cost: Cost::of(&evidence, setting)?,
    })
}

fn on_evidence(
    attack: &'static Attack,
    evidence: &Evidence,
    setting: &Setting<'_>,
) -> Result<Cell, ExperimentError> {
    let outcome = match (attack.applies)(&evidence.design, setting.conversation) {
        Ok(()) => Ok(attack.run(evidence, setting)?),
        Err(why) => Err(why),
    };
    Ok(Cell { attack, outcome })
}
