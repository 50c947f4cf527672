//! A student's folder on the disk. Everything in it may have been edited by the student.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::common::{self, ExerciseArgs, defect, named, now, read_text, replace};
use crate::cli::shared::{failure::Failure, files};
use crate::lab::{
    Answers, Course, Exercise, Handout, ProgressFile, Student, Variant,
    answers::put_into,
    handout::ANSWERS,
    progress::{Attempt, PROGRESS},
};
use crate::text::{printable, printable_path};

/// A folder that `doormat lab start` made.
pub(super) struct Folder<'a> {
    pub(super) path: PathBuf,
    pub(super) exercise: &'a Exercise,
    pub(super) student: Student,
    pub(super) progress: ProgressFile,
}

impl<'a> Folder<'a> {
    /// An exercise's folder: the one that was named, `./NAME`, or the current one.
    pub(super) fn of(all: &'a [Exercise], args: &ExerciseArgs) -> Result<Self, Failure> {
        let exercise = named(all, &args.name)?;
        let path = match &args.folder {
            Some(path) => path.clone(),
            None => find(exercise).ok_or_else(|| not_begun(exercise))?,
        };
        let folder = Self::open(all, &path)?;
        if folder.exercise.name != exercise.name {
            return Err(Failure::of_file(
                &path,
                format!(
                    "it is a folder of `{}`, not of `{}`",
                    folder.exercise.name, exercise.name
                ),
                "Name the exercise that it is of, or give another --folder.",
            ));
        }
        Ok(folder)
    }

    /// The folder at a path.
    pub(super) fn open(all: &'a [Exercise], path: &Path) -> Result<Self, Failure> {
        let file = path.join(PROGRESS);
        let text = read_text(&file)?.ok_or_else(|| {
            if path.join(ANSWERS).exists() {
                return without_progress(path, "doormat lab start");
            }
            Failure::of_file(
                &file,
                "there is no such file, so this is no folder of the lab's",
                "Give a folder that `doormat lab start` made.",
            )
        })?;
        let help = "It was edited or damaged. Put back what it was; or move the folder away and \
                    `doormat lab start` again: your answers are in answer.txt.";
        let damaged = |error: String| Failure::of_file(&file, printable(&error), help);
        let progress = ProgressFile::read(&text).map_err(|error| damaged(error.to_string()))?;
        let student =
            Student::new(&progress.student).map_err(|error| damaged(error.to_string()))?;
        let exercise = named(all, &progress.exercise)?;
        Ok(Self {
            path: path.to_owned(),
            exercise,
            student,
            progress,
        })
    }

    /// The student's variant; `None` if it cannot be computed here, because the instructor keeps
    /// the course's secret.
    fn variant(&self, course: Option<&Path>) -> Result<Option<Variant>, Failure> {
        if course.is_none() && self.progress.course != Course::Public.id() {
            let included = self.progress.included_variant();
            return included.map_err(|error| {
                let file = self.path.join(PROGRESS);
                Failure::of_file(&file, error, "Ask your instructor for the folder again.")
            });
        }
        let course = common::course(course)?;
        if course.id() != self.progress.course {
            return Err(Failure::of_file(
                &self.path,
                format!(
                    "it is of course `{}`, not `{}`",
                    printable(&self.progress.course),
                    course.id()
                ),
                "Give the file of the course that it is of with --course; self-study needs none.",
            ));
        }
        Ok(Some(Variant::of(
            &course,
            &self.student,
            &self.exercise.name,
        )))
    }

    /// The handout of the student's variant, if that can be computed here.
    pub(super) fn handout(&self, course: Option<&Path>) -> Result<Option<Handout<'a>>, Failure> {
        self.variant(course)?
            .map(|variant| Handout::make(self.exercise, &self.student, &variant))
            .transpose()
            .map_err(|error| defect(&error))
    }

    /// The same where nothing can be done without it: `what` cannot be done, and how to `help`.
    pub(super) fn required_handout(
        &self,
        course: Option<&Path>,
        what: &str,
        help: &str,
    ) -> Result<Handout<'a>, Failure> {
        self.handout(course)?.ok_or_else(|| {
            Failure::of_file(
                &self.path,
                format!("this folder is of a course whose secret your instructor keeps: {what}"),
                help,
            )
        })
    }

    /// The contents of the answer file.
    pub(super) fn answers(&self) -> Result<Answers, Failure> {
        let file = self.path.join(ANSWERS);
        let text = read_text(&file)?.unwrap_or_default();
        Answers::read(self.exercise, &text).map_err(|error| {
            Failure::of_file(
                &file,
                error,
                "Write one `part: answer` a line, as brief.md asks.",
            )
        })
    }

    /// Writes answers into the answer file.
    pub(super) fn put_answers(&self, answers: &Answers) -> Result<(), Failure> {
        let file = self.path.join(ANSWERS);
        let text = read_text(&file)?.unwrap_or_default();
        replace(&file, put_into(&text, answers).as_bytes())
    }

    /// The first attempt whose answers are all correct, counted from 1. The answers that the
    /// progress file records are marked again.
    pub(super) fn solved_at(&self, handout: &Handout<'_>) -> Option<usize> {
        let mut attempts = self.progress.attempts.iter();
        let right = |it: &Attempt| {
            let answers = Answers(it.answers.clone());
            it.solved && handout.mark(&answers).all_right()
        };
        attempts.position(right).map(|place| place + 1)
    }

    /// Whether an attempt or the answer file solves the exercise.
    pub(super) fn is_solved(&self, handout: &Handout<'_>) -> Result<bool, Failure> {
        Ok(self.solved_at(handout).is_some() || handout.mark(&self.answers()?).all_right())
    }

    /// Writes the progress file.
    pub(super) fn save(&self) -> Result<(), Failure> {
        save(&self.path, &self.progress)
    }

    /// The handed-out files that are missing or changed.
    pub(super) fn altered(&self, handout: &Handout<'_>) -> Vec<String> {
        // Only regular files of the right length are read: reading a pipe would block.
        let is_unchanged = |name: &str, bytes: &[u8]| {
            let path = self.path.join(name);
            let length = fs::metadata(&path).is_ok_and(|it| {
                it.is_file() && usize::try_from(it.len()).is_ok_and(|it| it == bytes.len())
            });
            length && fs::read(path).is_ok_and(|found| found == bytes)
        };
        let files = handout.files.0.iter();
        let altered = files.filter(|(name, bytes)| !is_unchanged(name, bytes));
        altered.map(|(name, _)| name.clone()).collect()
    }
}

/// Creates a folder: the names of its files.
pub(super) fn create(
    exercise: &Exercise,
    student: &Student,
    course: &Course,
    path: &Path,
    with_variant: bool,
) -> Result<Vec<String>, Failure> {
    let variant = Variant::of(course, student, &exercise.name);
    let handout = Handout::make(exercise, student, &variant).map_err(|error| defect(&error))?;
    let occupied = fs::read_dir(path).is_ok_and(|mut found| found.next().is_some());
    if occupied {
        return Err(Failure::of_file(
            path,
            "there is something else in this folder already",
            "Choose another --folder, or move away what is there.",
        ));
    }
    fs::create_dir_all(path).map_err(|error| files::cannot_write(path, &error))?;
    for (name, bytes) in &handout.files.0 {
        files::write_new(&path.join(name), bytes)?;
    }
    files::write_new(&path.join(ANSWERS), handout.answer_file().as_bytes())?;
    let mut progress = ProgressFile::begin(&exercise.name, student, course, now());
    if with_variant {
        progress = progress.with_variant(&variant);
    }
    // Written last: a folder that has it is complete.
    save(path, &progress)?;
    let mut names: Vec<String> = handout.files.0.into_keys().collect();
    names.push(ANSWERS.to_owned());
    names.push(format!("{PROGRESS} (the program's own)"));
    Ok(names)
}

/// There is no folder of this exercise here.
fn not_begun(exercise: &Exercise) -> Failure {
    let name = &exercise.name;
    let start = format!("doormat lab start {name}");
    if Path::new(name).join(ANSWERS).exists() {
        return without_progress(Path::new(name), &start);
    }
    Failure::new(
        format!("you have not begun `{name}` here"),
        format!("`{start}` makes its folder; --folder says where it is."),
    )
}

/// There is a folder, but its progress file is missing.
fn without_progress(path: &Path, start: &str) -> Failure {
    Failure::new(
        format!("{}/ has no {PROGRESS}", printable_path(path)),
        format!("Move the folder away and run `{start}` again; your answers are in its {ANSWERS}."),
    )
}

/// The folder of an exercise: `./NAME`, or the current one.
fn find(exercise: &Exercise) -> Option<PathBuf> {
    let below = PathBuf::from(&exercise.name);
    if below.join(PROGRESS).exists() {
        return Some(below);
    }
    let here = read_text(Path::new(PROGRESS)).ok()??;
    let here = ProgressFile::read(&here).ok()?;
    (here.exercise == exercise.name).then(|| PathBuf::from("."))
}

fn save(folder: &Path, progress: &ProgressFile) -> Result<(), Failure> {
    let file = folder.join(PROGRESS);
    let text = progress
        .write()
        .map_err(|error| Failure::of_file(&file, error, "Please report this."))?;
    replace(&file, text.as_bytes())
}
