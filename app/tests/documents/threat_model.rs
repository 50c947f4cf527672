//! The threat model's generated parts are what the attacks give.
//!
//! `UPDATE_DOCS=1 cargo test --test documents` writes them anew.

use crate::common::docs::assert_generated;
use doormat::experiment::{
    Conversation, Setting,
    attacks::{self, ATTACKS},
    design::{DESIGNS, Design},
    matrix::{self, Column},
};
use doormat_app::report::matrix::{markdown, view::View};

#[test]
fn the_four_cells_of_the_walkthrough_are_what_the_attacks_give() {
    let conversation = Conversation::default();
    let setting = Setting::new(&conversation, 7, 4);
    let thefts = [("phone", "seized-device"), ("escrow key", "escrow-key")];
    let rows = thefts.map(|(_, name)| attacks::named(name).unwrap());
    let schedules = [
        ("one session key for ever", ["e2e-static", "escrow-static"]),
        ("a new one every turn", ["e2e", "escrow"]),
    ];
    let mut table = String::from(
        "| of the past, in this run | nobody else has the key | an authority has a copy |\n\
         |---|---|---|\n",
    );
    for (schedule, names) in schedules {
        let designs = names.map(|name| Design::named(name).unwrap());
        let matrix = matrix::run(&designs, &rows, &setting).unwrap();
        let cell = |column: &Column| {
            let told = thefts.iter().zip(&column.cells).map(|((what, _), cell)| {
                let (read, of) = cell.outcome.as_ref().unwrap().past(setting.theft_at);
                let word = match read {
                    0 => "none",
                    read if read == of => "all",
                    _ => "part",
                };
                format!("{what}: **{word}**")
            });
            told.collect::<Vec<_>>().join(", ")
        };
        let cells: Vec<String> = matrix.columns.iter().map(cell).collect();
        table += &format!("| {schedule} | {} |\n", cells.join(" | "));
    }
    assert_generated("docs/walkthrough/forward-secrecy.md", "four-cells", &table);
}

#[test]
fn the_threat_model_shows_what_the_attacks_give() {
    let conversation = Conversation::default();
    let setting = Setting::new(&conversation, 7, 4);
    let matrix = matrix::run(&DESIGNS, ATTACKS, &setting).unwrap();
    let matrix = View::of(&matrix);
    let document = "docs/threat-model.md";
    assert_generated(document, "exposure", &markdown::exposure(&matrix));
    assert_generated(document, "designs", &markdown::designs(&matrix));
    assert_generated(document, "rows", &markdown::rows(&matrix));
    assert_generated(document, "other-side", &markdown::other_side(&matrix));
}
