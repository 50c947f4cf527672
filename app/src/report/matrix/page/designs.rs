//! Each design in a sentence, made from the data that the experiment runs on.

use maud::{Markup, html};

use super::tables::back;
use crate::report::matrix::describe::describe;
use doormat::experiment::matrix::Matrix;

/// The columns, told.
pub(super) fn designs(matrix: &Matrix) -> Markup {
    html! {
        section #designs {
            h2 { "Designs" }
            p {
                "Whatever two designs have in common runs the same code: the handshake, the cipher, \
                the wire, the attacker."
            }
            dl.designs {
                @for design in matrix.columns.iter().map(|it| &it.design) {
                    div id=(format!("design-{}", design.name)) {
                        dt { (design.name) }
                        dd { (describe(design)) }
                    }
                }
            }
            (back())
        }
    }
}
