//! An exercise as its folder defines it: one file of metadata and some texts. A name in
//! double braces in a text, such as `{{reporter}}`, is replaced by a fact for each student.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LabError, form::AnswerForm};

/// The tiers of hints, in the order in which they are given.
pub const TIERS: [&str; 3] = ["nudge", "concept", "method"];

/// One exercise.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// The folder's name, by which the command line names the exercise.
    pub name: String,
    /// `exercise.json`.
    pub about: About,
    /// `brief.md`, before facts are put in.
    pub brief: String,
    /// `hints.md`: one hint for each tier.
    pub hints: Vec<String>,
    /// `explanation.md`: the full story, for those who have solved it.
    pub explanation: String,
    /// The other files of the folder, by their path in it.
    pub files: BTreeMap<String, String>,
}

/// An exercise's metadata.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its place in the list.
    pub order: u32,
    /// The title.
    pub title: String,
    /// The task in a few words, for the list.
    #[serde(default)]
    pub what: String,
    /// The kind that generates it: see [`super::kind`].
    pub kind: String,
    /// How long it takes, roughly.
    pub minutes: u32,
    /// How much it requires.
    pub level: Level,
    /// What it is worth.
    pub points: u32,
    /// What is asked, in order.
    pub parts: Vec<ExercisePart>,
    /// Plausible wrong answers, beside those that the kind gives.
    #[serde(default)]
    pub decoys: Vec<BTreeMap<String, String>>,
    /// Settings for the kind.
    #[serde(default)]
    pub with: serde_json::Value,
}

/// How much an exercise requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The first chapters.
    Beginner,
    /// The walkthrough.
    Intermediate,
    /// The specification, and some time.
    Advanced,
}

impl Level {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Beginner => "beginner",
            Self::Intermediate => "intermediate",
            Self::Advanced => "advanced",
        }
    }
}

/// One question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExercisePart {
    /// What the answer is called.
    pub name: String,
    /// The question; facts are put in.
    pub ask: String,
    /// In which form the answer is given.
    pub form: AnswerForm,
    /// An answer of that form, and never the right one.
    pub example: String,
    /// The answer stands in a handed-out file, and finding it is the exercise.
    #[serde(default)]
    pub visible: bool,
}

impl Exercise {
    /// Parses an exercise from the files of its folder.
    ///
    /// # Errors
    /// [`LabError::Author`] says what is missing or wrong.
    pub fn read(name: &str, mut files: BTreeMap<String, String>) -> Result<Self, LabError> {
        let mut take = |file: &str| {
            files
                .remove(file)
                .ok_or_else(|| wrong(name, file, "it is missing"))
        };
        let metadata = take("exercise.json")?;
        let (brief, hints, explanation) = (
            take("brief.md")?,
            take("hints.md")?,
            take("explanation.md")?,
        );
        let about: About =
            serde_json::from_str(&metadata).map_err(|error| wrong(name, "exercise.json", error))?;
        if about.parts.is_empty() {
            return Err(wrong(name, "exercise.json", "it asks nothing: no parts"));
        }
        Ok(Self {
            name: name.to_owned(),
            hints: tiers(name, &hints)?,
            about,
            brief,
            explanation,
            files,
        })
    }

    /// The question of this name.
    pub fn part(&self, name: &str) -> Option<&ExercisePart> {
        self.about.parts.iter().find(|part| part.name == name)
    }

    /// An error in one of this exercise's files.
    pub fn wrong(&self, file: &str, what: impl std::fmt::Display) -> LabError {
        wrong(&self.name, file, what)
    }

    /// A text of the folder with the facts in place of their names.
    ///
    /// # Errors
    /// [`LabError::Author`] if it names a fact that does not exist.
    pub fn fill(
        &self,
        file: &str,
        text: &str,
        facts: &BTreeMap<String, String>,
    ) -> Result<String, LabError> {
        self.replace_names(file, text, ["{{", "}}"], |name| {
            let fact = facts.get(name.trim()).cloned();
            fact.ok_or_else(|| self.wrong(file, format!("there is no fact `{}`", name.trim())))
        })
    }

    /// A text in which `value` has replaced each name between these two marks.
    pub(super) fn replace_names(
        &self,
        file: &str,
        text: &str,
        [open, close]: [&str; 2],
        mut value: impl FnMut(&str) -> Result<String, LabError>,
    ) -> Result<String, LabError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(open) {
            let (name, after) = after
                .split_once(close)
                .ok_or_else(|| self.wrong(file, format!("`{open}` without `{close}`")))?;
            out.push_str(before);
            out.push_str(&value(name)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// `hints.md`: a section headed `# nudge`, `# concept` or `# method` for each tier.
fn tiers(name: &str, text: &str) -> Result<Vec<String>, LabError> {
    let mut found = BTreeMap::new();
    for section in format!("\n{text}").split("\n# ").skip(1) {
        let (tier, hint) = section.split_once('\n').unwrap_or((section, ""));
        found.insert(tier.trim().to_owned(), hint.trim().to_owned());
    }
    TIERS
        .iter()
        .map(|tier| match found.remove(*tier) {
            Some(hint) if !hint.is_empty() => Ok(hint),
            _ => Err(wrong(name, "hints.md", format!("there is no `# {tier}`"))),
        })
        .collect()
}

fn wrong(exercise: &str, file: &str, what: impl std::fmt::Display) -> LabError {
    LabError::Author {
        exercise: exercise.to_owned(),
        file: file.to_owned(),
        what: what.to_string(),
    }
}
