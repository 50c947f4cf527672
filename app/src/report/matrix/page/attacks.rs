//! Each attack: what was stolen, what was tried, what it teaches, and what came of it.

use maud::{Markup, html};

use super::{
    grid::{amount, id},
    of,
};
use crate::report::matrix::{
    sections::{self, AttackRow, Section},
    view::{Amount, Shown},
};
use crate::text::grouped;
use doormat::experiment::{attacks::Attack, design::Design};

/// The rows, told.
pub(super) fn attacks(sections: &[Section]) -> Markup {
    let theft_at = sections.first().map_or(0, |first| first.view.theft_at);
    html! {
        section #attacks {
            h2 { "Attacks" }
            p { "Designs with the same outcome stand together; each name leads back to its cell." }
            @for row in &sections::attacks(sections) { (section(row, theft_at)) }
        }
    }
}

fn section(row: &AttackRow<'_>, theft_at: usize) -> Markup {
    let attack = row.attack;
    html! {
        section.attack.evasion[attack.is_evasion()] id=(attack.name) {
            h3 { (attack.name) }
            a.back href=(format!("#row-{attack}")) { "↑ its row" }
            div.story {
                p.lesson { (attack.lesson) }
                dl {
                    dt { "stolen" } dd { (attack.loot) }
                    dt { "when" } dd { (attack.when) }
                    dt { "tried" } dd { (attack.tried) }
                    dt { "source" } dd { cite { (attack.source) } }
                }
            }
            div.outcomes {
                @for (cell, designs) in together(row) {
                    (outcome(attack, cell, &designs, theft_at))
                }
            }
        }
    }
}

/// Designs with the same outcome, in the order of the tables.
fn together<'a>(row: &AttackRow<'a>) -> Vec<(&'a Result<Shown, &'static str>, Vec<&'a Design>)> {
    let mut groups: Vec<(&Result<Shown, &'static str>, Vec<&Design>)> = Vec::new();
    for (design, cell) in &row.cells {
        match groups.iter_mut().find(|(other, _)| other == cell) {
            Some((_, designs)) => designs.push(design),
            None => groups.push((cell, vec![design])),
        }
    }
    groups
}

fn outcome(
    attack: &Attack,
    cell: &Result<Shown, &str>,
    designs: &[&Design],
    theft_at: usize,
) -> Markup {
    let class = cell.as_ref().map_or("na", |it| it.amount.word());
    html! {
        article class=(class) {
            h4 {
                @for (id, design) in designs.iter().map(|it| (id(attack, it), it)) {
                    a id=(id) href=(format!("#cell-{id}")) { (design.name) } " "
                }
            }
            @match cell {
                Err(why) => dl { dt { "Does not apply" } dd { (why) "." } },
                Ok(shown) => {
                    p.amount {
                        (amount(shown.amount))
                        @if let Some(strip) = strip(attack, shown, theft_at) {
                            span.strip aria-hidden="true" { (strip) }
                        }
                    }
                    (facts(shown))
                }
            }
        }
    }
}

/// The longest conversation of which each message is shown.
const STRIP: usize = 48;

/// `○○○○│●●○○`, or without the bar for what has no before.
fn strip(attack: &Attack, shown: &Shown, theft_at: usize) -> Option<String> {
    let signs = |read: &[bool]| -> String {
        let amounts = read.iter().map(|read| match read {
            true => Amount::All,
            false => Amount::None,
        });
        amounts.map(Amount::sign).collect()
    };
    let (past, future) = shown.read.split_at_checked(theft_at)?;
    let bar = if attack.is_from_the_start() {
        ""
    } else {
        "│"
    };
    (shown.read.len() <= STRIP).then(|| format!("{}{bar}{}", signs(past), signs(future)))
}

fn facts(shown: &Shown) -> Markup {
    html! {
        dl {
            dt { "Read" }
            dd { (of(shown.past)) " before the theft, " (of(shown.future)) " after it" }
            @if let Some(ends) = ends(&shown.read) { dt { "First and last" } dd { (ends) } }
            @for (name, text) in &shown.facts { dt { (name) } dd { (text) } }
        }
    }
}

/// The first and the last message that were read.
fn ends(read: &[bool]) -> Option<String> {
    let first = read.iter().position(|read| *read)?;
    let last = read.iter().rposition(|read| *read)?;
    let (first, last) = (grouped(first), grouped(last));
    Some(if first == last {
        format!("message {first}, counted from 0, and no other")
    } else {
        format!("messages {first} and {last}, counted from 0")
    })
}
