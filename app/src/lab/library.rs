//! All exercises: every folder under `exercises/`, embedded in the program.

use std::{collections::BTreeMap, path::Path};

use include_dir::{Dir, include_dir};

use super::{Exercise, LabError};

static EXERCISES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/lab/exercises");
static WORDS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/src/lab/words");

/// Every exercise, in the order of the list.
///
/// # Errors
/// [`LabError::Author`] names the folder and file at fault.
pub fn all() -> Result<Vec<Exercise>, LabError> {
    let read = EXERCISES.dirs().map(|folder| {
        let mut files = BTreeMap::new();
        collect(folder, folder.path(), &mut files);
        Exercise::read(&folder.path().to_string_lossy(), files)
    });
    let mut all = read.collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|exercise| exercise.about.order);
    Ok(all)
}

/// The texts of a folder and its folders, by their path from `root`.
fn collect(folder: &Dir<'_>, root: &Path, files: &mut BTreeMap<String, String>) {
    for file in folder.files() {
        let path = file.path().strip_prefix(root).unwrap_or(file.path());
        let text = String::from_utf8_lossy(file.contents());
        files.insert(path.to_string_lossy().into_owned(), text.into_owned());
    }
    folder.dirs().for_each(|inner| collect(inner, root, files));
}

/// The exercise of this name.
///
/// # Errors
/// [`UnknownExercise`], which names the most similar one.
pub fn named<'a>(all: &'a [Exercise], name: &str) -> Result<&'a Exercise, UnknownExercise> {
    let wanted = name.trim().trim_end_matches('/').to_lowercase();
    all.iter()
        .find(|exercise| exercise.name == wanted)
        .ok_or_else(|| UnknownExercise {
            name: name.to_owned(),
            nearest: nearest(all, &wanted),
        })
}

fn nearest(all: &[Exercise], name: &str) -> Option<String> {
    let likeness = |exercise: &Exercise| strsim::jaro_winkler(&exercise.name, name);
    all.iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|exercise| likeness(exercise) > 0.6)
        .map(|exercise| exercise.name.clone())
}

/// No exercise has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no exercise `{name}`")]
pub struct UnknownExercise {
    /// What was asked for.
    pub name: String,
    /// The most similar name.
    pub nearest: Option<String>,
}

/// A list of words, one on each line, from the exercise's own folder or shared by all.
///
/// # Errors
/// [`LabError::Author`] if there is no such list, or no word in it.
pub(super) fn words(exercise: &Exercise, list: &str) -> Result<Vec<String>, LabError> {
    let path = format!("words/{list}.txt");
    let shared = || {
        let file = WORDS.get_file(format!("{list}.txt"))?;
        Some(String::from_utf8_lossy(file.contents()).into_owned())
    };
    let text = exercise.files.get(&path).cloned().or_else(shared);
    let text = text.ok_or_else(|| exercise.wrong(&path, "there is no such list of words"))?;
    let lines = text.lines().map(str::trim).filter(|it| !it.is_empty());
    let words: Vec<String> = lines.map(str::to_owned).collect();
    if words.is_empty() {
        return Err(exercise.wrong(&path, "there is no word in it"));
    }
    Ok(words)
}
