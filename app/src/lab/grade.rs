//! Grading: every answer is computed again. What a folder says of itself, how many
//! attempts, how many hints, how long, is reported as the folder's word.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::{
    Answers, Course, Exercise, Handout, LabError, Progress, Roster, Student, Variant, answers::Mark,
};
use crate::text::printable;

/// A folder as it was handed in.
#[derive(Debug)]
pub struct HandedIn<'a> {
    /// Where it was.
    pub folder: String,
    /// Of which exercise.
    pub exercise: &'a Exercise,
    /// Whose it says it is.
    pub student: Student,
    /// What it says of its story.
    pub progress: Progress,
    /// What is in its answer file, or why that cannot be read.
    pub answers: Result<Answers, String>,
    /// Its other files, by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// One folder, graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Whose.
    pub student: String,
    /// The student's name on the roster.
    pub name: String,
    /// Of which exercise; empty if nobody handed any in.
    pub exercise: String,
    /// Whether all answers are right.
    pub solved: bool,
    /// How many are.
    pub right: usize,
    /// Of how many.
    pub parts: usize,
    /// Points for it.
    pub points: u32,
    /// Attempts, as the folder tells.
    pub attempts: usize,
    /// Hints taken, as the folder tells.
    pub hints: usize,
    /// Minutes from its start to its last attempt, as the folder tells.
    pub minutes: Option<u64>,
    /// Where it was.
    pub folder: String,
    /// What somebody should look at.
    pub notes: Vec<String>,
}

/// Grades what a class has handed in. `done` is called after each folder.
///
/// # Errors
/// [`LabError`] if an exercise is not as its author meant it.
pub fn grade(
    roster: &Roster,
    course: &Course,
    folders: &[HandedIn<'_>],
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Row>, LabError> {
    let graded = folders.par_iter().map(|folder| {
        let row = one(roster, course, folder);
        done();
        row
    });
    let mut rows: Vec<Row> = graded.collect::<Result<_, _>>()?;
    whose_else(roster, course, folders, &mut rows)?;
    twice(&mut rows);
    rows.extend(missing(roster, &rows));
    let place = |row: &Row| {
        let mut students = roster.students().iter();
        let student = students.position(|(it, _)| it.as_str() == row.student);
        let mut folders = folders.iter();
        let exercise = folders.find(|it| it.exercise.name == row.exercise);
        (
            student.unwrap_or(usize::MAX),
            exercise.map(|it| it.exercise.about.order),
        )
    };
    rows.sort_by_cached_key(place);
    Ok(rows)
}

fn one(roster: &Roster, course: &Course, folder: &HandedIn<'_>) -> Result<Row, LabError> {
    let HandedIn {
        exercise, student, ..
    } = folder;
    let made = make(course, student, exercise)?;
    let mut notes = Vec::new();
    let name = roster.name(student);
    if name.is_none() {
        notes.push("not on the roster".to_owned());
    }
    if folder.progress.course != course.id() {
        let other = printable(&folder.progress.course);
        notes.push(format!("made for course `{other}`"));
    }
    let answers = match &folder.answers {
        Ok(answers) => answers.clone(),
        Err(why) => {
            notes.push(format!("answers cannot be read: {}", printable(why)));
            Answers::default()
        }
    };
    let marks = made.judge(&answers);
    let solved = marks.all_right();
    if !solved && folder.progress.attempts.iter().any(|it| it.solved) {
        notes.push("its progress file says solved; its answers are not".to_owned());
    }
    let malformed = marks.0.iter();
    for (part, _) in malformed.filter(|(_, mark)| matches!(mark, Mark::Malformed(_))) {
        notes.push(format!("`{part}` is of no form that could be right"));
    }
    let foreign: Vec<&str> = made
        .files
        .iter()
        .filter(|(name, bytes)| folder.files.get(*name) != Some(bytes))
        .map(|(name, _)| name.as_str())
        .collect();
    if !foreign.is_empty() {
        notes.push(format!("not as handed out: {}", foreign.join(" ")));
    }
    let started = folder.progress.started;
    let last = folder.progress.attempts.last().map(|it| it.time);
    Ok(Row {
        student: student.to_string(),
        name: name.unwrap_or_default().to_owned(),
        exercise: exercise.name.clone(),
        solved,
        right: marks.right(),
        parts: marks.0.len(),
        points: if solved { exercise.about.points } else { 0 },
        attempts: folder.progress.attempts.len(),
        hints: folder.progress.hints.len(),
        minutes: last.map(|last| last.saturating_sub(started) / 60),
        folder: folder.folder.clone(),
        notes,
    })
}

/// Answers that are not this student's, and solve the exercise of somebody else on the
/// roster. That is noted, not punished: there may be a story to it.
fn whose_else(
    roster: &Roster,
    course: &Course,
    folders: &[HandedIn<'_>],
    rows: &mut [Row],
) -> Result<(), LabError> {
    let mut open: BTreeMap<&str, Vec<Unsolved<'_, '_>>> = BTreeMap::new();
    for (folder, row) in folders.iter().zip(rows).filter(|(_, row)| !row.solved) {
        let answers = folder.answers.as_ref().ok();
        if let Some(spelled) = answers.and_then(|it| folder.exercise.spell(it)) {
            let of_it = open.entry(&folder.exercise.name).or_default();
            of_it.push(Unsolved {
                folder,
                spelled,
                row,
            });
        }
    }
    for (_, mut unsolved) in open {
        let Some(exercise) = unsolved.first().map(|it| it.folder.exercise) else {
            continue;
        };
        let owners = roster.students().par_iter().map(|(student, _)| {
            let made = make(course, student, exercise)?;
            let solved_here = unsolved
                .iter()
                .map(|it| it.folder.student != *student && made.is_solved_by_spelled(&it.spelled));
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

/// A folder with answers that are not right.
struct Unsolved<'a, 'b> {
    folder: &'a HandedIn<'b>,
    /// Its answers in their one spelling.
    spelled: Vec<String>,
    row: &'a mut Row,
}

/// Whoever hands an exercise in more than once has its points once, for the folder with
/// most right.
fn twice(rows: &mut [Row]) {
    let mut seen: BTreeMap<(String, String), Vec<&mut Row>> = BTreeMap::new();
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

/// A row for each exercise that others handed in and a student on the roster did not.
fn missing(roster: &Roster, rows: &[Row]) -> Vec<Row> {
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
        .map(|((student, name), it)| nothing(student, name, it))
        .collect()
}

fn nothing(student: &Student, name: &str, exercise: &str) -> Row {
    Row {
        student: student.to_string(),
        name: name.to_owned(),
        exercise: exercise.to_owned(),
        solved: false,
        right: 0,
        parts: 0,
        points: 0,
        attempts: 0,
        hints: 0,
        minutes: None,
        folder: String::new(),
        notes: vec!["nothing handed in".to_owned()],
    }
}

fn make<'a>(
    course: &Course,
    student: &Student,
    exercise: &'a Exercise,
) -> Result<Handout<'a>, LabError> {
    let variant = Variant::of(course, student, &exercise.name);
    Handout::make(exercise, student, &variant)
}

/// The rows as CSV (RFC 4180).
pub fn csv(rows: &[Row]) -> String {
    let mut out = String::from(
        "student,name,exercise,solved,right,parts,points,attempts,hints,minutes,folder,notes\r\n",
    );
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
        out += &cells.join(",");
        out += "\r\n";
    }
    out
}

/// A cell that no spreadsheet takes for a formula: `=`, `+`, `-`, `@`, a tab or a line break
/// in front is disarmed by an apostrophe. A semicolon becomes a comma: where spreadsheets
/// take it for a separator, what follows it would be a cell of its own.
fn cell(text: &str) -> String {
    let text = text.replace('\0', "").replace(';', ",");
    let first = text.trim_start_matches([' ', '\u{feff}']).chars().next();
    let armed = first.is_some_and(|it| "=+-@\t\r\n|%＝＋－＠".contains(it));
    let safe = if armed { format!("'{text}") } else { text };
    if safe.contains([',', '"', '\r', '\n', '\t']) {
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
