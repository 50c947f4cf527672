//! The matrix in Markdown, for `docs/threat-model.md`.

use doormat::experiment::Family;

use super::{
    sections::{self, Section, attacks},
    summary::Summary,
    view::{Amount, Shown, View, percent},
};

/// Whom each attack hits, over all families.
pub fn summary(summary: &Summary) -> String {
    let headlines = summary.headlines.iter().map(|it| format!("`{}`", it.name));
    let amounts = Amount::ALL.map(|it| format!("{} {}", it.sign(), it.word()));
    let names = headlines.chain(amounts).chain(["noticed by".to_owned()]);
    let names: Vec<_> = names.collect();
    let rule = names.iter().map(|_| "---".to_owned());
    let mut lines = line("attack", names.iter().cloned()) + &line("---", rule);
    for (family, rows) in &summary.groups {
        let blank = names.iter().map(|_| String::new());
        lines += &line(&format!("**[{family}](#{})**", anchor(*family)), blank);
        for row in rows {
            let name = row.attack.name;
            let of_each = row.headlines.iter().map(|it| match it {
                Some(amount) => format!("{} {}", amount.sign(), amount.word()),
                None => "–".to_owned(),
            });
            let counts = row.hit.iter().map(|(_, designs)| designs.to_string());
            let noticed = row.noticed.iter().map(|(detector, designs)| {
                let (name, of) = (detector.words().short, row.measured());
                format!("{name}, {designs} of {of}")
            });
            let noticed = noticed.collect::<Vec<_>>().join("; ");
            let cells = of_each.chain(counts).chain([noticed]);
            lines += &line(&format!("[{name}](#{name})"), cells);
        }
    }
    lines
}

/// Each family's table below its question.
pub fn families(sections: &[Section]) -> String {
    let sections = sections.iter().map(|section| {
        let heading = section.family.map(|family| {
            let (title, question) = (family.title(), family.question());
            format!("### {title}\n\n{question}\n\n")
        });
        heading.unwrap_or_default() + &exposure(&section.view)
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// Where the heading of a family's table is.
fn anchor(family: Family) -> String {
    family.title().to_lowercase().replace(' ', "-")
}

/// Designs as columns, attacks as rows.
fn exposure(view: &View) -> String {
    let rows = view.rows.iter().map(|row| {
        let name = row.attack.name;
        line(&format!("[{name}](#{name})"), row.cells.iter().map(cell))
    });
    heading(view, "attack") + &rows.collect::<String>()
}

/// What is stolen, what it teaches, and who said so: one section for each attack.
pub fn rows(sections: &[Section]) -> String {
    let attacks = attacks(sections).into_iter().map(|row| row.attack);
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
pub fn designs(sections: &[Section]) -> String {
    let designs = sections::designs(sections).into_iter();
    let lines = designs.map(|it| format!("| `{}` | {} |\n", it.name, it.describe()));
    format!(
        "| design | what it is |\n|---|---|\n{}",
        lines.collect::<String>()
    )
}

/// What the owner of a lost device gets back, and what a message costs, where a family
/// says so.
pub fn other_side(sections: &[Section]) -> String {
    let shown = sections.iter().filter(|it| it.recovery || it.cost);
    let shown = shown.map(|section| {
        let title = section.family.map(|it| format!("*{}:*\n\n", it.title()));
        title.unwrap_or_default() + &other_side_of(section)
    });
    shown.collect::<Vec<_>>().join("\n")
}

fn other_side_of(section: &Section) -> String {
    let view = &section.view;
    let of = view.theft_at;
    let recovery = view.recovery.iter().map(|way| {
        let cells = way.restored.iter().map(|back| {
            let sign = Amount::of(*back, of).sign();
            format!("{sign} {} %", percent((*back, of)))
        });
        line(&format!("lost-device: {}", way.name), cells)
    });
    let costs = || view.costs.iter();
    let cost = [
        line(
            "bytes a message",
            costs().map(|it| it.wire_bytes.to_string()),
        ),
        line(
            "of that, access fields",
            costs().map(|it| it.access_bytes.to_string()),
        ),
    ];
    let mut lines = heading(view, "");
    if section.recovery {
        lines += &recovery.collect::<String>();
    }
    if section.cost {
        lines += &cost.concat();
    }
    lines
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
