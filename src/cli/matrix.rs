//! `doormat matrix`: every attack really run against every design.

use std::time::Instant;

use clap::{Args, Subcommand};

use super::{
    failure::Failure,
    progress::Progress,
    setup::{self, Setup},
    terminal,
};
use crate::experiment::{
    Conversation,
    design::{DESIGNS, Design},
    matrix::{self, Matrix, Row, Setting},
};
use crate::report::matrix::{explain, json, table};

/// Every attack really run against every design
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  doormat matrix                                         the table
  doormat matrix --messages talk.txt --theft-at 0.25     your conversation, an earlier theft
  doormat matrix --designs e2e,escrow --counts           two columns, in messages
  doormat matrix explain escrow-key escrow               one cell, told"
)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    theft: Theft,
    /// Only these designs, in the order of the table
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = design)]
    designs: Vec<Design>,
    /// Only these attacks, in the order of the table
    #[arg(long, value_name = "X,Y", value_delimiter = ',', value_parser = row)]
    attacks: Vec<Row>,
    /// Show messages rather than percentages
    #[arg(long)]
    counts: bool,
    /// Print figures instead of the table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(Explain),
}

/// Tell one cell: what was stolen, what was tried, what was read
#[derive(Debug, Args)]
struct Explain {
    /// The attack, as the table names it
    #[arg(value_parser = row)]
    attack: Row,
    /// The design, as the table names it
    #[arg(value_parser = design)]
    design: Design,
    #[command(flatten)]
    theft: Theft,
}

#[derive(Debug, Args)]
struct Theft {
    #[command(flatten)]
    setup: Setup,
    /// When the theft takes place: 0 before the first message, 1 after the last
    #[arg(long, default_value = "0.5", value_name = "FRACTION", value_parser = fraction)]
    theft_at: f64,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(Command::Explain(cell)) = &options.command {
        return explain(cell);
    }
    let designs = or_all(&options.designs, &DESIGNS);
    let rows = or_all(&options.attacks, &Row::ALL);
    let conversation = options.theft.setup.conversation()?;
    let matrix = compute(&conversation, &options.theft, &designs, &rows)?;
    if options.json {
        return terminal::print_json(&json::Matrix::from(&matrix));
    }
    terminal::print(table::table(&matrix, options.counts))
}

fn explain(cell: &Explain) -> Result<(), Failure> {
    let conversation = cell.theft.setup.conversation()?;
    let matrix = compute(&conversation, &cell.theft, &[cell.design], &[cell.attack])?;
    let theft_at = cell.theft.theft_at;
    let messages = cell.theft.setup.messages.as_ref();
    let messages = messages.map_or_else(String::new, |it| format!(" --messages {}", it.display()));
    let options = format!("{messages} --seed {} --theft-at {theft_at}", matrix.seed);
    terminal::print(explain::explain(&matrix, &conversation, &options))
}

fn compute(
    conversation: &Conversation,
    theft: &Theft,
    designs: &[Design],
    rows: &[Row],
) -> Result<Matrix, Failure> {
    let seed = theft.setup.seed()?;
    let cells = designs.len().saturating_mul(rows.len());
    let progress = Progress::new(u64::try_from(cells).unwrap_or(u64::MAX), "attacking");
    let begun = Instant::now();
    let setting = Setting {
        theft_at: part_of(conversation.lines().len(), theft.theft_at),
        conversation,
        seed,
        clock: &|| begun.elapsed(),
        progress: &|| progress.advance(1),
    };
    matrix::run(designs, rows, &setting).map_err(|error| setup::defect(&error))
}

/// What was asked for, in the order of the table; everything if nothing was.
fn or_all<T: Copy + PartialEq>(asked: &[T], all: &[T]) -> Vec<T> {
    let chosen = all
        .iter()
        .filter(|it| asked.is_empty() || asked.contains(it));
    chosen.copied().collect()
}

/// A fraction of a number of messages, rounded.
fn part_of(messages: usize, fraction: f64) -> usize {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let wanted = number(messages) * fraction;
    (0..messages)
        .find(|count| number(*count) + 0.5 > wanted)
        .unwrap_or(messages)
}

fn fraction(text: &str) -> Result<f64, &'static str> {
    let fraction = text.parse().unwrap_or(f64::NAN);
    if (0.0..=1.0).contains(&fraction) {
        Ok(fraction)
    } else {
        Err("give a number from 0 to 1, such as 0.5")
    }
}

fn design(name: &str) -> Result<Design, String> {
    let names = || DESIGNS.map(|design| design.name).join(", ");
    Design::named(name).ok_or_else(|| format!("the designs are {}", names()))
}

fn row(name: &str) -> Result<Row, String> {
    let names = || Row::ALL.map(Row::as_str).join(", ");
    Row::named(name).ok_or_else(|| format!("the attacks are {}", names()))
}
