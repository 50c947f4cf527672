//! The matrix as a table that fits its terminal: columns that do not fit beside each
//! other stand below each other.

use super::{
    legend::legend,
    summary::{Amount, Summary, percent},
};
use crate::text::{
    column, count,
    style::{KEY, READ, SHUT, TITLE, paint},
};
use doormat::experiment::matrix::{AttackId, Cell, Column, Cost, Matrix, Outcome, Recovery};

/// Columns of a row's name, and of each cell.
const NAME: usize = 18;
const CELL: usize = 9;

/// What to show.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Messages below the percentages.
    pub counts: bool,
    /// What a lost device's owner gets back, and what a message costs.
    pub other_side: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// The lines of the table.
pub fn table(matrix: &Matrix, options: Options) -> Vec<String> {
    let fit = options.width.saturating_sub(NAME) / CELL;
    let blocks = matrix.columns.chunks(fit.max(1)).map(|columns| Block {
        matrix,
        columns,
        options,
    });
    let mut lines = vec![title(matrix), String::new()];
    lines.extend(blocks.flat_map(|block| block.lines()));
    lines.extend(legend(matrix, options.width));
    let lines = lines.into_iter();
    lines.map(|line| line.trim_end().to_owned()).collect()
}

fn title(matrix: &Matrix) -> String {
    let when = match matrix.theft_at {
        0 => "before the first".to_owned(),
        at => format!("after the first {at}"),
    };
    let messages = count(matrix.messages, "message");
    let seed = matrix.seed;
    format!("{messages}, the theft {when}. Seed {seed}: reproducible, not secret.")
}

/// Designs that fit beside each other.
struct Block<'a> {
    matrix: &'a Matrix,
    columns: &'a [Column],
    options: Options,
}

impl Block<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.heading().to_vec();
        let (evasions, thefts): (Vec<_>, Vec<_>) = self
            .rows()
            .into_iter()
            .partition(|(row, _)| row.is_evasion());
        lines.extend(thefts.iter().flat_map(|(row, cells)| self.row(*row, cells)));
        lines.push(String::new());
        if !evasions.is_empty() {
            lines.push("Does the authority still read two who evade it?".to_owned());
            lines.extend(
                evasions
                    .iter()
                    .flat_map(|(row, cells)| self.row(*row, cells)),
            );
            lines.push(String::new());
        }
        if self.options.other_side {
            lines.extend(self.recovery());
            lines.extend(self.cost());
        }
        lines
    }

    /// Names in two lines, broken where their parts are.
    fn heading(&self) -> [String; 2] {
        let (mut first, mut second) = (column("", NAME), column("", NAME));
        for design in self.columns.iter().map(|it| it.design.name) {
            let (one, two) = design.split_at(design.find('-').unwrap_or(design.len()));
            first += &column(one, CELL);
            second += &column(two, CELL);
        }
        [first, second].map(|line| paint(TITLE, line.trim_end()))
    }

    fn rows(&self) -> Vec<(AttackId, Vec<&Cell>)> {
        let rows = self.columns.first().map_or(0, |first| first.cells.len());
        (0..rows)
            .filter_map(|row| {
                let cells = self.columns.iter().filter_map(|it| it.cells.get(row));
                let cells: Vec<_> = cells.collect();
                Some((cells.first()?.row, cells))
            })
            .collect()
    }

    /// A word for each design, and below it figures where there are any.
    fn row(&self, row: AttackId, cells: &[&Cell]) -> Vec<String> {
        let theft_at = self.matrix.theft_at;
        let words = cells.iter().map(|cell| word(cell, theft_at));
        let mut lines =
            vec![paint(TITLE, &column(row.as_str(), NAME)) + &words.collect::<String>()];
        if cells.iter().all(|cell| cell.outcome.is_err()) {
            return lines;
        }
        let mut figures = |name: &str, figure: &dyn Fn(&Outcome) -> String| {
            let cells = cells.iter().map(|cell| {
                let outcome = cell.outcome.as_ref();
                column(&outcome.map_or_else(|_| String::new(), figure), CELL)
            });
            lines.push(column(name, NAME) + &cells.collect::<String>());
        };
        figures("", &|it| percentages(row, it, theft_at));
        if self.options.counts && row.is_from_the_start() {
            let of = self.matrix.messages;
            let all = |it: &Outcome| it.past(theft_at).0 + it.future(theft_at).0;
            figures(&format!("  of {of}"), &|it| format!("  {}", all(it)));
        } else if self.options.counts {
            let after = self.matrix.messages.saturating_sub(theft_at);
            let before = |it: &Outcome| format!("  {}", it.past(theft_at).0);
            figures(&format!("  before, of {theft_at}"), &before);
            figures(&format!("  after, of {after}"), &|it| {
                format!("  {}", it.future(theft_at).0)
            });
        }
        lines
    }

    /// What the owner of a lost device gets back.
    fn recovery(&self) -> Vec<String> {
        let of = self.matrix.theft_at;
        let row = |name: &str, back: fn(&Recovery) -> usize| {
            let cells = || self.columns.iter().map(|it| back(&it.recovery));
            let shown = cells().map(|back| match of {
                0 => column("", CELL),
                _ => styled(
                    SHUT,
                    &format!("{} {}", Amount::of(back, of).sign(), percent((back, of))),
                ),
            });
            let mut lines = vec![column(name, NAME) + &shown.collect::<String>()];
            if self.options.counts {
                let counts = cells().map(|back| column(&format!("  {back}"), CELL));
                lines.push(column(&format!("  of {of}"), NAME) + &counts.collect::<String>());
            }
            lines
        };
        [
            vec![format!(
                "lost-device: of the first {of} messages, its owner gets back, in %:"
            )],
            row("by the authority", |it| it.authority),
            row("by a passphrase", |it| it.passphrase),
            vec![String::new()],
        ]
        .concat()
    }

    /// What a message costs.
    fn cost(&self) -> Vec<String> {
        let row = |name: &str, bytes: fn(&Cost) -> usize| {
            let each = self.matrix.messages.max(1);
            let cells = self.columns.iter();
            let cells = cells.map(|it| column(&format!("  {}", bytes(&it.cost) / each), CELL));
            column(name, NAME) + &cells.collect::<String>()
        };
        vec![
            "Cost of a message, in bytes:".to_owned(),
            row("on the wire", |it| it.wire_bytes),
            row("  access fields", |it| it.access_bytes),
            String::new(),
        ]
    }
}

/// A sign, a word, and who noticed.
fn word(cell: &Cell, theft_at: usize) -> String {
    let Ok(outcome) = &cell.outcome else {
        return column("–", CELL);
    };
    let summary = Summary::of(outcome, theft_at);
    let style = match summary.amount {
        // That the authority reads is what its friends wish for.
        _ if cell.row.is_evasion() => TITLE,
        Amount::All => READ,
        Amount::Part => KEY,
        Amount::None => SHUT,
    };
    let letter = summary.letter().unwrap_or(' ');
    let (sign, word) = (summary.amount.sign(), summary.amount.word());
    styled(style, format!("{sign} {word:4} {letter}").trim_end())
}

/// `  0│100`, or one figure for what has no before.
fn percentages(row: AttackId, outcome: &Outcome, theft_at: usize) -> String {
    let (past, future) = (outcome.past(theft_at), outcome.future(theft_at));
    if row.is_from_the_start() {
        let all = (past.0 + future.0, past.1 + future.1);
        return format!("  {}", percent(all));
    }
    format!("{:>3}│{}", percent(past), percent(future))
}

/// A cell's text in a style, its padding in none.
fn styled(style: anstyle::Style, text: &str) -> String {
    let cell = column(text, CELL);
    let shown = cell.trim_end();
    paint(style, shown) + cell.get(shown.len()..).unwrap_or_default()
}
