//! All families at a glance: for each attack, whom it hits. Every figure is counted from
//! the cells of the tables.

use doormat::experiment::{Family, attacks::Attack, design::Design, detection::Detector};

use super::{
    sections::{AttackRow, Section, attacks, designs},
    view::{Amount, Shown},
};

/// A row for each attack, those of one family together.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The designs with which each family begins: they have a column of their own.
    pub headlines: Vec<Design>,
    /// How many designs there are in all.
    pub designs: usize,
    /// The rows of each family. An attack that stands in several is with the first.
    pub groups: Vec<(Family, Vec<SummaryRow>)>,
}

/// Whom one attack hits.
#[derive(Debug, Clone)]
pub struct SummaryRow {
    /// The attack.
    pub attack: &'static Attack,
    /// How much it reads of each headline, if it applies there.
    pub headlines: Vec<Option<Amount>>,
    /// In how many designs it reads everything, a part, and nothing.
    pub hit: [(Amount, usize); 3],
    /// What noticed it, and in how many designs.
    pub noticed: Vec<(Detector, usize)>,
}

impl SummaryRow {
    /// In how many designs it was run.
    pub fn measured(&self) -> usize {
        self.hit.iter().map(|(_, designs)| designs).sum()
    }
}

impl Summary {
    /// Of all tables of a run.
    pub fn of(sections: &[Section]) -> Self {
        let headlines: Vec<Design> = Family::headlines().to_vec();
        let mut groups: Vec<(Family, Vec<SummaryRow>)> = Vec::new();
        for row in attacks(sections) {
            let Some(family) = row.family else { continue };
            let summarized = summarize(&row, &headlines);
            match groups.iter_mut().find(|(it, _)| *it == family) {
                Some((_, rows)) => rows.push(summarized),
                None => groups.push((family, vec![summarized])),
            }
        }
        Self {
            headlines,
            designs: designs(sections).len(),
            groups,
        }
    }

    /// All rows.
    pub fn rows(&self) -> impl Iterator<Item = &SummaryRow> {
        self.groups.iter().flat_map(|(_, rows)| rows)
    }
}

fn summarize(row: &AttackRow<'_>, headlines: &[Design]) -> SummaryRow {
    let outcomes = || row.cells.iter().filter_map(|(_, cell)| cell.as_ref().ok());
    let count = |wanted: &dyn Fn(&Shown) -> bool| outcomes().filter(|it| wanted(it)).count();
    let amount = |design: &Design| {
        let (_, cell) = row.cells.iter().find(|(it, _)| *it == design)?;
        Some(cell.as_ref().ok()?.amount)
    };
    let noticed = Detector::ALL.map(|it| (it, count(&|shown| shown.noticed_by == Some(it))));
    SummaryRow {
        attack: row.attack,
        headlines: headlines.iter().map(amount).collect(),
        hit: Amount::ALL.map(|amount| (amount, count(&|shown| shown.amount == amount))),
        noticed: noticed
            .into_iter()
            .filter(|(_, times)| *times > 0)
            .collect(),
    }
}
