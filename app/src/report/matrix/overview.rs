//! All families at a glance on a terminal: a row an attack, and whom it hits.

use doormat::experiment::{Family, design::Design};

use super::{
    legend::wrapped,
    summary::{Summary, SummaryRow},
    table::{CELL, NAME, style, styled},
    view::Amount,
};
use crate::text::{
    column,
    style::{FAINT, TITLE, paint},
};

/// Columns of a count.
const COUNT: usize = 7;

/// The lines of the summary.
pub(super) fn overview(summary: &Summary, width: usize) -> Vec<String> {
    let mut lines = names(&summary.headlines).to_vec();
    for (family, rows) in &summary.groups {
        lines.push(heading(*family));
        lines.extend(rows.iter().map(row));
    }
    lines.extend(wrapped(&notes(summary), width));
    lines
}

/// `spare-key: Does it help to keep the spare key better?`
pub(super) fn heading(family: Family) -> String {
    paint(TITLE, &format!("{family}: {}", family.question()))
}

fn names(headlines: &[Design]) -> [String; 2] {
    let headlines = headlines.iter().map(|it| column(it.name, CELL));
    let headlines = column("", NAME) + &headlines.collect::<String>();
    let over = Amount::ALL.map(|it| column(&format!("{} {}", it.sign(), it.word()), COUNT));
    let above = column("", crate::text::columns(&headlines)) + "of how many designs it reads";
    [above, headlines + &over.concat() + "noticed by"].map(|it| paint(TITLE, &it))
}

fn row(it: &SummaryRow) -> String {
    let of_each = it.headlines.iter().map(|amount| match amount {
        Some(amount) => {
            let text = format!("{} {}", amount.sign(), amount.word());
            styled(style(it.attack, *amount), &text, CELL)
        }
        None => column("–", CELL),
    });
    let counts = it.hit.map(|(amount, designs)| {
        let text = column(&designs.to_string(), COUNT);
        let style = match designs {
            0 => FAINT,
            _ => style(it.attack, amount),
        };
        let shown = text.trim_end();
        paint(style, shown) + text.get(shown.len()..).unwrap_or_default()
    });
    let noticed = it.noticed.iter().map(|(detector, designs)| {
        let (name, measured) = (detector.words().short, it.measured());
        format!("{name}, {designs} of {measured}")
    });
    let noticed = noticed.collect::<Vec<_>>().join("; ");
    [
        paint(TITLE, &column(it.attack.name, NAME)),
        of_each.collect(),
        counts.concat(),
        noticed,
    ]
    .concat()
}

fn notes(summary: &Summary) -> Vec<String> {
    let mut notes = vec![format!(
        "Counted are those of {} designs in which it was run",
        summary.designs
    )];
    let evasions = summary.rows().filter(|row| row.attack.is_evasion());
    let evasions: Vec<_> = evasions.map(|row| row.attack.name).collect();
    if !evasions.is_empty() {
        let names = evasions.join(", ");
        notes.push(format!(
            "In {names} it is the authority that reads, and the senders who evade it"
        ));
    }
    notes
}
