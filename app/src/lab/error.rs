//! What can go wrong when an exercise is generated or solved.

use doormat::experiment::ExperimentError;

/// An exercise does not meet what its kind requires. With the exercises embedded in this
/// program that is a defect.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum LabError {
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    #[error("exercise `{exercise}`, {file}: {what}")]
    Author {
        exercise: String,
        file: String,
        what: String,
    },
    #[error("no such file was handed out: {0}")]
    NoFile(String),
    #[error("the reference solution found no answer: {0}")]
    Unsolved(&'static str),
}
