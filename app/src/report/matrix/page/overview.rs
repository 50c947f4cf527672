//! All families at a glance: a row an attack, and whom it hits.

use maud::{Markup, html};

use super::grid::amount;
use crate::report::matrix::summary::{Summary, SummaryRow};

/// The summary, whose rows lead to the attacks and whose headings to the tables.
pub(super) fn overview(summary: &Summary) -> Markup {
    // The headlines, three counts, and what noticed.
    let columns = summary.headlines.len() + 4;
    html! {
        section #summary.table.wide {
            table.exposure.summary {
                caption {
                    "Whom each attack hits"
                    small { "counted are those of " (summary.designs) " designs in which it was run" }
                }
                thead {
                    tr {
                        td {}
                        @for name in summary.headlines.iter().map(|it| it.name) {
                            th scope="col" { a href=(format!("#design-{name}")) { (name) } }
                        }
                        th scope="col" { "reads all in" }
                        th scope="col" { "part in" }
                        th scope="col" { "none in" }
                        th scope="col" { "noticed by" }
                    }
                }
                @for (family, rows) in &summary.groups {
                    tbody {
                        tr.group {
                            th colspan=(columns + 1) scope="rowgroup" {
                                a href=(format!("#{family}")) { (family.title()) } ": " (family.question())
                            }
                        }
                        @for row in rows { (line(row)) }
                    }
                }
            }
        }
    }
}

fn line(row: &SummaryRow) -> Markup {
    let (attack, of) = (row.attack, row.measured());
    html! {
        tr.evasion[attack.is_evasion()] {
            th scope="row" { a href=(format!("#{attack}")) { (attack.name) } }
            @for headline in &row.headlines {
                @match headline {
                    Some(it) => td class=(it.word()) { (amount(*it)) },
                    None => td.na { "–" },
                }
            }
            @for (it, designs) in &row.hit {
                td class=[(*designs > 0).then(|| it.word())] { span.figures { (designs) " of " (of) } }
            }
            td.by {
                @for (detector, designs) in &row.noticed {
                    span.noticed { (detector.words().short) ", " (designs) " of " (of) }
                }
            }
        }
    }
}
