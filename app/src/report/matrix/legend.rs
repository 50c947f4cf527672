//! What the signs of a table on a terminal mean: those that stand in it, and no others.

use super::sections::{Section, detectors, remarks};
use crate::text::style::{FAINT, paint};

/// Below the tables, in at most so many columns.
pub(super) fn legend(sections: &[Section], width: usize) -> Vec<String> {
    let rows = || sections.iter().flat_map(|section| &section.view.rows);
    let mut cells = rows().flat_map(|row| &row.cells);
    let mut notes = Vec::new();
    if rows().flat_map(|row| &row.cells).any(Result::is_ok) {
        notes.push(
            "● all  ◐ part  ○ none of the messages was read by this attack, in % of those \
             before│after the theft, or of all where it begins with the first"
                .to_owned(),
        );
    }
    if cells.any(Result::is_err) {
        notes.push("– there is nothing of the kind to attack in this design".to_owned());
    }
    let letters = detectors(sections).into_iter().map(|it| it.words());
    let letters: Vec<_> = letters
        .map(|it| format!("{} {}", it.letter, it.legend))
        .collect();
    if !letters.is_empty() {
        notes.push(format!(
            "Noticed, if anybody looks, by: {}; no letter: by nothing on the way",
            letters.join(", ")
        ));
    }
    notes.extend(remarks(sections).into_iter().map(str::to_owned));
    wrapped(&notes, width)
}

/// Notes in small letters, wrapped.
pub(super) fn wrapped(notes: &[String], width: usize) -> Vec<String> {
    let options = textwrap::Options::new(width.clamp(40, 98)).subsequent_indent("  ");
    let lines = notes.iter().flat_map(|note| textwrap::wrap(note, &options));
    lines.map(|line| paint(FAINT, &line)).collect()
}
