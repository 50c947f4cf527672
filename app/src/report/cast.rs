//! The story as a recorded terminal session, in the asciicast format, version 2, with a
//! marker at each scene.
//!
//! The same outcome gives the same recording, byte for byte: its times are computed from
//! the number of words.

use std::time::Duration;

use serde_json::json;

use super::story::StoryScene;
use crate::text::{
    COLUMNS,
    style::{FAINT, paint},
};

/// The terminal's lines.
const LINES: usize = 24;
/// The time between two keystrokes.
const KEYSTROKE: Duration = Duration::from_millis(70);
/// A pause before something new.
const PAUSE: Duration = Duration::from_millis(700);
/// The time to read one word: four a second, for text on a projector.
const WORD: Duration = Duration::from_millis(250);

/// `doormat demo --step`, typed and paged through: a header, then one event a line.
pub fn cast(scenes: &[StoryScene], banner: &str) -> String {
    let header = json!({
        "version": 2,
        "width": COLUMNS,
        "height": LINES,
        "title": "doormat demo: one conversation, two modes, one leaked key",
    });
    let mut cast = Cast {
        clock: Duration::ZERO,
        lines: vec![header.to_string()],
    };
    cast.event("o", "$ ");
    cast.wait(PAUSE);
    for key in "doormat demo --step".chars() {
        cast.wait(KEYSTROKE);
        cast.event("o", &key.to_string());
    }
    cast.wait(PAUSE);
    cast.event("o", "\r\n");
    for (number, scene) in (1..).zip(scenes) {
        cast.event("m", scene.title);
        cast.event("o", &frame(scene, number, scenes.len(), banner));
        cast.wait(reading_time(scene));
    }
    cast.event("o", "\r\n$ ");
    cast.wait(PAUSE);
    cast.event("o", "");
    cast.lines.join("\n") + "\n"
}

/// A cleared screen, the scene on it, and the keys on its last line.
fn frame(scene: &StoryScene, number: usize, of: usize, banner: &str) -> String {
    let next = if number == of { "end" } else { "next" };
    let lines = scene.under_heading(number, of, banner).join("\r\n");
    let keys = paint(FAINT, &format!("space {next}   b back   q quit"));
    format!("\x1b[2J\x1b[H{lines}\x1b[{LINES};1H{keys}")
}

fn reading_time(scene: &StoryScene) -> Duration {
    let words = scene.lines.iter().flat_map(|line| line.split_whitespace());
    words
        .map(|_| WORD)
        .sum::<Duration>()
        .clamp(Duration::from_secs(4), Duration::from_secs(25))
}

struct Cast {
    clock: Duration,
    lines: Vec<String>,
}

impl Cast {
    fn wait(&mut self, time: Duration) {
        self.clock += time;
    }

    fn event(&mut self, code: &str, data: &str) {
        let time = self.clock.as_secs_f64();
        self.lines.push(json!([time, code, data]).to_string());
    }
}
