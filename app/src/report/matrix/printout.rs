//! The matrix on a terminal: what was run, all families at a glance, tables, and what
//! their signs mean.

use doormat::experiment::Family;

use super::{
    legend::{legend, wrapped},
    overview::{heading, overview},
    sections::Section,
    summary::Summary,
    table::{Options, table},
    view::View,
};
use crate::text::count;

/// The lines: the tables of `sections`, below a summary if there is one.
pub fn lines(summary: Option<&Summary>, sections: &[Section], options: Options) -> Vec<String> {
    let title = sections.first().map(|first| title(&first.view));
    let mut lines: Vec<String> = title.into_iter().collect();
    lines.push(String::new());
    if let Some(summary) = summary {
        lines.extend(overview(summary, options.width));
        lines.push(String::new());
    }
    for section in sections {
        if let Some(family) = section.family {
            lines.extend([heading(family), String::new()]);
        }
        lines.extend(table(section, options));
    }
    lines.extend(legend(sections, options.width));
    lines.extend(wrapped(&hints(summary, sections), options.width));
    let lines = lines.into_iter();
    lines.map(|line| line.trim_end().to_owned()).collect()
}

fn title(view: &View) -> String {
    let when = match view.theft_at {
        0 => "before the first".to_owned(),
        at => format!("after the first {at}"),
    };
    let messages = count(view.messages, "message");
    let seed = view.seed;
    format!("{messages}, the theft {when}. Seed {seed}: reproducible, not secret.")
}

/// What to type for more.
fn hints(summary: Option<&Summary>, sections: &[Section]) -> Vec<String> {
    let shown = |family: &Family| sections.iter().any(|it| it.family == Some(*family));
    let families = summary.iter().flat_map(|it| &it.groups);
    let rest: Vec<_> = families
        .map(|(family, _)| *family)
        .filter(|family| !shown(family))
        .map(Family::name)
        .collect();
    let mut hints = Vec::new();
    if !rest.is_empty() {
        let rest = rest.join(", ");
        hints.push(format!(
            "`doormat matrix FAMILY` shows {rest}; `doormat matrix --all` shows every table"
        ));
    }
    hints.push("`doormat matrix explain ATTACK DESIGN` tells one cell".to_owned());
    hints
}
