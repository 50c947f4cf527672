//! Each attack: what was stolen, what was tried, what it teaches, and what came of it.

use maud::{Markup, html};

use super::{grid, told};
use crate::report::matrix::{summary::Amount, words::words};
use doormat::experiment::{
    design::Design,
    matrix::{AttackId, Matrix},
};

/// The rows, told.
pub(super) fn attacks(matrix: &Matrix) -> Markup {
    let first = matrix.columns.first();
    let rows = first.iter().flat_map(|it| &it.cells).map(|it| it.row);
    html! {
        section #attacks {
            h2 { "Attacks" }
            p { "Designs with the same outcome stand together; each name leads back to its cell." }
            @for row in rows { (attack(row, matrix)) }
        }
    }
}

fn attack(row: AttackId, matrix: &Matrix) -> Markup {
    let words = words(row);
    html! {
        section.attack.evasion[row.is_evasion()] id=(row.as_str()) {
            h3 { (row.as_str()) }
            a.back href=(format!("#row-{row}")) { "↑ its row" }
            div.story {
                p.lesson { (words.lesson) }
                dl {
                    dt { "stolen" } dd { (words.loot) }
                    dt { "when" } dd { (words.when) }
                    dt { "tried" } dd { (words.tried) }
                    dt { "source" } dd { cite { (words.source) } }
                }
            }
            div.outcomes {
                @for (told, designs) in together(row, matrix) {
                    (outcome(row, &told, &designs))
                }
            }
        }
    }
}

/// Designs with the same outcome, in the order of the table.
fn together(row: AttackId, matrix: &Matrix) -> Vec<(told::Told, Vec<&Design>)> {
    let mut groups: Vec<(told::Told, Vec<&Design>)> = Vec::new();
    for column in &matrix.columns {
        let Some(cell) = column.cells.iter().find(|cell| cell.row == row) else {
            continue;
        };
        let told = told::Told::of(cell, matrix);
        match groups.iter_mut().find(|(other, _)| *other == told) {
            Some((_, designs)) => designs.push(&column.design),
            None => groups.push((told, vec![&column.design])),
        }
    }
    groups
}

fn outcome(row: AttackId, told: &told::Told, designs: &[&Design]) -> Markup {
    html! {
        article class=(told.amount.map_or("na", Amount::word)) {
            h4 {
                @for id in designs.iter().map(|it| (told::id(row, it), it.name)) {
                    a id=(id.0) href=(format!("#cell-{}", id.0)) { (id.1) } " "
                }
            }
            @if let Some(amount) = told.amount {
                p.amount {
                    (grid::amount(amount))
                    @if let Some(strip) = &told.strip { span.strip aria-hidden="true" { (strip) } }
                }
            }
            dl {
                @for (name, text) in &told.facts { dt { (name) } dd { (text) } }
            }
        }
    }
}
