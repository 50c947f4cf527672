//! The demonstration as scenes for a terminal of 80 × 24. Every figure in it is
//! taken from the outcome.

mod after;
mod before;
mod conversation;
mod leak;
mod meaning;
mod next;
mod records;
mod rows;
mod why;

use crate::text::{
    COLUMNS,
    style::{FAINT, TITLE, paint},
};
use doormat::experiment::LeakOutcome;

/// One scene: at most 21 lines of at most 80 columns.
#[derive(Debug, Clone)]
pub struct Scene {
    /// What it shows.
    pub title: &'static str,
    /// Its lines, styled.
    pub lines: Vec<String>,
}

impl Scene {
    /// The scene under its heading: number, title, and at the right what everybody in
    /// the room should know of a seeded run.
    pub fn under_heading(&self, number: usize, of: usize, banner: &str) -> Vec<String> {
        let count = format!("{number}/{of}");
        let taken = count.len() + 1 + self.title.len() + banner.len() + 1;
        let heading = format!(
            "{} {}{}{}",
            paint(FAINT, &count),
            paint(TITLE, self.title),
            " ".repeat(COLUMNS.saturating_sub(taken)),
            paint(FAINT, banner)
        );
        [heading, String::new()]
            .into_iter()
            .chain(self.lines.iter().cloned())
            .collect()
    }
}

/// How the story was asked for: what its last scene says next depends on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// The file of the conversation, if it was not the default one.
    pub messages: Option<&'a str>,
    /// Where the recordings were left, if they were.
    pub captures: Option<&'a str>,
}

/// The whole story.
pub fn scenes(outcome: &LeakOutcome, asked: Asked<'_>) -> Vec<Scene> {
    vec![
        conversation::scene(outcome),
        records::scene(outcome),
        before::scene(outcome),
        leak::scene(outcome),
        after::scene(outcome),
        meaning::scene(outcome, asked),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use console::{measure_text_width, strip_ansi_codes};
    use doormat::experiment::{Conversation, leak};
    use doormat::protocol::ScheduleId;

    fn stories() -> impl Iterator<Item = Vec<Scene>> {
        let long: String = (0..60)
            .map(|i| format!("{}\n", "wörd,".repeat(i)))
            .collect();
        let wide = "日本語のメッセージ。".repeat(20) + "\n";
        let talks = [long, wide, "x\n".to_owned()]
            .map(|text| Conversation::read(text.as_bytes()).expect("a conversation"));
        [ScheduleId::Ratchet, ScheduleId::Static]
            .into_iter()
            .flat_map(move |schedule| {
                let talks = talks.clone().into_iter().chain([Conversation::default()]);
                talks.map(move |talk| {
                    let outcome = leak::run(talk, schedule, 7, &|| {}).expect("an outcome");
                    scenes(&outcome, Asked::default())
                })
            })
    }

    #[test]
    fn every_scene_fits_a_terminal_of_80_by_24() {
        for scene in stories().flatten() {
            // Two lines of heading above, one of keys below.
            assert!(scene.lines.len() <= 21, "{}", scene.title);
            for line in &scene.lines {
                let width = measure_text_width(line);
                assert!(width <= 80, "{width} columns: {}", strip_ansi_codes(line));
            }
        }
    }

    #[test]
    fn no_line_ends_in_spaces() {
        for line in stories().flatten().flat_map(|scene| scene.lines) {
            let line = strip_ansi_codes(&line).into_owned();
            assert_eq!(line, line.trim_end());
        }
    }
}
