//! One table a family, out of one run. A design's conversation is carried once and a cell
//! is computed once, in however many families it stands; each family's [`Matrix`] is a
//! selection of what was computed.
//!
//! ```
//! use doormat::experiment::{Conversation, Family, Setting, tables};
//!
//! let conversation = Conversation::default();
//! let setting = Setting::new(&conversation, 7, 4);
//! let tables = tables::run(&[Family::Devices, Family::Directory], &setting)?;
//! let devices = tables.of(Family::Devices);
//! assert_eq!(devices.columns[0].design.name, "e2e");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::{
    ExperimentError,
    attacks::{ATTACKS, Attack},
    design::Design,
    family::Family,
    matrix::{self, Column, Matrix},
    setting::Setting,
};

/// What came of several families.
#[derive(Debug)]
pub struct Tables {
    /// The number that reproduces every byte.
    pub seed: u64,
    /// Messages of the conversation.
    pub messages: usize,
    /// How many of them were sent before the theft.
    pub theft_at: usize,
    /// The families, in the order that was asked for.
    pub families: Vec<Family>,
    /// Every design of theirs, once, in the order in which they show it; with each the cells
    /// in which it stands in any of them, in the order of all attacks.
    pub columns: Vec<Column>,
}

/// Runs every cell of the families, once each, on all cores.
///
/// # Errors
/// [`ExperimentError`] if anything refuses that should not, which would be a defect.
pub fn run(families: &[Family], setting: &Setting<'_>) -> Result<Tables, ExperimentError> {
    Ok(Tables {
        seed: setting.seed,
        messages: setting.conversation.lines().len(),
        theft_at: setting.theft_at,
        families: families.to_vec(),
        columns: matrix::columns(&plan(families), setting)?,
    })
}

/// How many cells [`run`] computes.
pub fn cells(families: &[Family]) -> usize {
    let plan = plan(families);
    plan.iter().map(|(_, attacks)| attacks.len()).sum()
}

/// The families in which a design and an attack meet.
pub fn meeting(design: &Design, attack: &Attack) -> Vec<Family> {
    let meet = |it: &Family| attack.families.contains(it) && it.designs().contains(design);
    Family::ALL.into_iter().filter(meet).collect()
}

/// The designs of the families, in their order, and with each the attacks that it meets in
/// any of them.
pub fn plan(families: &[Family]) -> Vec<(Design, Vec<&'static Attack>)> {
    let mut designs: Vec<Design> = Vec::new();
    for design in families.iter().flat_map(|family| family.designs()) {
        if !designs.contains(&design) {
            designs.push(design);
        }
    }
    let plan = designs.into_iter().map(|design| {
        let meet = |attack: &&Attack| {
            let meeting = meeting(&design, attack);
            meeting.iter().any(|it| families.contains(it))
        };
        let attacks = ATTACKS.iter().copied().filter(meet);
        (design, attacks.collect::<Vec<_>>())
    });
    plan.filter(|(_, attacks)| !attacks.is_empty()).collect()
}

impl Tables {
    /// The table of one family, of what was computed.
    pub fn of(&self, family: Family) -> Matrix {
        let column = |design: Design| {
            let mut columns = self.columns.iter();
            let column = columns.find(|column| column.design == design)?;
            let cells = column.cells.iter();
            let cells = cells.filter(|cell| cell.attack.families.contains(&family));
            Some(Column {
                cells: cells.cloned().collect(),
                ..column.clone()
            })
        };
        Matrix {
            seed: self.seed,
            messages: self.messages,
            theft_at: self.theft_at,
            attacks: family.attacks().collect(),
            columns: family.designs().into_iter().filter_map(column).collect(),
        }
    }
}
