//! One scene, and what the last one depends on.

use crate::text::{
    COLUMNS, column, printable,
    style::{FAINT, TITLE, paint},
};

/// One scene: at most 21 lines of at most 80 columns.
#[derive(Debug, Clone)]
pub struct StoryScene {
    /// What it shows.
    pub title: &'static str,
    /// Its lines, styled.
    pub lines: Vec<String>,
}

impl StoryScene {
    /// The scene under its heading: number, title, and at the right the banner, which names
    /// the seed.
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

/// How the story was started; the commands in its last scene depend on it.
#[derive(Debug, Clone, Copy, Default)]
pub struct StoryOptions<'a> {
    /// The file of the conversation, if it was not the default one.
    pub messages: Option<&'a str>,
    /// Where the recordings were left, if they were.
    pub captures: Option<&'a str>,
}

impl StoryOptions<'_> {
    /// Commands that continue where the story ends, each with its purpose.
    pub(super) fn next_commands(self) -> Vec<String> {
        let dir = printable(self.captures.unwrap_or("lesson"));
        let messages = self
            .messages
            .filter(|file| *file != "-")
            .map_or_else(String::new, |file| {
                format!(" --messages {}", printable(file))
            });
        let mut steps = Vec::new();
        if self.captures.is_none() {
            steps.push((
                format!("demo{messages} --captures lesson"),
                "leave the tapes and the key",
            ));
        }
        steps.push((
            format!("attack {dir}/escrow.pcapng --escrow-key {dir}/escrow.key"),
            "be Eve",
        ));
        steps.push((
            format!("inspect {dir}/escrow.pcapng"),
            "every byte of an envelope",
        ));
        steps.push((format!("matrix{messages}"), "every other theft and design"));
        if messages.is_empty() {
            steps.push((
                "demo --messages FILE".to_owned(),
                "with a conversation of your own",
            ));
        }
        steps
            .into_iter()
            .flat_map(|(command, why)| {
                let command = format!("  doormat {command}");
                let why = paint(FAINT, why);
                if command.chars().count() < 42 {
                    vec![format!("{} {why}", column(&command, 43))]
                } else {
                    vec![command, format!("{:44}{why}", "")]
                }
            })
            .collect()
    }
}
