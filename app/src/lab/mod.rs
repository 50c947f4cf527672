//! The lab: graded exercises on real captures and stolen keys.
//!
//! An exercise is a folder of text under `exercises/`; its *kind* is code that generates,
//! from a 32-byte variant, the files that a student gets and the correct answers, with the
//! same protocol and attacks that the rest of this program uses. Nothing is stored: whoever
//! has the course's secret computes each student's answers again.
//!
//! | file | contents |
//! |---|---|
//! | [`variant`] | a course, a student, an exercise: 32 bytes |
//! | [`draw`] | random choices from a variant |
//! | [`exercise`], [`library`] | what an exercise's folder says; all exercises |
//! | [`dialogue`] | conversations from templates, with other words for each student |
//! | [`form`], [`answers`], [`marking`] | the forms of answers, a student's answers, which of them are correct |
//! | [`kind`] | from a variant to files and answers, and the reference solutions |
//! | [`handout`], [`reflow`] | the folder that a student gets, and the width of its texts |
//! | [`progress`] | what the folder records of a student's attempts and hints |
//! | [`roster`], [`grade`] | a class, and what it has solved |
//! | [`export`] | exercises for CTFd |
//! | [`verify`], [`answer_search`] | the author's check |
//!
//! Nothing here touches files or the clock: the command line does.

pub mod answer_search;
pub mod answers;
pub mod dialogue;
pub mod draw;
pub mod error;
pub mod exercise;
pub mod export;
pub mod form;
pub mod grade;
pub mod handout;
pub mod kind;
pub mod library;
pub mod marking;
pub mod progress;
pub mod reflow;
pub mod roster;
pub mod variant;
pub mod verify;

pub use answers::Answers;
pub use error::LabError;
pub use exercise::Exercise;
pub use handout::Handout;
pub use marking::Marks;
pub use progress::ProgressFile;
pub use roster::Roster;
pub use variant::{Course, CourseSecret, Student, Variant};
