//! The lab: graded exercises on real captures and stolen keys.
//!
//! An exercise is a folder of text under `exercises/`; its *kind* is code that makes, from
//! a 32-byte variant, the files that a student gets and the right answer, both by the same
//! protocol and attacks that the rest of this program uses. Nothing is stored: whoever has
//! the course's secret computes each student's answers anew.
//!
//! | file | idea |
//! |---|---|
//! | [`variant`] | a course, a student, an exercise: 32 bytes |
//! | [`exercise`] | what an exercise's folder says |
//! | [`library`] | the exercises that there are |
//! | [`kind`] | from a variant to files and answers, and the reference solutions |
//! | [`form`] | in which form an answer is given |
//! | [`answers`] | what a student answers, and what is right of it |
//! | [`plot`], [`draw`] | something to say, another for each student |
//! | [`handout`] | the folder that a student gets |
//! | [`reflow`] | its texts at a width that every terminal has |
//! | [`progress`] | what a student did, as the folder tells it |
//! | [`roster`], [`grade`] | a class, and what it has solved |
//! | [`export`] | exercises for CTFd |
//! | [`verify`] | the author's check |
//!
//! This room is pure: data in, data out. Files and the clock are the command line's.

pub mod answers;
pub mod draw;
pub mod exercise;
pub mod export;
pub mod form;
pub mod grade;
pub mod handout;
pub mod kind;
pub mod library;
pub mod plot;
pub mod progress;
pub mod reflow;
pub mod roster;
pub mod variant;
pub mod verify;

pub use answers::{Answers, Marks};
pub use exercise::Exercise;
pub use handout::Handout;
pub use progress::Progress;
pub use roster::Roster;
pub use variant::{Course, CourseSecret, Student, Variant};

use doormat::experiment::ExperimentError;

/// Something in an exercise is not as its author meant it. With the exercises of this
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
