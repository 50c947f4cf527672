//! One table, made to fit its terminal: columns that do not fit beside each
//! other stand below each other.

use std::ops::Range;

use anstyle::Style;

use super::{
    sections::Section,
    view::{Amount, CostView, RowView, Shown, View, heading, percent},
};
use crate::text::{
    column,
    style::{KEY, READ, SHUT, TITLE, paint},
};
use doormat::experiment::attacks::{Attack, Reader};

/// Columns of a row's name, and of each cell, unless part of a design's name needs more.
pub(super) const NAME: usize = 18;
pub(super) const CELL: usize = 9;

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Messages below the percentages.
    pub counts: bool,
    /// Columns of the terminal.
    pub width: usize,
}

/// The lines of one table.
pub(super) fn table(section: &Section, options: Options) -> Vec<String> {
    let view = &section.view;
    let parts = view.designs.iter().flat_map(|it| parts(it.name));
    let cell = parts.map(|part| part.len() + 1).fold(CELL, usize::max);
    let fit = (options.width.saturating_sub(NAME) / cell).max(1);
    let designs = view.designs.len();
    let blocks = (0..designs).step_by(fit).map(|first| Block {
        section,
        view,
        cell,
        columns: first..designs.min(first + fit),
        options,
    });
    blocks.flat_map(|block| block.lines()).collect()
}

/// Designs that fit beside each other.
struct Block<'a> {
    section: &'a Section,
    view: &'a View,
    /// Columns of the terminal for each.
    cell: usize,
    columns: Range<usize>,
    options: Options,
}

impl Block<'_> {
    fn lines(&self) -> Vec<String> {
        let mut lines = self.names();
        for (reader, rows) in self.view.groups() {
            match reader {
                Reader::Authority => lines.extend([String::new(), heading(reader).to_owned()]),
                Reader::Eve | Reader::Insider => {}
            }
            lines.extend(rows.iter().flat_map(|row| self.row(row)));
        }
        lines.push(String::new());
        if self.section.recovery {
            lines.extend(self.recovery());
        }
        if self.section.cost {
            lines.extend(self.cost());
        }
        lines
    }

    /// What this block shows of a row of the table.
    fn here<'b, T>(&self, row: &'b [T]) -> &'b [T] {
        row.get(self.columns.clone()).unwrap_or_default()
    }

    /// Names, broken where their parts are; in two lines at least, as most need.
    fn names(&self) -> Vec<String> {
        let names = self.here(&self.view.designs).iter();
        let names: Vec<_> = names.map(|it| broken(it.name, self.cell - 1)).collect();
        let lines = names.iter().map(Vec::len).max().unwrap_or_default().max(2);
        let line = |number: usize| {
            let parts = names.iter().map(|name| name.get(number));
            let parts = parts.map(|part| column(part.map_or("", String::as_str), self.cell));
            let line = column("", NAME) + &parts.collect::<String>();
            paint(TITLE, line.trim_end())
        };
        (0..lines).map(line).collect()
    }

    /// A word for each design, and below it figures where there are any.
    fn row(&self, RowView { attack, cells }: &RowView) -> Vec<String> {
        let (cells, theft_at) = (self.here(cells), self.view.theft_at);
        let words = cells.iter().map(|cell| word(attack, cell, self.cell));
        let mut lines = vec![paint(TITLE, &column(attack.name, NAME)) + &words.collect::<String>()];
        if cells.iter().all(Result::is_err) {
            return lines;
        }
        let mut figures = |name: &str, figure: &dyn Fn(&Shown) -> String| {
            let cells = cells.iter().map(|cell| {
                let shown = cell.as_ref().map_or_else(|_| String::new(), figure);
                column(&shown, self.cell)
            });
            lines.push(column(name, NAME) + &cells.collect::<String>());
        };
        let indented = |count: usize| format!("  {count}");
        if attack.is_from_the_start() {
            figures("", &|it| format!("  {}", percent(it.all())));
        } else {
            figures("", &|it| {
                format!("{:>3}│{}", percent(it.past), percent(it.future))
            });
        }
        if self.options.counts && attack.is_from_the_start() {
            let of = self.view.messages;
            figures(&format!("  of {of}"), &|it| indented(it.all().0));
        } else if self.options.counts {
            let after = self.view.messages.saturating_sub(theft_at);
            figures(&format!("  before, of {theft_at}"), &|it| {
                indented(it.past.0)
            });
            figures(&format!("  after, of {after}"), &|it| indented(it.future.0));
        }
        lines
    }

    /// What the owner of a lost device gets back.
    fn recovery(&self) -> Vec<String> {
        let of = self.view.theft_at;
        let mut lines = vec![format!(
            "lost-device: of the first {of} messages, its owner gets back, in %:"
        )];
        for way in &self.view.recovery {
            let restored = self.here(&way.restored);
            let shown = restored.iter().map(|back| match of {
                0 => column("", self.cell),
                _ => {
                    let sign = Amount::of(*back, of).sign();
                    styled(SHUT, &format!("{sign} {}", percent((*back, of))), self.cell)
                }
            });
            lines.push(column(way.name, NAME) + &shown.collect::<String>());
            if self.options.counts {
                let counts = restored
                    .iter()
                    .map(|back| column(&format!("  {back}"), self.cell));
                lines.push(column(&format!("  of {of}"), NAME) + &counts.collect::<String>());
            }
        }
        lines.push(String::new());
        lines
    }

    /// What a message costs.
    fn cost(&self) -> Vec<String> {
        let row = |name: &str, bytes: fn(&CostView) -> usize| {
            let costs = self.here(&self.view.costs).iter();
            let cells = costs.map(|it| column(&format!("  {}", bytes(it)), self.cell));
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
fn word(attack: &Attack, cell: &Result<Shown, &str>, width: usize) -> String {
    let Ok(shown) = cell else {
        return column("–", width);
    };
    let style = style(attack, shown.amount);
    let letter = shown.noticed_by.map_or(' ', |it| it.words().letter);
    let (sign, word) = (shown.amount.sign(), shown.amount.word());
    styled(style, format!("{sign} {word:4} {letter}").trim_end(), width)
}

/// How a sign looks.
pub(super) fn style(attack: &Attack, amount: Amount) -> Style {
    match amount {
        // That the authority reads is what its friends wish for.
        _ if attack.is_evasion() => TITLE,
        Amount::All => READ,
        Amount::Part => KEY,
        Amount::None => SHUT,
    }
}

/// A cell's text in a style, its padding in none.
pub(super) fn styled(style: Style, text: &str, width: usize) -> String {
    let cell = column(text, width);
    let shown = cell.trim_end();
    paint(style, shown) + cell.get(shown.len()..).unwrap_or_default()
}

/// The parts of a name: `dual`, `-ec`, `-trapdoor`.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    let hyphens = name.match_indices('-').map(|(at, _)| at);
    let begins = [0].into_iter().chain(hyphens.clone());
    let ends = hyphens.chain([name.len()]);
    begins
        .zip(ends)
        .filter_map(|(begin, end)| name.get(begin..end))
}

/// A name in lines of so many columns, each with as many parts as fit.
fn broken(name: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts(name) {
        match lines.last_mut() {
            Some(last) if last.len() + part.len() <= width => last.push_str(part),
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_broken_where_their_parts_are() {
        assert_eq!(broken("e2e", 8), ["e2e"]);
        assert_eq!(broken("escrow-desk", 8), ["escrow", "-desk"]);
        assert_eq!(broken("dual-ec-trapdoor", 9), ["dual-ec", "-trapdoor"]);
    }
}
