//! The matrix in Markdown, for `docs/threat-model.md`.

use super::view::{Amount, Shown, View, percent};

/// Designs as columns, attacks as rows.
pub fn exposure(view: &View) -> String {
    let rows = view.rows.iter().map(|row| {
        let name = row.attack.name;
        line(&format!("[{name}](#{name})"), row.cells.iter().map(cell))
    });
    heading(view, "attack") + &rows.collect::<String>()
}

/// What is stolen, what it teaches, and who said so: one section for each attack.
pub fn rows(view: &View) -> String {
    let attacks = view.rows.iter().map(|row| row.attack);
    attacks
        .map(|it| {
            format!(
                "### {it}\n\n*Stolen:* {}, {}. *Tried:* {}.\n\n{}\n\n*Source:* {}.\n\n",
                it.loot, it.when, it.tried, it.lesson, it.source
            )
        })
        .collect()
}

/// What each design is.
pub fn designs(view: &View) -> String {
    let designs = view.designs.iter();
    let lines = designs.map(|it| format!("| `{}` | {} |\n", it.name, it.describe()));
    format!(
        "| design | what it is |\n|---|---|\n{}",
        lines.collect::<String>()
    )
}

/// What the owner of a lost device gets back, and what a message costs.
pub fn other_side(view: &View) -> String {
    let of = view.theft_at;
    let recovery = view.recovery.iter().map(|way| {
        let cells = way.restored.iter().map(|back| {
            let sign = Amount::of(*back, of).sign();
            format!("{sign} {} %", percent((*back, of)))
        });
        line(&format!("lost-device: {}", way.name), cells)
    });
    let costs = || view.costs.iter();
    [
        heading(view, ""),
        recovery.collect(),
        line(
            "bytes a message",
            costs().map(|it| it.wire_bytes.to_string()),
        ),
        line(
            "of that, access fields",
            costs().map(|it| it.access_bytes.to_string()),
        ),
    ]
    .concat()
}

fn heading(view: &View, corner: &str) -> String {
    let names = view.designs.iter().map(|it| format!("`{}`", it.name));
    let rule = view.designs.iter().map(|_| "---".to_owned());
    line(corner, names) + &line("---", rule)
}

fn line(name: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {name} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// `● 100│100 S`
fn cell(cell: &Result<Shown, &str>) -> String {
    let Ok(it) = cell else {
        return "–".to_owned();
    };
    let letter = it.noticed_by.map(|it| format!(" {}", it.words().letter));
    let (sign, past, future) = (it.amount.sign(), percent(it.past), percent(it.future));
    format!("{sign} {past}│{future}{}", letter.unwrap_or_default())
}
