//! The tables of one output, and what they have in common: a design or an attack that
//! stands in several is described once.

use doormat::experiment::{
    Family, attacks::Attack, design::Design, detection::Detector, matrix::Matrix, tables::Tables,
};

use super::view::{Shown, View};

/// A table: a family's, or that of chosen designs and attacks.
#[derive(Debug, Clone)]
pub struct Section {
    /// Whose it is, if it is a family's.
    pub family: Option<Family>,
    /// The table.
    pub view: View,
    /// Whether it says what a lost device's owner gets back.
    pub recovery: bool,
    /// Whether it says what a message costs.
    pub cost: bool,
}

impl Section {
    /// A table for each family of a run.
    pub fn each(tables: &Tables) -> Vec<Self> {
        let families = tables.families.iter();
        let section = |family: &Family| Self {
            family: Some(*family),
            view: View::of(&tables.of(*family)),
            recovery: family.shows_recovery(),
            cost: family.shows_cost(),
        };
        families.map(section).collect()
    }

    /// The table of a choice, with recovery and cost if `other_side` was asked for.
    pub fn chosen(matrix: &Matrix, other_side: bool) -> Self {
        Self {
            family: None,
            view: View::of(matrix),
            recovery: other_side,
            cost: other_side,
        }
    }
}

/// An attack, and what came of it in every design of all sections.
#[derive(Debug, Clone)]
pub struct AttackRow<'a> {
    /// The attack.
    pub attack: &'static Attack,
    /// The family with which it stands first.
    pub family: Option<Family>,
    /// A cell for each design, in the order in which they stand.
    pub cells: Vec<(&'a Design, &'a Result<Shown, &'static str>)>,
}

/// Every attack once, in the order of the sections.
pub fn attacks(sections: &[Section]) -> Vec<AttackRow<'_>> {
    let mut rows: Vec<AttackRow<'_>> = Vec::new();
    for Section { family, view, .. } in sections {
        for row in &view.rows {
            let cells = view.designs.iter().zip(&row.cells);
            match rows.iter_mut().find(|other| other.attack == row.attack) {
                Some(other) => {
                    for (design, cell) in cells {
                        if !other.cells.iter().any(|(it, _)| *it == design) {
                            other.cells.push((design, cell));
                        }
                    }
                }
                None => rows.push(AttackRow {
                    attack: row.attack,
                    family: *family,
                    cells: cells.collect(),
                }),
            }
        }
    }
    rows
}

/// Every design once, in the order of the sections.
pub fn designs(sections: &[Section]) -> Vec<&Design> {
    let mut designs: Vec<&Design> = Vec::new();
    for design in sections.iter().flat_map(|section| &section.view.designs) {
        if !designs.contains(&design) {
            designs.push(design);
        }
    }
    designs
}

/// Whatever noticed something somewhere.
pub fn detectors(sections: &[Section]) -> Vec<Detector> {
    let noticed = |it: &Detector| {
        let mut outcomes = sections.iter().flat_map(|section| section.view.outcomes());
        outcomes.any(|shown| shown.noticed_by == Some(*it))
    };
    Detector::ALL.into_iter().filter(noticed).collect()
}

/// What the attacks have to say in a legend.
pub fn remarks(sections: &[Section]) -> Vec<&'static str> {
    let rows = attacks(sections).into_iter();
    rows.filter_map(|row| row.attack.remark).collect()
}
