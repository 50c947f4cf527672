//! The story as a recorded terminal session: asciicast, version 2. Players of the format
//! show it as somebody at the keys would have; a marker stands at each scene.
//!
//! The same outcome gives the same recording, byte for byte: its clock is a reader's
//! pace, not a watch.

use std::time::Duration;

use serde_json::json;

use super::story::Scene;
use crate::text::{
    COLUMNS,
    style::{FAINT, paint},
};

/// The terminal's lines.
const LINES: usize = 24;
/// Between two keys of somebody who types.
const KEY: Duration = Duration::from_millis(70);
/// Before something that is to be noticed.
const BREATH: Duration = Duration::from_millis(700);
/// To read one word. Four a second is a projector's pace.
const WORD: Duration = Duration::from_millis(250);

/// `doormat demo --step`, typed, watched and paged through: a header and one event a line.
pub fn cast(scenes: &[Scene], banner: &str) -> String {
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
    cast.wait(BREATH);
    for key in "doormat demo --step".chars() {
        cast.wait(KEY);
        cast.event("o", &key.to_string());
    }
    cast.wait(BREATH);
    cast.event("o", "\r\n");
    for (number, scene) in (1..).zip(scenes) {
        cast.event("m", scene.title);
        cast.event("o", &frame(scene, number, scenes.len(), banner));
        cast.wait(reading_time(scene));
    }
    cast.event("o", "\r\n$ ");
    cast.wait(BREATH);
    cast.event("o", "");
    cast.lines.join("\n") + "\n"
}

/// A cleared screen, the scene on it, and the keys on its last line.
fn frame(scene: &Scene, number: usize, of: usize, banner: &str) -> String {
    let next = if number == of { "end" } else { "next" };
    let lines = scene.under_heading(number, of, banner).join("\r\n");
    let keys = paint(FAINT, &format!("space {next}   b back   q quit"));
    format!("\x1b[2J\x1b[H{lines}\x1b[{LINES};1H{keys}")
}

fn reading_time(scene: &Scene) -> Duration {
    let words = scene.lines.iter().flat_map(|line| line.split_whitespace());
    WORD.saturating_mul(u32::try_from(words.count()).unwrap_or(u32::MAX))
        .clamp(Duration::from_secs(4), Duration::from_secs(25))
}

struct Cast {
    clock: Duration,
    lines: Vec<String>,
}

impl Cast {
    fn wait(&mut self, time: Duration) {
        self.clock = self.clock.saturating_add(time);
    }

    fn event(&mut self, code: &str, data: &str) {
        let time = self.clock.as_secs_f64();
        self.lines.push(json!([time, code, data]).to_string());
    }
}
