//! The matrix as JSON. The names are a promise: see `docs/commands.md`.

use serde::{Serialize, Serializer, ser::SerializeMap};

use doormat::experiment::{
    Family,
    attacks::{ATTACKS, Attack},
    design::Design,
    matrix,
    tables::{self, Tables},
};

/// `doormat matrix --json`.
#[derive(Serialize)]
pub struct Matrix {
    seed: u64,
    messages: usize,
    theft_at: usize,
    families: Vec<FamilyTable>,
    cells: Vec<Cell>,
    recovery: Vec<Recovery>,
    costs: Vec<Cost>,
}

/// What stands in a family's table.
#[derive(Debug, Clone, Serialize)]
pub struct FamilyTable {
    name: &'static str,
    title: &'static str,
    question: &'static str,
    designs: Vec<&'static str>,
    attacks: Vec<&'static str>,
}

#[derive(Serialize)]
struct Cell {
    design: &'static str,
    attack: &'static str,
    /// In whose tables it stands.
    families: Vec<&'static str>,
    applies: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    past: Option<Count>,
    future: Option<Count>,
    metadata: Option<usize>,
    noticed_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    healed_at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forgery: Option<Forgery>,
}

#[derive(Serialize)]
struct Count {
    read: usize,
    of: usize,
}

#[derive(Serialize)]
struct Forgery {
    trials: u64,
    session_keys: usize,
    accepted: usize,
    refused: usize,
}

#[derive(Serialize)]
struct Recovery {
    design: &'static str,
    attack: &'static str,
    /// A count for each way, under its name.
    #[serde(flatten)]
    ways: Ways,
}

struct Ways(Vec<(&'static str, Count)>);

impl Serialize for Ways {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, count) in &self.0 {
            map.serialize_entry(name, count)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Cost {
    design: &'static str,
    wire_bytes: usize,
    access_bytes: usize,
    microseconds_per_message: Option<u128>,
}

impl From<&matrix::Matrix> for Matrix {
    fn from(matrix: &matrix::Matrix) -> Self {
        let columns = || matrix.columns.iter();
        let theft_at = matrix.theft_at;
        Self {
            seed: matrix.seed,
            messages: matrix.messages,
            theft_at,
            families: Vec::new(),
            cells: cells(&matrix.columns, theft_at),
            recovery: columns().map(|it| Recovery::new(it, theft_at)).collect(),
            costs: columns()
                .map(|column| Cost::new(column, matrix.messages))
                .collect(),
        }
    }
}

impl From<&Tables> for Matrix {
    fn from(tables: &Tables) -> Self {
        let columns = || tables.columns.iter();
        let theft_at = tables.theft_at;
        Self {
            seed: tables.seed,
            messages: tables.messages,
            theft_at,
            families: tables.families.iter().map(FamilyTable::of).collect(),
            cells: cells(&tables.columns, theft_at),
            recovery: columns().map(|it| Recovery::new(it, theft_at)).collect(),
            costs: columns()
                .map(|column| Cost::new(column, tables.messages))
                .collect(),
        }
    }
}

/// Row by row, as a table is read; each cell once.
fn cells(columns: &[matrix::Column], theft_at: usize) -> Vec<Cell> {
    let of = |attack: &Attack| {
        let cells = columns.iter().filter_map(move |column| {
            let mut cells = column.cells.iter();
            let cell = cells.find(|cell| cell.attack == attack)?;
            Some(Cell::new(&column.design, cell, theft_at))
        });
        cells.collect::<Vec<_>>()
    };
    ATTACKS.iter().flat_map(|attack| of(attack)).collect()
}

impl FamilyTable {
    /// Of one family.
    pub fn of(family: &Family) -> Self {
        Self {
            name: family.name(),
            title: family.title(),
            question: family.question(),
            designs: family.designs().iter().map(|it| it.name).collect(),
            attacks: family.attacks().map(|it| it.name).collect(),
        }
    }
}

impl Cell {
    fn new(design: &Design, cell: &matrix::Cell, theft_at: usize) -> Self {
        let outcome = cell.outcome.as_ref().ok();
        let families = tables::meeting(design, cell.attack);
        Self {
            design: design.name,
            attack: cell.attack.name,
            families: families.into_iter().map(Family::name).collect(),
            applies: outcome.is_some(),
            why: cell.outcome.as_ref().err().copied(),
            past: outcome.map(|it| it.past(theft_at).into()),
            future: outcome.map(|it| it.future(theft_at).into()),
            metadata: outcome.map(|it| it.metadata),
            noticed_by: outcome.and_then(|it| Some(it.noticed_by?.words().name)),
            healed_at: outcome.and_then(|it| it.healed_at),
            forgery: outcome.and_then(|it| it.forgery).map(|it| Forgery {
                trials: it.trials,
                session_keys: it.session_keys,
                accepted: it.accepted,
                refused: it.refused,
            }),
        }
    }
}

impl From<(usize, usize)> for Count {
    fn from((read, of): (usize, usize)) -> Self {
        Self { read, of }
    }
}

impl Recovery {
    fn new(column: &matrix::Column, of: usize) -> Self {
        let ways = column.recovery.iter();
        Self {
            design: column.design.name,
            attack: "lost-device",
            ways: Ways(ways.map(|it| (it.name, (it.restored, of).into())).collect()),
        }
    }
}

impl Cost {
    fn new(column: &matrix::Column, messages: usize) -> Self {
        let cost = column.cost;
        let messages = u32::try_from(messages).unwrap_or(u32::MAX).max(1);
        Self {
            design: column.design.name,
            wire_bytes: cost.wire_bytes,
            access_bytes: cost.access_bytes,
            microseconds_per_message: cost.took.map(|took| (took / messages).as_micros()),
        }
    }
}
