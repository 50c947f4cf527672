//! The whole difference between the two modes, as a difference of two files.

use similar::TextDiff;

#[test]
fn the_two_modes_differ_in_disclosure_alone() {
    let e2e = include_str!("../../src/mode/e2e.rs");
    let escrow = include_str!("../../src/mode/escrow.rs");
    let diff = TextDiff::from_lines(e2e, escrow)
        .unified_diff()
        .context_radius(1)
        .header("src/mode/e2e.rs", "src/mode/escrow.rs")
        .to_string();
    insta::assert_snapshot!(diff);
}

#[test]
fn each_mode_fits_on_a_projector() {
    for source in [
        include_str!("../../src/mode/e2e.rs"),
        include_str!("../../src/mode/escrow.rs"),
    ] {
        assert!(source.lines().count() <= 40);
        assert!(source.lines().all(|line| line.chars().count() <= 90));
    }
}
