//! `doormat matrix`: every attack really run against every design.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::shared::{
    failure::Failure,
    files,
    progress::Progress,
    setup::{self, Setup},
    terminal,
};
use crate::report::matrix::{explain, json, page, table, view::View};
use crate::text::printable_path;
use doormat::experiment::{
    Conversation, Setting,
    attacks::{ATTACKS, Attack},
    design::{DESIGNS, Design},
    matrix::{self, Matrix},
};

/// Every attack really run against every design
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  doormat matrix                                         the table
  doormat matrix --messages talk.txt --theft-at 0.25     your conversation, an earlier theft
  doormat matrix --designs e2e,escrow --counts           two columns, in messages
  doormat matrix --html matrix.html                      a page to project or to print
  doormat matrix explain escrow-key escrow               one cell, told"
)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    theft: Theft,
    /// Only these designs, in the order of the table; no blank after a comma
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = designs())]
    designs: Vec<Design>,
    /// Only these attacks, in the order of the table; no blank after a comma
    #[arg(long, value_name = "X,Y", value_delimiter = ',', value_parser = asked())]
    attacks: Vec<Asked>,
    /// Show the messages behind the percentages
    #[arg(long)]
    counts: bool,
    /// Print figures instead of the table
    #[arg(long)]
    json: bool,
    /// Write a page for a projector or for paper instead, one file that needs no network; `-` writes to standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["counts", "json"])]
    html: Option<PathBuf>,
}

const HALF_WAY: f64 = 0.5;

#[derive(Debug, Subcommand)]
enum Command {
    Explain(Explain),
}

/// Tell one cell: what was stolen, what was tried, what was read
#[derive(Debug, Args)]
struct Explain {
    /// The attack, as the table names it
    #[arg(value_parser = asked())]
    attack: Asked,
    /// The design, as the table names it
    #[arg(value_parser = designs())]
    design: Design,
    #[command(flatten)]
    theft: Theft,
}

#[derive(Debug, Args)]
struct Theft {
    #[command(flatten)]
    setup: Setup,
    /// When the theft takes place: 0 before the first message, 1 after the last; rounded to a message
    #[arg(long, default_value_t = HALF_WAY, value_name = "FRACTION", value_parser = fraction)]
    theft_at: f64,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Attack(&'static Attack),
    LostDevice,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(Command::Explain(cell)) = &options.command {
        return explain(cell);
    }
    let designs = or_all(&options.designs, &DESIGNS);
    let asked = or_all(&options.attacks, &everything());
    let page_file = options.html.as_deref().filter(|it| *it != Path::new("-"));
    if let Some(path) = page_file {
        files::check_writable(path)?;
    }
    let conversation = options.theft.setup.conversation()?;
    let timed = options.json || options.html.is_some();
    let matrix = compute(
        &conversation,
        &options.theft,
        &designs,
        &rows(&asked),
        timed,
    )?;
    if options.json {
        return terminal::print_json(&json::Matrix::from(&matrix));
    }
    let view = View::of(&matrix);
    if let Some(path) = page_file {
        files::write_new(path, page::page(&view).as_bytes())?;
        let path = printable_path(path);
        return terminal::print([format!("Wrote {path}: open it in a browser, or print it.")]);
    }
    if options.html.is_some() {
        return terminal::print(page::page(&view).lines().map(str::to_owned));
    }
    let shown = table::Options {
        counts: options.counts,
        other_side: asked.contains(&Asked::LostDevice),
        width: terminal::width(),
    };
    terminal::print(table::table(&view, shown))
}

fn explain(cell: &Explain) -> Result<(), Failure> {
    let conversation = cell.theft.setup.conversation()?;
    let rows = rows(&[cell.attack]);
    let matrix = compute(&conversation, &cell.theft, &[cell.design], &rows, false)?;
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

fn compute(
    conversation: &Conversation,
    theft: &Theft,
    designs: &[Design],
    rows: &[&'static Attack],
    timed: bool,
) -> Result<Matrix, Failure> {
    let seed = theft.setup.seed()?;
    let cells = designs.len().saturating_mul(rows.len());
    let progress = Progress::new(u64::try_from(cells).unwrap_or(u64::MAX), "attacking");
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let setting = Setting {
        theft_at: part_of(conversation.lines().len(), theft.theft_at),
        conversation,
        seed,
        clock: timed.then_some(&clock),
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

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Attack(attack) => attack.name,
            Self::LostDevice => "lost-device",
        }
    }
}

fn everything() -> Vec<Asked> {
    let attacks = ATTACKS.iter().copied().map(Asked::Attack);
    attacks.chain([Asked::LostDevice]).collect()
}

fn rows(asked: &[Asked]) -> Vec<&'static Attack> {
    let attacks = asked.iter().filter_map(|it| match it {
        Asked::Attack(attack) => Some(*attack),
        Asked::LostDevice => None,
    });
    attacks.collect()
}

fn designs() -> impl TypedValueParser<Value = Design> {
    let names = DESIGNS.map(|design| design.name);
    PossibleValuesParser::new(names).try_map(|name| Design::named(&name).ok_or("no such design"))
}

fn asked() -> impl TypedValueParser<Value = Asked> {
    let names = everything().into_iter().map(Asked::name);
    PossibleValuesParser::new(names).try_map(|name| {
        let mut all = everything().into_iter();
        all.find(|it| it.name() == name).ok_or("no such attack")
    })
}
