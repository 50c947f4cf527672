//! The matrix as JSON for the page: the texts of attacks, and cells that can be run again.

use serde::Serialize;

use crate::report::matrix::{
    describe::describe,
    facts::facts,
    summary::{Summary, percent},
    words::words,
};
use doormat::experiment::{
    Conversation, ExperimentError,
    design::Design,
    matrix::{self, AttackId, Matrix, Setting},
};

/// The matrix.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MatrixView {
    messages: usize,
    theft_at: usize,
    designs: Vec<(&'static str, String)>,
    attacks: Vec<AttackView>,
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
    row: AttackId,
    design: Design,
    conversation: &Conversation,
    seed: u64,
    theft_at: usize,
) -> Result<CellView, ExperimentError> {
    let setting = Setting {
        conversation,
        seed,
        theft_at,
        clock: None,
        progress: &|| {},
    };
    let outcome = matrix::cell(design, row, &setting)?;
    Ok(CellView::of(
        &design,
        &matrix::Cell { row, outcome },
        theft_at,
    ))
}

impl MatrixView {
    pub(super) fn of(matrix: &Matrix) -> Self {
        let columns = matrix.columns.iter();
        let cells = columns.clone().flat_map(|column| {
            let cells = column.cells.iter();
            cells.map(|cell| CellView::of(&column.design, cell, matrix.theft_at))
        });
        Self {
            messages: matrix.messages,
            theft_at: matrix.theft_at,
            designs: columns
                .clone()
                .map(|column| (column.design.name, describe(&column.design)))
                .collect(),
            attacks: AttackId::ALL.map(AttackView::of).into(),
            cells: cells.collect(),
        }
    }
}

impl CellView {
    fn of(design: &Design, cell: &matrix::Cell, theft_at: usize) -> Self {
        let outcome = cell.outcome.as_ref().ok();
        let summary = outcome.map(|it| Summary::of(it, theft_at));
        Self {
            attack: cell.row.as_str(),
            design: design.name,
            why: cell.outcome.as_ref().err().copied(),
            amount: summary.map(|it| it.amount.word()),
            sign: summary.map_or("–", |it| it.amount.sign()),
            past: summary.map(|it| it.past),
            future: summary.map(|it| it.future),
            percent: summary.map(|it| (percent(it.past), percent(it.future))),
            noticed: outcome.and_then(|it| Some(it.noticed_by?.as_str())),
            facts: outcome.map(facts).unwrap_or_default(),
            read: outcome.map(|it| it.read.clone()).unwrap_or_default(),
        }
    }
}

impl AttackView {
    pub(super) fn of(row: AttackId) -> Self {
        let words = words(row);
        Self {
            attack: row.as_str(),
            loot: words.loot,
            when: words.when,
            tried: words.tried,
            lesson: words.lesson,
            source: words.source,
            from_the_start: row.is_from_the_start(),
            too_early: (row == AttackId::SeizedDevice)
                .then_some("a static key is there already, a turn's is not yet"),
            evasion: row.is_evasion(),
        }
    }
}
