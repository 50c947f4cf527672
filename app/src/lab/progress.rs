//! What a student did, in a plain file in the folder. It is the student's: whatever it says
//! of being solved is computed again before it is believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Course, Marks, Student, Variant, exercise::TIERS};

/// The file's name.
pub const PROGRESS: &str = "progress.json";

const FORM: &str = "doormat lab progress, version 1";

/// One folder's story. Times are in seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    form: String,
    /// Of which exercise.
    pub exercise: String,
    /// Whose.
    pub student: String,
    /// Of which course: `public`, or a course's id.
    pub course: String,
    /// The variant, where the instructor gave it along so that `check` can judge at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// When the folder was made.
    pub started: u64,
    /// Hints asked for.
    #[serde(default)]
    pub hints: Vec<HintTaken>,
    /// Answers tried.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
}

/// A hint that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HintTaken {
    /// Which tier.
    pub tier: String,
    /// When first.
    pub time: u64,
}

/// Answers that were tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When.
    pub time: u64,
    /// What.
    pub answers: BTreeMap<String, String>,
    /// How many parts were right; nothing if it could not be judged here.
    pub right: Option<usize>,
    /// Whether that was all of them.
    pub solved: bool,
}

impl Progress {
    /// A folder that has just been made.
    pub fn begin(exercise: &str, student: &Student, course: &Course, now: u64) -> Self {
        Self {
            form: FORM.to_owned(),
            exercise: exercise.to_owned(),
            student: student.to_string(),
            course: course.id(),
            variant: None,
            started: now,
            hints: Vec::new(),
            attempts: Vec::new(),
        }
    }

    /// Gives the variant along.
    #[must_use]
    pub fn with_variant(self, variant: &Variant) -> Self {
        Self {
            variant: Some(hex::encode(variant.as_bytes())),
            ..self
        }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`NotProgress`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, NotProgress> {
        let read: Self = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
        if read.form == FORM {
            Ok(read)
        } else {
            Err(NotProgress::Form)
        }
    }

    /// The file's text.
    ///
    /// # Errors
    /// What the encoder says.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// The tier of hints that comes next, from 0; `None` if all were given.
    pub fn next_tier(&self) -> Option<usize> {
        TIERS
            .iter()
            .position(|tier| self.hints.iter().all(|taken| taken.tier != *tier))
    }

    /// Notes an attempt. The same answers again are no new one. What is noted stays small:
    /// of very many attempts the first and the last ones, of a very long answer its beginning.
    pub fn attempt(
        &mut self,
        mut answers: BTreeMap<String, String>,
        marks: Option<&Marks>,
        now: u64,
    ) {
        for answer in answers.values_mut() {
            *answer = answer.chars().take(LONGEST).collect();
        }
        if self.attempts.len() >= MOST {
            self.attempts.remove(1);
        }
        if self.attempts.last().is_some_and(|it| it.answers == answers) {
            return;
        }
        self.attempts.push(Attempt {
            time: now,
            answers,
            right: marks.map(Marks::right),
            solved: marks.is_some_and(Marks::all_right),
        });
    }

    /// The variant that was given along.
    ///
    /// # Errors
    /// [`NotProgress::Variant`] if it is none.
    pub fn given_variant(&self) -> Result<Option<Variant>, NotProgress> {
        let Some(digits) = &self.variant else {
            return Ok(None);
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotProgress::Variant)?;
        Ok(Some(Variant::from_bytes(bytes)))
    }
}

/// How many attempts are noted.
const MOST: usize = 500;

/// How many characters of an answer are.
const LONGEST: usize = 200;

/// Why a text is not such a file.
#[derive(Debug, thiserror::Error)]
pub enum NotProgress {
    /// Not its form.
    #[error("it is damaged, at line {}", .0.line())]
    Json(#[from] serde_json::Error),
    /// Of another version, or nothing of ours.
    #[error("it is not of the form `{FORM}`")]
    Form,
    /// Not 64 hexadecimal digits.
    #[error("it is damaged: `variant` should be 64 hexadecimal digits")]
    Variant,
}
