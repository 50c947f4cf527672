//! Grading: every correct answer is computed again. What a folder records of itself (attempts,
//! hints, minutes) is reported, and does not count.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::{
    Answers, Course, Exercise, Handout, LabError, ProgressFile, Roster, Student,
    kind::material::HandoutFiles, marking::Mark,
};
use crate::text::printable;

/// A folder as it was handed in.
#[derive(Debug)]
pub struct Submission<'a> {
    /// Its path.
    pub folder: String,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The student that its progress file names.
    pub student: Student,
    /// Its progress file.
    pub progress: ProgressFile,
    /// The contents of its answer file, or why that cannot be read.
    pub answers: Result<Answers, String>,
    /// All of its files.
    pub files: HandoutFiles,
}

/// The grade of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GradedFolder {
    /// The student's id.
    pub student: String,
    /// The student's name on the roster.
    pub name: String,
    /// The exercise's name; empty if nothing was submitted at all.
    pub exercise: String,
    /// Whether all answers are correct.
    pub solved: bool,
    /// How many are correct.
    pub right: usize,
    /// The number of parts.
    pub parts: usize,
    /// Points, if solved.
    pub points: u32,
    /// Attempts, as recorded in the folder.
    pub attempts: usize,
    /// Hints taken, as recorded in the folder.
    pub hints: usize,
    /// Minutes from the start to the last attempt, as recorded in the folder.
    pub minutes: Option<u64>,
    /// Its path.
    pub folder: String,
    /// What the instructor should look at.
    pub notes: Vec<String>,
}

/// Grades the submissions of a class. `done` is called after each.
///
/// # Errors
/// [`LabError`] if an exercise does not meet what its kind requires.
pub fn grade(
    roster: &Roster,
    course: &Course,
    submissions: &[Submission<'_>],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<GradedFolder>, LabError> {
    let graded = submissions.par_iter().map(|submission| {
        let row = grade_one(roster, course, submission);
        done();
        row
    });
    let mut rows: Vec<GradedFolder> = graded.collect::<Result<_, _>>()?;
    note_copied_answers(roster, course, submissions, &mut rows)?;
    count_duplicates_once(&mut rows);
    rows.extend(not_submitted(roster, &rows));
    let place = |row: &GradedFolder| {
        let mut students = roster.students().iter();
        let student = students.position(|(it, _)| it.as_str() == row.student);
        let mut submissions = submissions.iter();
        let exercise = submissions.find(|it| it.exercise.name == row.exercise);
        (
            student.unwrap_or(usize::MAX),
            exercise.map(|it| it.exercise.about.order),
        )
    };
    rows.sort_by_cached_key(place);
    Ok(rows)
}

fn grade_one(
    roster: &Roster,
    course: &Course,
    submission: &Submission<'_>,
) -> Result<GradedFolder, LabError> {
    let Submission {
        exercise, student, ..
    } = submission;
    let handout = Handout::of(exercise, course, student)?;
    let mut notes = Vec::new();
    let name = roster.name(student);
    if name.is_none() {
        notes.push("not on the roster".to_owned());
    }
    if submission.progress.course != course.id() {
        let other = printable(&submission.progress.course);
        notes.push(format!("made for course `{other}`"));
    }
    let answers = match &submission.answers {
        Ok(answers) => answers.clone(),
        Err(why) => {
            notes.push(format!("answers cannot be read: {}", printable(why)));
            Answers::default()
        }
    };
    let marks = handout.mark(&answers);
    let solved = marks.all_right();
    if !solved && submission.progress.attempts.iter().any(|it| it.solved) {
        notes.push("its progress file says solved; its answers are not".to_owned());
    }
    let malformed = marks.0.iter();
    for (part, _) in malformed.filter(|(_, mark)| matches!(mark, Mark::Malformed(_))) {
        notes.push(format!("`{part}` is of no form that could be right"));
    }
    let altered: Vec<&str> = handout
        .files
        .0
        .iter()
        .filter(|(name, bytes)| submission.files.0.get(*name) != Some(bytes))
        .map(|(name, _)| name.as_str())
        .collect();
    if !altered.is_empty() {
        notes.push(format!("not as handed out: {}", altered.join(" ")));
    }
    let started = submission.progress.started;
    let last = submission.progress.attempts.last().map(|it| it.time);
    Ok(GradedFolder {
        student: student.to_string(),
        name: name.unwrap_or_default().to_owned(),
        exercise: exercise.name.clone(),
        solved,
        right: marks.right(),
        parts: marks.0.len(),
        points: if solved { exercise.about.points } else { 0 },
        attempts: submission.progress.attempts.len(),
        hints: submission.progress.hints.len(),
        minutes: last.map(|last| last.saturating_sub(started) / 60),
        folder: submission.folder.clone(),
        notes,
    })
}

/// Notes wrong answers that solve the variant of somebody else on the roster. They cost no
/// points: there may be an innocent explanation.
fn note_copied_answers(
    roster: &Roster,
    course: &Course,
    submissions: &[Submission<'_>],
    rows: &mut [GradedFolder],
) -> Result<(), LabError> {
    let mut unsolved: BTreeMap<&str, Vec<UnsolvedSubmission<'_, '_>>> = BTreeMap::new();
    for (submission, row) in submissions.iter().zip(rows).filter(|(_, row)| !row.solved) {
        let answers = submission.answers.as_ref().ok();
        if let Some(compared) = answers.and_then(|it| it.compared(submission.exercise)) {
            let of_it = unsolved.entry(&submission.exercise.name).or_default();
            of_it.push(UnsolvedSubmission {
                submission,
                compared,
                row,
            });
        }
    }
    for mut unsolved in unsolved.into_values() {
        let Some(exercise) = unsolved.first().map(|it| it.submission.exercise) else {
            continue;
        };
        let owners = roster.students().par_iter().map(|(student, _)| {
            let handout = Handout::of(exercise, course, student)?;
            let solved_here = unsolved.iter().map(|it| {
                it.submission.student != *student && handout.is_solved_by_compared(&it.compared)
            });
            Ok((student, solved_here.collect::<Vec<bool>>()))
        });
        for (owner, solved) in owners.collect::<Result<Vec<_>, LabError>>()? {
            for (it, _) in unsolved.iter_mut().zip(solved).filter(|(_, it)| *it) {
                it.row.notes.push(format!("the answer is {owner}'s"));
            }
        }
    }
    Ok(())
}

/// A submission whose answers are not all correct.
struct UnsolvedSubmission<'a, 'b> {
    submission: &'a Submission<'b>,
    /// Its answers as they are compared.
    compared: Vec<String>,
    row: &'a mut GradedFolder,
}

/// Of several submissions of an exercise by one student, only the best gets points.
fn count_duplicates_once(rows: &mut [GradedFolder]) {
    let mut seen: BTreeMap<(String, String), Vec<&mut GradedFolder>> = BTreeMap::new();
    for row in rows {
        let key = (row.student.clone(), row.exercise.clone());
        seen.entry(key).or_default().push(row);
    }
    for mut rows in seen.into_values().filter(|rows| rows.len() > 1) {
        rows.sort_by_key(|row| (std::cmp::Reverse(row.right), row.folder.clone()));
        let counts = rows.first().map(|row| printable(&row.folder));
        let counts = counts.unwrap_or_default();
        for (place, row) in rows.into_iter().enumerate() {
            row.points = if place == 0 { row.points } else { 0 };
            let note = format!("handed in more than once: {counts} counts");
            row.notes.push(note);
        }
    }
}

/// A row for each exercise that others submitted and a student on the roster did not.
fn not_submitted(roster: &Roster, rows: &[GradedFolder]) -> Vec<GradedFolder> {
    let mut exercises: BTreeSet<&str> = rows.iter().map(|row| row.exercise.as_str()).collect();
    if exercises.is_empty() {
        exercises.insert("");
    }
    let students = roster.students().iter();
    let all = students.flat_map(|student| exercises.iter().map(move |it| (student, *it)));
    let missing = all.filter(|((student, _), exercise)| {
        let mut rows = rows.iter();
        rows.all(|row| row.student != student.as_str() || row.exercise != *exercise)
    });
    missing
        .map(|((student, name), it)| empty_row(student, name, it))
        .collect()
}

fn empty_row(student: &Student, name: &str, exercise: &str) -> GradedFolder {
    GradedFolder {
        student: student.to_string(),
        name: name.to_owned(),
        exercise: exercise.to_owned(),
        notes: vec!["nothing handed in".to_owned()],
        ..GradedFolder::default()
    }
}

/// The rows as lines of CSV (RFC 4180).
pub fn csv(rows: &[GradedFolder]) -> Vec<String> {
    let mut out = vec![String::from(
        "student,name,exercise,solved,right,parts,points,attempts,hints,minutes,folder,notes",
    )];
    for row in rows {
        let cells = [
            cell(&row.student),
            cell(&row.name),
            cell(&row.exercise),
            if row.solved { "yes" } else { "no" }.to_owned(),
            row.right.to_string(),
            row.parts.to_string(),
            row.points.to_string(),
            row.attempts.to_string(),
            row.hints.to_string(),
            row.minutes.map(|it| it.to_string()).unwrap_or_default(),
            cell(&row.folder),
            cell(&row.notes.join("; ")),
        ];
        out.push(cells.join(","));
    }
    out
}

/// A cell that no spreadsheet takes for a formula: an apostrophe precedes `=`, `+`, `-`, `@`,
/// tabs and line breaks, and those that no printer shows are escaped. A semicolon becomes a comma, because some spreadsheets take it for a
/// separator.
fn cell(text: &str) -> String {
    let text = text.replace('\0', "").replace(';', ",");
    let first = text.trim_start_matches([' ', '\u{feff}']).chars().next();
    let armed = first.is_some_and(|it| "=+-@\t\r\n|%＝＋－＠".contains(it));
    let text = printable(&text);
    let safe = if armed { format!("'{text}") } else { text };
    if safe.contains([',', '"']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for hostile in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"] {
            let shown = cell(hostile);
            assert!(shown.trim_start_matches('"').starts_with('\''), "{shown:?}");
        }
        assert_eq!(cell("ada;=1"), "\"ada,=1\"");
        assert_eq!(cell("ada"), "ada");
        assert_eq!(cell("a, \"b\""), "\"a, \"\"b\"\"\"");
    }
}
