//! The progress file in a student's folder: attempts and hints. The student can edit it, so
//! whether the exercise is solved is always computed again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Course, Marks, Student, Variant, exercise::TIERS};

/// The file's name.
pub const PROGRESS: &str = "progress.json";

const FORM: &str = "doormat lab progress, version 1";

/// What one folder records. Times are in seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgressFile {
    form: String,
    /// The exercise's name.
    pub exercise: String,
    /// The student's id.
    pub student: String,
    /// The course's id, or `public`.
    pub course: String,
    /// The variant, if the instructor included it so that `check` can mark the answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// When the folder was created.
    pub started: u64,
    /// Hints taken.
    #[serde(default)]
    pub hints: Vec<HintTaken>,
    /// Answers tried.
    #[serde(default)]
    pub attempts: Vec<Attempt>,
}

/// A hint that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HintTaken {
    /// Its tier.
    pub tier: String,
    /// When it was taken first.
    pub time: u64,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// When it was made.
    pub time: u64,
    /// The answers by part.
    pub answers: BTreeMap<String, String>,
    /// How many parts were correct; `None` if that could not be decided here.
    pub right: Option<usize>,
    /// Whether all parts were correct.
    pub solved: bool,
}

impl ProgressFile {
    /// The progress of a folder that has just been created.
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

    /// Includes the variant.
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
        let read: Self = serde_json::from_str(text)?;
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

    /// Records an attempt, unless its answers are those of the last one. The size is bounded:
    /// of more than `MAX_ATTEMPTS` the first and the latest are kept, and of each answer at
    /// most `MAX_ANSWER` characters.
    pub fn attempt(
        &mut self,
        mut answers: BTreeMap<String, String>,
        marks: Option<&Marks>,
        now: u64,
    ) {
        for answer in answers.values_mut() {
            *answer = answer.chars().take(MAX_ANSWER).collect();
        }
        if self.attempts.len() >= MAX_ATTEMPTS {
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

    /// The variant, if it was included.
    ///
    /// # Errors
    /// [`NotProgress::Variant`] if it is none.
    pub fn included_variant(&self) -> Result<Option<Variant>, NotProgress> {
        let Some(digits) = &self.variant else {
            return Ok(None);
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotProgress::Variant)?;
        Ok(Some(Variant::from_bytes(bytes)))
    }
}

/// The most attempts that are recorded.
const MAX_ATTEMPTS: usize = 500;

/// The most characters of an answer that are recorded.
const MAX_ANSWER: usize = 200;

/// Why a text is not a progress file.
#[derive(Debug, thiserror::Error)]
pub enum NotProgress {
    /// Not the right JSON.
    #[error("it is damaged, at line {}", .0.line())]
    Json(#[from] serde_json::Error),
    /// Another version or another file.
    #[error("it is not of the form `{FORM}`")]
    Form,
    /// `variant` is not 64 hexadecimal digits.
    #[error("it is damaged: `variant` should be 64 hexadecimal digits")]
    Variant,
}
