//! What the signs of a table mean: those that stand in it, and no others.

use crate::text::style::{FAINT, paint};
use doormat::experiment::matrix::{AttackId, Detector, Matrix, Outcome};

/// The lines of the legend.
pub fn legend(matrix: &Matrix, width: usize) -> Vec<String> {
    let cells = || matrix.columns.iter().flat_map(|it| &it.cells);
    let outcomes = || cells().filter_map(|it| it.outcome.as_ref().ok());
    let has = |row: AttackId| cells().any(|it| it.row == row);
    let mut notes = Vec::new();
    if outcomes().next().is_some() {
        notes.push(
            "● all  ◐ part  ○ none of the messages was read by this attack, in % of those \
             before│after the theft, or of all where it begins with the first"
                .to_owned(),
        );
    }
    if cells().any(|it| it.outcome.is_err()) {
        notes.push("– there is nothing of the kind to attack in this design".to_owned());
    }
    if let Some(letters) = letters(outcomes()) {
        notes.push(letters);
    }
    if has(AttackId::RelayDatabase) {
        notes.push(
            "Metadata is open for every message; in relay-database, for those that wait there"
                .to_owned(),
        );
    }
    notes.push("`doormat matrix explain ATTACK DESIGN` tells one cell".to_owned());
    let width = width.clamp(40, 98);
    notes
        .iter()
        .flat_map(|note| {
            textwrap::wrap(note, textwrap::Options::new(width).subsequent_indent("  "))
        })
        .map(|line| paint(FAINT, &line))
        .collect()
}

/// The alarms that went off somewhere.
fn letters<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Option<String> {
    let noticed: Vec<_> = outcomes.filter_map(|it| it.noticed_by).collect();
    let all = [
        (Detector::SafetyNumber, "S the safety numbers, which differ"),
        (Detector::Witness, "W the desk's witness"),
        (Detector::DeskLog, "L the desk's log"),
        (Detector::Receiver, "R the receiver, who refuses"),
    ];
    let words: Vec<_> = all
        .into_iter()
        .filter_map(|(alarm, words)| noticed.contains(&alarm).then_some(words))
        .collect();
    (!words.is_empty()).then(|| {
        format!(
            "Noticed, if anybody looks, by: {}; no letter: by nothing on the way",
            words.join(", ")
        )
    })
}
