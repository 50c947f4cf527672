//! An exercise, as its folder says: one file of metadata and some text. What the texts
//! name in double braces, such as `{{reporter}}`, is put in for each student.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Answers, LabError, form::Form};

/// The tiers of hints, in the order in which they are given.
pub const TIERS: [&str; 3] = ["nudge", "concept", "method"];

/// One exercise.
#[derive(Debug, Clone)]
pub struct Exercise {
    /// The folder's name, and the exercise's on the command line.
    pub name: String,
    /// `exercise.json`.
    pub about: About,
    /// `brief.md`: what is handed out, before its facts are put in.
    pub brief: String,
    /// `hints.md`: one for each tier.
    pub hints: Vec<String>,
    /// `explanation.md`: the full story, for those who have solved it.
    pub explanation: String,
    /// Whatever else is in the folder, by its path in it.
    pub files: BTreeMap<String, String>,
}

/// An exercise's metadata.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its place in the list.
    pub order: u32,
    /// What it is called.
    pub title: String,
    /// What one does in it, in a few words, for the list.
    #[serde(default)]
    pub what: String,
    /// Which kind makes it: see [`super::kind`].
    pub kind: String,
    /// How long it takes, roughly.
    pub minutes: u32,
    /// For whom.
    pub level: Level,
    /// What it is worth.
    pub points: u32,
    /// What is asked, in order.
    pub parts: Vec<Part>,
    /// Wrong answers that somebody might well give, beside those that the kind knows.
    #[serde(default)]
    pub decoys: Vec<BTreeMap<String, String>>,
    /// What the kind is told.
    #[serde(default)]
    pub with: serde_json::Value,
}

/// For whom an exercise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Nothing is needed but the first chapters.
    Beginner,
    /// The walkthrough is needed.
    Intermediate,
    /// The specification is needed, and some time.
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
pub struct Part {
    /// What the answer is called.
    pub name: String,
    /// The question; facts are put in.
    pub ask: String,
    /// In which form the answer is given.
    pub form: Form,
    /// An answer of that form, and never the right one.
    pub example: String,
    /// The answer stands somewhere in what is handed out: to find it is the exercise.
    #[serde(default)]
    pub visible: bool,
}

impl Exercise {
    /// Puts an exercise together from its folder's files.
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
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.about.parts.iter().find(|part| part.name == name)
    }

    /// Answers as they are compared, in the order of the questions; nothing unless each part
    /// has one of its form.
    pub fn spell(&self, answers: &Answers) -> Option<Vec<String>> {
        let parts = self.about.parts.iter();
        parts
            .map(|part| part.form.compared(answers.0.get(&part.name)?).ok())
            .collect()
    }

    /// An error of its author's.
    pub fn wrong(&self, file: &str, what: impl std::fmt::Display) -> LabError {
        wrong(&self.name, file, what)
    }

    /// A text of the folder's with the facts put in.
    ///
    /// # Errors
    /// [`LabError::Author`] if it names a fact that there is none of.
    pub fn fill(
        &self,
        file: &str,
        text: &str,
        facts: &BTreeMap<String, String>,
    ) -> Result<String, LabError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after
                .split_once("}}")
                .ok_or_else(|| self.wrong(file, "`{{` without `}}`"))?;
            let fact = facts
                .get(name.trim())
                .ok_or_else(|| self.wrong(file, format!("there is no fact `{}`", name.trim())))?;
            out.push_str(before);
            out.push_str(fact);
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
