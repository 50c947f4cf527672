//! `doormat matrix`: every attack really run against every design, a family at a time.
//!
//! | file | idea |
//! |---|---|
//! | `names` | families, designs and attacks as they are typed |
//! | `theft` | what every cell has in common |
//! | `explain` | one cell, told |

mod explain;
mod names;
mod theft;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::shared::{failure::Failure, files, terminal};
use crate::report::matrix::{
    json, page, printout, sections::Section, summary::Summary, table::Options as TableOptions,
};
use crate::text::printable_path;
use doormat::experiment::{
    Conversation, Family,
    design::{DESIGNS, Design},
    matrix, tables,
};
use explain::Explain;
use names::Asked;
use theft::Theft;

/// Every attack really run against every design
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  doormat matrix                                         every attack in a row, and the first table
  doormat matrix devices                                 one family's table
  doormat matrix --all --messages talk.txt               every table, of your conversation
  doormat matrix --designs e2e,escrow --counts           two columns, in messages
  doormat matrix --html matrix.html                      a page to project or to print
  doormat matrix explain escrow-key escrow               one cell, told"
)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only this family's table
    #[arg(value_name = "FAMILY", value_parser = names::families(), conflicts_with_all = ["all", "designs", "attacks"])]
    family: Option<Family>,
    /// Print the tables of all families, not the first only
    #[arg(long, conflicts_with_all = ["designs", "attacks"])]
    all: bool,
    #[command(flatten)]
    theft: Theft,
    /// Only these designs, in one table of no family; no blank after a comma
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = names::designs())]
    designs: Vec<Design>,
    /// Only these attacks, in one table of no family; no blank after a comma
    #[arg(long, value_name = "X,Y", value_delimiter = ',', value_parser = names::attacks())]
    attacks: Vec<Asked>,
    /// Show the messages behind the percentages
    #[arg(long)]
    counts: bool,
    /// Print figures instead of tables; those of all families, if none is named
    #[arg(long)]
    json: bool,
    /// Write a page for a projector or for paper instead, one file that needs no network; `-` writes to standard output
    #[arg(long, value_name = "FILE", conflicts_with_all = ["counts", "json"])]
    html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Explain(Explain),
}

/// What was computed.
struct Computed {
    json: json::Matrix,
    /// All families at a glance, unless one or a choice was asked for.
    summary: Option<Summary>,
    sections: Vec<Section>,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(Command::Explain(cell)) = &options.command {
        return explain::run(cell);
    }
    let page_file = options.html.as_deref().filter(|it| *it != Path::new("-"));
    if let Some(path) = page_file {
        files::check_writable(path)?;
    }
    let conversation = options.theft.setup.conversation()?;
    let Computed {
        json,
        summary,
        mut sections,
    } = compute(options, &conversation)?;
    let summary = summary.as_ref();
    if options.json {
        return terminal::print_json(&json);
    }
    if let Some(path) = page_file {
        files::write_new(path, page::page(summary, &sections).as_bytes())?;
        let path = printable_path(path);
        return terminal::print([format!("Wrote {path}: open it in a browser, or print it.")]);
    }
    if options.html.is_some() {
        let page = page::page(summary, &sections);
        return terminal::print(page.lines().map(str::to_owned));
    }
    if !options.all {
        sections.truncate(1);
    }
    let shown = TableOptions {
        counts: options.counts,
        width: terminal::width(),
    };
    terminal::print(printout::lines(summary, &sections, shown))
}

/// The chosen designs and attacks, the family that was named, or all families.
fn compute(options: &Options, conversation: &Conversation) -> Result<Computed, Failure> {
    let Options { theft, family, .. } = options;
    let timed = options.json || options.html.is_some();
    if options.designs.is_empty() && options.attacks.is_empty() {
        let families = family.map_or_else(Family::listed, |one| vec![one]);
        let tables = theft.run(conversation, tables::cells(&families), timed, |setting| {
            tables::run(&families, setting)
        })?;
        let sections = Section::each(&tables);
        return Ok(Computed {
            json: json::Matrix::from(&tables),
            summary: family.is_none().then(|| Summary::of(&sections)),
            sections,
        });
    }
    let designs = or_all(&options.designs, &DESIGNS);
    let asked = or_all(&options.attacks, &names::everything());
    let rows = names::rows(&asked);
    let cells = designs.len().saturating_mul(rows.len());
    let matrix = theft.run(conversation, cells, timed, |setting| {
        matrix::run(&designs, &rows, setting)
    })?;
    let other_side = asked.contains(&Asked::LostDevice);
    Ok(Computed {
        json: json::Matrix::from(&matrix),
        summary: None,
        // A page has both at any rate.
        sections: vec![Section::chosen(
            &matrix,
            other_side || options.html.is_some(),
        )],
    })
}

/// What was asked for, in the order of the table; everything if nothing was.
fn or_all<T: Copy + PartialEq>(asked: &[T], all: &[T]) -> Vec<T> {
    let chosen = all
        .iter()
        .filter(|it| asked.is_empty() || asked.contains(it));
    chosen.copied().collect()
}
