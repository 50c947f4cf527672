//! The threat model's generated parts are what the attacks give.
//!
//! `UPDATE_DOCS=1 cargo test --test threat_model` writes them anew.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::docs::assert_generated;
use doormat::experiment::{
    Conversation,
    design::DESIGNS,
    matrix::{self, Row, Setting},
};
use doormat::report::matrix::markdown;

#[test]
fn the_threat_model_shows_what_the_attacks_give() {
    let conversation = Conversation::default();
    let setting = Setting {
        conversation: &conversation,
        seed: 7,
        theft_at: 4,
        clock: None,
        progress: &|| {},
    };
    let matrix = matrix::run(&DESIGNS, &Row::ALL, &setting).unwrap();
    let document = "docs/threat-model.md";
    assert_generated(document, "exposure", &markdown::exposure(&matrix));
    assert_generated(document, "designs", &markdown::designs(&matrix));
    assert_generated(document, "rows", &markdown::rows(&matrix));
    assert_generated(document, "other-side", &markdown::other_side(&matrix));
}
