//! `doormat matrix explain`: one cell, told.

use clap::Args;

use super::{
    names::{self, Asked},
    theft::{HALF_WAY, Theft},
};
use crate::cli::shared::{failure::Failure, setup, terminal};
use crate::report::matrix::explain;
use crate::text::printable_path;
use doormat::experiment::{design::Design, matrix};

/// Tell one cell: what was stolen, what was tried, what was read
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// The attack, as the table names it
    #[arg(value_parser = names::attacks())]
    attack: Asked,
    /// The design, as the table names it
    #[arg(value_parser = names::designs())]
    design: Design,
    #[command(flatten)]
    theft: Theft,
}

pub(super) fn run(cell: &Explain) -> Result<(), Failure> {
    let conversation = cell.theft.setup.conversation()?;
    let rows = names::rows(&[cell.attack]);
    let matrix = cell
        .theft
        .run(&conversation, rows.len(), false, |setting| {
            matrix::run(&[cell.design], &rows, setting)
        })?;
    let columns = matrix.columns.iter();
    let told = columns.flat_map(|column| match cell.attack {
        Asked::Attack(_) => explain::attack(&matrix, column, &conversation),
        Asked::LostDevice => explain::lost_device(&matrix, column),
    });
    terminal::print(told)?;
    terminal::print_unbroken([format!("Again     {}", again(cell, matrix.seed))])
}

/// The command that computes the same cell, in one line that can be copied.
fn again(cell: &Explain, seed: u64) -> String {
    let theft = &cell.theft;
    let mut command = format!(
        "doormat matrix --attacks {} --designs {}",
        cell.attack.name(),
        cell.design.name
    );
    if let Some(path) = &theft.setup.messages {
        command += &format!(" --messages '{}'", printable_path(path));
    }
    if seed != setup::SEED {
        command += &format!(" --seed {seed}");
    }
    if theft.theft_at.total_cmp(&HALF_WAY).is_ne() {
        command += &format!(" --theft-at {}", theft.theft_at);
    }
    command
}
