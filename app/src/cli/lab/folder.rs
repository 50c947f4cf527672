//! A student's folder on the disk. Everything in it may have been edited.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Which, defect, named};
use crate::cli::shared::{failure::Failure, files};
use crate::lab::{
    Answers, Course, CourseSecret, Exercise, Handout, Progress, Student, Variant,
    answers::put_into,
    handout::ANSWERS,
    progress::{Attempt, PROGRESS},
};
use crate::text::printable;

/// No text of a student's is longer, in bytes.
const LIMIT: u64 = 1 << 20;

/// A folder that `doormat lab start` made.
pub(super) struct Folder<'a> {
    pub(super) path: PathBuf,
    pub(super) exercise: &'a Exercise,
    pub(super) student: Student,
    pub(super) progress: Progress,
}

impl<'a> Folder<'a> {
    /// The folder of an exercise: the one that was named, `./NAME`, or this one.
    pub(super) fn of(all: &'a [Exercise], which: &Which) -> Result<Self, Failure> {
        let exercise = named(all, &which.name)?;
        let path = match &which.folder {
            Some(path) => path.clone(),
            None => place(exercise).ok_or_else(|| nowhere(exercise))?,
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

    /// A folder, by where it is.
    pub(super) fn open(all: &'a [Exercise], path: &Path) -> Result<Self, Failure> {
        let file = path.join(PROGRESS);
        let text = read(&file)?.ok_or_else(|| {
            let shown = path.display();
            if path.join(ANSWERS).exists() {
                return Failure::new(
                    printable(&format!("{shown}/ has no {PROGRESS}")),
                    "Move the folder away and run `doormat lab start` again; your answers are in \
                     its answer.txt.",
                );
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
        let progress = Progress::read(&text).map_err(|error| damaged(error.to_string()))?;
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

    /// The student's variant, if it can be computed here: it cannot be for a course whose
    /// secret the instructor keeps.
    pub(super) fn variant(&self, course: Option<&Path>) -> Result<Option<Variant>, Failure> {
        let course = match course {
            Some(path) => Course::Secret(course_secret(path)?),
            None if self.progress.course == Course::Public.id() => Course::Public,
            None => {
                let file = self.path.join(PROGRESS);
                let given = self.progress.given_variant();
                return given.map_err(|error| {
                    Failure::of_file(&file, error, "Ask your instructor for the folder again.")
                });
            }
        };
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

    /// The student's variant, made anew.
    pub(super) fn handout(&self, course: Option<&Path>) -> Result<Option<Handout<'a>>, Failure> {
        self.variant(course)?
            .map(|variant| Handout::make(self.exercise, &self.student, &variant))
            .transpose()
            .map_err(|error| defect(&error))
    }

    /// What is written in the answer file.
    pub(super) fn answers(&self) -> Result<Answers, Failure> {
        let file = self.path.join(ANSWERS);
        let text = read(&file)?.unwrap_or_default();
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
        let text = read(&file)?.unwrap_or_default();
        replace(&file, put_into(&text, answers).as_bytes())
    }

    /// The first attempt whose answers are all right, counted from 1. The progress file says
    /// which they were, and they are judged again.
    pub(super) fn solved_at(&self, handout: &Handout<'_>) -> Option<usize> {
        let mut attempts = self.progress.attempts.iter();
        let right = |it: &Attempt| {
            let answers = Answers(it.answers.clone());
            it.solved && handout.judge(&answers).all_right()
        };
        attempts.position(right).map(|place| place + 1)
    }

    /// Writes the progress down.
    pub(super) fn save(&self) -> Result<(), Failure> {
        save(&self.path, &self.progress)
    }

    /// Handed-out files that are not there any more, or not as they were.
    pub(super) fn altered(&self, handout: &Handout<'_>) -> Vec<String> {
        // Only what has the right length is read, so that nobody's pipe or endless file is.
        let as_it_was = |name: &str, bytes: &[u8]| {
            let path = self.path.join(name);
            let length = fs::metadata(&path).is_ok_and(|it| {
                it.is_file() && usize::try_from(it.len()).is_ok_and(|it| it == bytes.len())
            });
            length && fs::read(path).is_ok_and(|found| found == bytes)
        };
        let mut altered = Vec::new();
        for (name, bytes) in &handout.files {
            if !as_it_was(name, bytes) {
                altered.push(name.clone());
            }
        }
        altered
    }
}

/// There is no folder of this exercise here.
fn nowhere(exercise: &Exercise) -> Failure {
    let name = &exercise.name;
    if Path::new(name).join(ANSWERS).exists() {
        return Failure::new(
            format!("{name}/ has no {PROGRESS}"),
            format!(
                "Move the folder away and run `doormat lab start {name}` again; your answers are in \
                 its {ANSWERS}."
            ),
        );
    }
    Failure::new(
        format!("you have not begun `{name}` here"),
        format!("`doormat lab start {name}` makes its folder; --folder says where it is."),
    )
}

fn place(exercise: &Exercise) -> Option<PathBuf> {
    let below = PathBuf::from(&exercise.name);
    if below.join(PROGRESS).exists() {
        return Some(below);
    }
    let here = fs::read_to_string(PROGRESS).ok()?;
    let here = Progress::read(&here).ok()?;
    (here.exercise == exercise.name).then(|| PathBuf::from("."))
}

pub(super) fn save(folder: &Path, progress: &Progress) -> Result<(), Failure> {
    let file = folder.join(PROGRESS);
    let text = progress
        .write()
        .map_err(|error| Failure::of_file(&file, error, "Please report this."))?;
    replace(&file, text.as_bytes())
}

/// Reads a course's secret.
pub(super) fn course_secret(path: &Path) -> Result<CourseSecret, Failure> {
    let help = "Give the file that `doormat lab course new` wrote.";
    let text =
        read(path)?.ok_or_else(|| Failure::of_file(path, "there is no such course file", help))?;
    CourseSecret::read(&text).map_err(|error| Failure::of_file(path, error, help))
}

/// A text, if it is there.
pub(super) fn read(path: &Path) -> Result<Option<String>, Failure> {
    use io::Read;
    // A pipe in somebody's folder would be waited for without end.
    if fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return Err(Failure::of_file(
            path,
            "it is not a file",
            "It should be a text file that you may read.",
        ));
    }
    let mut text = String::new();
    let read = fs::File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::of_file(
            path,
            files::describe(&error),
            "It should be a text file that you may read.",
        )),
    }
}

/// Writes a file as a whole, in the place of what is there. A link that somebody has left in
/// its way is removed, and not followed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    use io::Write;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let write = || {
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::File::create_new(&beside)?.write_all(bytes)?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| files::cannot_write(path, &error))
}
