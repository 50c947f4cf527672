//! What a kind of exercise generates, and what every kind implements.

use std::collections::BTreeMap;

use crate::lab::{
    Answers, Exercise, LabError, Variant,
    dialogue::Dialogue,
    marking::{CorrectAnswer, Decoy},
};
use doormat::escrow::{EscrowPrivateKey, key_file};

/// A kind of exercise.
pub trait ExerciseKind: Sync {
    /// Generates one student's variant.
    ///
    /// # Errors
    /// [`LabError`] if the exercise does not define what this kind requires.
    fn make(&self, exercise: &Exercise, variant: &Variant) -> Result<Material, LabError>;

    /// The reference solution: computed from the handed-out files alone.
    ///
    /// # Errors
    /// [`LabError`] if they contain no answer.
    fn solve(&self, exercise: &Exercise, files: &HandoutFiles) -> Result<Answers, LabError>;
}

/// What a kind generates from a variant.
#[derive(Debug, Default)]
pub struct Material {
    /// The files to hand out.
    pub files: HandoutFiles,
    /// Replacements for the names in double braces in the exercise's texts.
    pub facts: BTreeMap<String, String>,
    /// The correct answer of each part.
    pub correct: BTreeMap<String, CorrectAnswer>,
    /// Plausible wrong answers.
    pub decoys: Vec<Decoy>,
}

impl Material {
    /// Adds a file.
    pub fn file(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.files.0.insert(name.to_owned(), bytes.into());
    }

    /// Adds a fact.
    pub fn fact(&mut self, name: &str, value: impl Into<String>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// Adds a correct answer, in any spelling.
    pub fn answer(&mut self, part: &str, answer: impl Into<String>) {
        let answer = CorrectAnswer::Exact(answer.into());
        self.correct.insert(part.to_owned(), answer);
    }

    /// Adds several correct answers to one part.
    pub fn any_of<const N: usize>(&mut self, part: &str, answers: [String; N]) {
        let answers = CorrectAnswer::AnyOf(answers.into());
        self.correct.insert(part.to_owned(), answers);
    }

    /// Adds a wrong answer, and the note for whoever gives it; without a note if it is empty.
    pub fn decoy(&mut self, part: &str, answer: impl Into<String>, note: &str) {
        self.decoys.push(Decoy {
            part: part.to_owned(),
            answer: answer.into(),
            note: (!note.is_empty()).then(|| note.to_owned()),
        });
    }

    /// Adds the words of a dialogue as answers to the parts of their names: the part `where`
    /// asks for `{where}`, and `{where.2}` is a decoy.
    pub fn ask_about(&mut self, exercise: &Exercise, dialogue: &Dialogue) {
        for part in &exercise.about.parts {
            let Some(answer) = dialogue.drawn.get(&part.name) else {
                continue;
            };
            self.answer(&part.name, answer.as_str());
            let others = format!("{}.", part.name);
            for (name, word) in dialogue.drawn.range(others.clone()..) {
                if name.starts_with(&others) {
                    let note = "That is said, but it is not what holds in the end.";
                    self.decoy(&part.name, word.as_str(), note);
                }
            }
        }
    }
}

/// The brief's file.
pub const BRIEF: &str = "brief.md";

/// Handed-out files, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandoutFiles(pub BTreeMap<String, Vec<u8>>);

impl HandoutFiles {
    /// A file's bytes.
    ///
    /// # Errors
    /// [`LabError::NoFile`] if it is missing.
    pub fn bytes(&self, name: &str) -> Result<&[u8], LabError> {
        let found = self.0.get(name).map(Vec::as_slice);
        found.ok_or_else(|| LabError::NoFile(name.to_owned()))
    }

    /// A text file.
    ///
    /// # Errors
    /// [`LabError::NoFile`] if it is missing or not UTF-8.
    pub fn text(&self, name: &str) -> Result<&str, LabError> {
        let text = std::str::from_utf8(self.bytes(name)?);
        text.map_err(|_| LabError::NoFile(name.to_owned()))
    }

    /// An escrow private key.
    ///
    /// # Errors
    /// [`LabError::NoFile`] if it is missing or not a key file.
    pub fn escrow_key(&self, name: &str) -> Result<EscrowPrivateKey, LabError> {
        let key = key_file::read_private(self.text(name)?);
        key.map_err(|_| LabError::NoFile(name.to_owned()))
    }

    /// The brief, with single spaces for its line breaks.
    ///
    /// # Errors
    /// [`LabError::NoFile`] if it is missing.
    pub fn brief(&self) -> Result<String, LabError> {
        let words = self.text(BRIEF)?.split_whitespace();
        Ok(words.collect::<Vec<_>>().join(" "))
    }

    /// The text between two others in the brief.
    ///
    /// # Errors
    /// [`LabError`] if there is none.
    pub fn between(&self, before: &str, after: &str) -> Result<String, LabError> {
        let brief = self.brief()?;
        let found = brief
            .split_once(before)
            .and_then(|(_, rest)| rest.split_once(after));
        found
            .map(|(found, _)| found.to_owned())
            .ok_or(LabError::Unsolved("the brief does not say"))
    }
}
