//! What the signs of the tables mean, on the same sheet of paper as the first.

use maud::{Markup, html};

use super::grid::{amount, sign};
use crate::report::matrix::{
    sections::{Section, attacks, detectors, remarks},
    view::Amount,
};

/// All of it.
pub(super) fn legend(sections: &[Section]) -> Markup {
    let amounts = [
        (Amount::All, "every message was read"),
        (Amount::Part, "some were"),
        (Amount::None, "none was"),
    ];
    let detectors = detectors(sections).into_iter().map(|it| it.words().legend);
    let detectors = detectors.collect::<Vec<_>>().join("; ");
    html! {
        section #legend {
            h2 { "Legend" }
            ul.key {
                @for (it, text) in amounts {
                    li { span class=(format!("swatch {}", it.word())) { (amount(it)) } (text) }
                }
                li { span.swatch.na { span.word { (sign("–")) } } "does not apply: there is nothing of the kind to attack in this design" }
            }
            dl.notes {
                @if attacks(sections).iter().any(|row| row.attack.is_evasion()) {
                    dt { span.swatch.own { "grey" } }
                    dd { "Two evade the authority, and it is the authority that reads." }
                }
                dt { "25│50" }
                dd {
                    "A quarter of the messages before the theft was read, and half of those after it; \
                    one figure where there is no before. A cell's title and its link give the counts."
                }
                dt { span.noticed { "by what" } }
                dd {
                    @if !detectors.is_empty() {
                        "This noticed, if anybody looks: " (detectors) ". "
                    }
                    "Without such a line, nothing in the system noticed."
                }
                dt { "metadata" }
                dd {
                    "Who, to whom, when and how many bytes."
                    @for remark in remarks(sections) { " " (remark) "." }
                }
            }
        }
    }
}
