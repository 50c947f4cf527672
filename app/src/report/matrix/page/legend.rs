//! What the table's signs mean.

use maud::{Markup, html};

use super::grid::{amount, sign};
use crate::report::matrix::summary::Amount;
use doormat::experiment::matrix::{AttackId, Matrix};

/// Below the table, and on the same sheet of paper.
pub(super) fn legend(matrix: &Matrix) -> Markup {
    let first = matrix.columns.first();
    let mut rows = first.iter().flat_map(|it| &it.cells).map(|it| it.row);
    let amounts = [
        (Amount::All, "every message was read"),
        (Amount::Part, "some were"),
        (Amount::None, "none was"),
    ];
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
                @if rows.any(AttackId::is_evasion) {
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
                    "This noticed, if anybody looks: the safety numbers, which differ; the desk's \
                    witness, or its log; the receiver, who refuses. Without such a line, nothing in the \
                    system noticed."
                }
                dt { "metadata" }
                dd {
                    "Who, to whom, when and how many bytes: every envelope's, but for relay-database: of \
                    those that wait there."
                }
            }
        }
    }
}
