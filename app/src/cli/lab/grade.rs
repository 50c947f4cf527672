//! `lab grade`: what a class has solved; every correct answer is computed again.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Serialize;

use super::{
    common::{self, defect, roster, shown},
    folder::Folder,
};
use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::lab::{
    Exercise,
    grade::{GradedFolder, Submission, csv, grade as grade_all},
    kind::material::HandoutFiles,
    progress::PROGRESS,
};
use crate::text::{column, count, printable};

/// Grade what was handed in: every answer is computed again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat lab grade folders --roster class.csv --course autumn.course
  doormat lab grade ada.zip.d bela.zip.d --roster class.csv --course autumn.course --csv > marks.csv

Attempts, hints and minutes are what the folders say of themselves.")]
pub(in crate::cli) struct GradeArgs {
    /// Folders: an exercise's, a student's, or one with all of them
    #[arg(required = true, value_name = "FOLDER")]
    folders: Vec<PathBuf>,
    /// The students
    #[arg(long, value_name = "FILE")]
    roster: PathBuf,
    /// The course's secret file; without it, self-study's
    #[arg(long, value_name = "FILE")]
    course: Option<PathBuf>,
    /// Print a table for spreadsheets
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// How many levels below a named folder are searched: class, student, exercise.
const DEPTH: usize = 3;

#[derive(Serialize)]
struct GradeReport<'a> {
    course: String,
    rows: &'a [GradedFolder],
    unreadable: Vec<UnreadableFolder>,
}

#[derive(Serialize)]
struct UnreadableFolder {
    folder: String,
    why: String,
}

pub(super) fn grade(all: &[Exercise], args: &GradeArgs) -> Result<(), Failure> {
    let roster = roster(&args.roster)?;
    let course = common::course(args.course.as_deref())?;
    let (submissions, unreadable) = gather(all, &args.folders)?;
    if args.course.is_none() {
        terminal::print_error(
            "! Self-study's secret is public: whoever wants to can compute these answers.",
        );
    }
    let is_foreign = |it: &Submission<'_>| it.progress.course != course.id();
    if args.course.is_none()
        && let Some(of) = submissions.first()
        && submissions.iter().all(is_foreign)
    {
        return Err(Failure::new(
            format!(
                "{} is of course `{}`, and no --course was given",
                of.folder,
                printable(&of.progress.course)
            ),
            "Give the course's secret file with --course; without it nothing can be computed.",
        ));
    }
    let length = u64::try_from(submissions.len()).unwrap_or(u64::MAX);
    let progress = Progress::new(length, "grading");
    let rows = grade_all(&roster, &course, &submissions, &|| progress.advance(1))
        .map_err(|error| defect(&error))?;
    for it in &unreadable {
        terminal::print_error(&format!("! {}: {}", it.folder, printable(&it.why)));
    }
    if args.json {
        let graded = GradeReport {
            course: course.id(),
            rows: &rows,
            unreadable,
        };
        return terminal::print_json(&graded);
    }
    if args.csv {
        return terminal::print_unbroken(csv(&rows));
    }
    terminal::print(table(&rows, unreadable.len()))
}

/// Every exercise folder in the named folders.
fn gather<'a>(
    all: &'a [Exercise],
    folders: &[PathBuf],
) -> Result<(Vec<Submission<'a>>, Vec<UnreadableFolder>), Failure> {
    let (mut submissions, mut unreadable) = (Vec::new(), Vec::new());
    for folder in folders {
        if !folder.is_dir() {
            return Err(Failure::of_file(
                folder,
                "there is no such folder",
                "Name folders that `doormat lab start` or `doormat lab course hand-out` made, or one \
                 that has them in it.",
            ));
        }
        let (mut found, passed_over) = (Vec::new(), unreadable.len());
        search(folder, DEPTH, &mut found, &mut unreadable);
        if found.is_empty() && unreadable.len() == passed_over {
            unreadable.push(not_graded(folder, "there is no folder of the lab's in it"));
        }
        for path in found {
            match Folder::open(all, &path) {
                Ok(folder) => submissions.push(submission(&folder)),
                Err(Failure::User(error)) => unreadable.push(not_graded(&path, error)),
                Err(closed) => return Err(closed),
            }
        }
    }
    Ok((submissions, unreadable))
}

fn not_graded(folder: &Path, why: impl ToString) -> UnreadableFolder {
    UnreadableFolder {
        folder: shown(folder),
        why: why.to_string(),
    }
}

/// Finds the lab's folders; notes where it could not look.
fn search(
    folder: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    unreadable: &mut Vec<UnreadableFolder>,
) {
    if folder.join(PROGRESS).is_file() {
        found.push(folder.to_owned());
        return;
    }
    let (mut below, links) = match folders_in(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let why = format!("it cannot be searched: {}", files::describe(&error));
            return unreadable.push(not_graded(folder, why));
        }
    };
    let links = links.iter();
    unreadable.extend(links.map(|it| not_graded(it, "it is a link, and is not followed")));
    below.sort();
    match depth.checked_sub(1) {
        Some(depth) => below
            .iter()
            .for_each(|folder| search(folder, depth, found, unreadable)),
        None if below.is_empty() => {}
        None => unreadable.push(not_graded(folder, "it is too deep to be searched further")),
    }
}

/// The folders in a folder, and the links to such.
fn folders_in(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut below, mut links) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            below.push(path);
        } else if kind.is_symlink() && path.is_dir() {
            links.push(path);
        }
    }
    Ok((below, links))
}

/// The size of the largest file that is compared with what was handed out.
const MAX_FILE: u64 = 4 << 20;

/// Reads a folder as it was submitted.
fn submission<'a>(folder: &Folder<'a>) -> Submission<'a> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(&folder.path).into_iter().flatten().flatten() {
        let small = entry
            .metadata()
            .is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE);
        if small
            && let Ok(name) = entry.file_name().into_string()
            && let Ok(bytes) = fs::read(entry.path())
        {
            files.insert(name, bytes);
        }
    }
    Submission {
        folder: shown(&folder.path),
        exercise: folder.exercise,
        student: folder.student.clone(),
        progress: folder.progress.clone(),
        answers: folder.answers().map_err(|error| match error {
            Failure::User(error) => error.to_string(),
            Failure::ClosedPipe => String::new(),
        }),
        files: HandoutFiles(files),
    }
}

fn table(rows: &[GradedFolder], not_graded: usize) -> Vec<String> {
    let head = [
        "student", "exercise", "right", "attempts", "hints", "minutes",
    ];
    let line = |cells: [&str; 6]| {
        let widths = [20, 20, 7, 9, 6, 7];
        let cells = cells.into_iter().zip(widths);
        let cells: Vec<String> = cells.map(|(cell, width)| column(cell, width)).collect();
        cells.join(" ").trim_end().to_owned()
    };
    let mut lines = vec![format!("  {}", line(head))];
    for row in rows {
        let sign = if row.solved { "✓" } else { " " };
        let minutes = row.minutes.map(|it| it.to_string()).unwrap_or_default();
        let cells = [
            &printable(&row.student),
            &row.exercise,
            &format!("{}/{}", row.right, row.parts),
            &row.attempts.to_string(),
            &row.hints.to_string(),
            &minutes,
        ];
        lines.push(format!("{sign} {}", line(cells.map(String::as_str))));
        let notes = row.notes.iter();
        lines.extend(notes.map(|note| format!("    ! {}", printable(note))));
    }
    let solved = rows.iter().filter(|row| row.solved).count();
    lines.push(String::new());
    let graded = rows.iter().filter(|it| !it.folder.is_empty()).count();
    let missing = rows.len() - graded;
    if not_graded > 0 || missing > 0 {
        lines.push(format!(
            "{}: {graded} graded, {not_graded} that could not be. {missing} of the roster not handed in.",
            count(graded + not_graded, "folder"),
        ));
    }
    lines.push(format!(
        "{solved} of {} solved. Attempts, hints and minutes are the folders' own word.",
        count(graded, "folder"),
    ));
    lines
}
