//! The matrix as JSON for the page: what stands in which family's table, the texts of
//! attacks, and cells that can be run again.

use serde::Serialize;

use crate::report::matrix::{
    json::FamilyTable,
    view::{self, Shown, percent},
};
use doormat::experiment::{
    Conversation, ExperimentError, Setting,
    attacks::{ATTACKS, Attack, Method},
    design::Design,
    detection::Detector,
    matrix,
    tables::Tables,
};

/// The matrix.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MatrixView {
    messages: usize,
    theft_at: usize,
    families: Vec<FamilyTable>,
    /// Name, letter and a few words of whatever can notice.
    detectors: Vec<(&'static str, char, &'static str)>,
    designs: Vec<(&'static str, String)>,
    attacks: Vec<AttackView>,
    /// Each once, in however many tables it stands.
    cells: Vec<CellView>,
}

/// One cell, of the matrix or run again.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CellView {
    attack: &'static str,
    design: &'static str,
    why: Option<&'static str>,
    /// `all`, `part` or `none`.
    amount: Option<&'static str>,
    sign: &'static str,
    past: Option<(usize, usize)>,
    future: Option<(usize, usize)>,
    percent: Option<(String, String)>,
    noticed: Option<&'static str>,
    facts: Vec<(&'static str, String)>,
    read: Vec<bool>,
}

/// The texts of one attack.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AttackView {
    attack: &'static str,
    loot: &'static str,
    when: &'static str,
    tried: &'static str,
    lesson: &'static str,
    source: &'static str,
    from_the_start: bool,
    /// Why nothing falls before the first message.
    too_early: Option<&'static str>,
    evasion: bool,
}

/// Runs one cell.
pub(super) fn run_again(
    attack: &'static Attack,
    design: Design,
    conversation: &Conversation,
    seed: u64,
    theft_at: usize,
) -> Result<CellView, ExperimentError> {
    let setting = Setting::new(conversation, seed, theft_at);
    let cell = matrix::cell(design, attack, &setting)?;
    let shown = view::shown(&cell, theft_at);
    Ok(CellView::of(attack, &design, &shown))
}

impl MatrixView {
    pub(super) fn of(tables: &Tables) -> Self {
        let columns = || tables.columns.iter();
        let theft_at = tables.theft_at;
        let cells = columns().flat_map(|column| {
            let cells = column.cells.iter();
            cells.map(|cell| {
                let shown = view::shown(cell, theft_at);
                CellView::of(cell.attack, &column.design, &shown)
            })
        });
        Self {
            messages: tables.messages,
            theft_at,
            families: tables.families.iter().map(FamilyTable::of).collect(),
            detectors: Detector::ALL
                .map(|it| it.words())
                .map(|it| (it.name, it.letter, it.short))
                .to_vec(),
            cells: cells.collect(),
            designs: columns()
                .map(|column| (column.design.name, column.design.describe()))
                .collect(),
            attacks: AttackView::all(),
        }
    }
}

impl CellView {
    fn of(attack: &Attack, design: &Design, cell: &Result<Shown, &'static str>) -> Self {
        let shown = cell.as_ref().ok();
        Self {
            attack: attack.name,
            design: design.name,
            why: cell.as_ref().err().copied(),
            amount: shown.map(|it| it.amount.word()),
            sign: shown.map_or("–", |it| it.amount.sign()),
            past: shown.map(|it| it.past),
            future: shown.map(|it| it.future),
            percent: shown.map(|it| (percent(it.past), percent(it.future))),
            noticed: shown.and_then(|it| Some(it.noticed_by?.words().name)),
            facts: shown.map(|it| it.facts.clone()).unwrap_or_default(),
            read: shown.map(|it| it.read.clone()).unwrap_or_default(),
        }
    }
}

impl AttackView {
    /// Every attack there is.
    pub(super) fn all() -> Vec<Self> {
        ATTACKS.iter().map(|attack| Self::of(attack)).collect()
    }

    fn of(attack: &Attack) -> Self {
        Self {
            attack: attack.name,
            loot: attack.loot,
            when: attack.when,
            tried: attack.tried,
            lesson: attack.lesson,
            source: attack.source,
            from_the_start: attack.is_from_the_start(),
            too_early: match attack.method {
                Method::Theft { too_early, .. } => too_early,
                Method::TakesPart { .. } => None,
            },
            evasion: attack.is_evasion(),
        }
    }
}
