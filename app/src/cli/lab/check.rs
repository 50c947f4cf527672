//! `lab check`, `lab watch` and `lab explain`: what is right, and the story behind it.

use std::{fs, path::Path, thread, time::Duration};

use clap::Args;

use super::{
    Which,
    folder::{Folder, read},
    now,
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{
    Answers, Exercise, Handout, Marks,
    answers::Mark,
    handout::{ANSWERS, BRIEF},
    reflow::{COLUMNS, reflow},
};
use crate::text::{paragraph, printable};

/// Say what is right of your answers and what is not
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat lab check listen                         what is written in listen/answer.txt
  doormat lab check listen source=ada when=14:05   these answers; they are written there too")]
pub(in crate::cli) struct Check {
    #[command(flatten)]
    which: Which,
    /// `part=answer`, as brief.md asks; the answer alone where only one thing is asked
    #[arg(value_name = "ANSWER")]
    answers: Vec<String>,
}

/// Check again whenever answer.txt changes, until all is right
#[derive(Debug, Args)]
pub(in crate::cli) struct Watch {
    #[command(flatten)]
    which: Which,
    /// Give up after so many seconds; never unless said otherwise
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

/// Tell the full story of an exercise, once it is solved
#[derive(Debug, Args)]
pub(in crate::cli) struct Explain {
    #[command(flatten)]
    which: Which,
}

pub(super) fn check(all: &[Exercise], options: &Check) -> Result<(), Failure> {
    let mut folder = Folder::of(all, &options.which)?;
    let typed = Answers::typed(folder.exercise, &options.answers).map_err(|error| {
        Failure::new(
            error.to_string(),
            format!("Give answers as part=answer; {BRIEF} in the folder says what is asked."),
        )
    })?;
    let (lines, _) = judge(all, &mut folder, &typed, options.which.course.as_deref())?;
    terminal::print(lines)
}

/// Judges what is in the answer file and what was typed over it, notes it, and says it:
/// also whether all is right.
fn judge(
    all: &[Exercise],
    folder: &mut Folder<'_>,
    typed: &Answers,
    course: Option<&Path>,
) -> Result<(Vec<String>, bool), Failure> {
    let exercise = folder.exercise;
    let written = folder.answers()?;
    let answers = written.with(typed);
    let handout = folder.handout(course)?;
    let marks = handout.as_ref().map(|it| it.judge(&answers));
    let before = match (&handout, &marks) {
        (Some(handout), Some(marks)) if answers != written => {
            let before = handout.judge(&written);
            write_down(folder, typed, &before, marks)?;
            before.all_right()
        }
        _ => {
            if !typed.0.is_empty() {
                folder.put_answers(typed)?;
            }
            false
        }
    };
    // What is in no form that could be right is no attempt.
    let tried = answers.well_formed(exercise);
    if !tried.0.is_empty() {
        folder.progress.attempt(tried.0, marks.as_ref(), now());
        folder.save()?;
    }
    let mut lines = vec![exercise.about.title.clone()];
    match (&handout, &marks) {
        (Some(handout), Some(marks)) => {
            lines.extend(told(exercise, marks, &answers));
            lines.extend(altered(folder, handout));
            lines.push(String::new());
            lines.extend(sentence(&next(all, folder, handout, marks, before)));
        }
        _ => {
            lines.extend(noted(exercise, &answers));
            lines.push(String::new());
            lines.extend(sentence(&format!(
                "This folder is of a course whose secret your instructor keeps: what is in {ANSWERS} \
                 when you hand it in is graded."
            )));
        }
    }
    Ok((lines, marks.is_some_and(|it| it.all_right())))
}

/// Writes what was typed into the answer file, and no wrong answer over a right one.
fn write_down(
    folder: &Folder<'_>,
    typed: &Answers,
    before: &Marks,
    now: &Marks,
) -> Result<(), Failure> {
    let is_right = |marks: &Marks, part: &String| {
        let mut marks = marks.0.iter();
        marks.any(|(of, mark)| of == part && mark.is_right())
    };
    let mut put = typed.clone();
    put.0
        .retain(|part, _| is_right(now, part) || !is_right(before, part));
    folder.put_answers(&put)
}

/// A sentence in as many lines as it takes.
fn sentence(text: &str) -> Vec<String> {
    reflow(text, COLUMNS).lines().map(str::to_owned).collect()
}

/// A line for each part, and what is to be said of it.
fn told(exercise: &Exercise, marks: &Marks, answers: &Answers) -> Vec<String> {
    let width = width(exercise);
    let mut lines = Vec::new();
    for (part, mark) in &marks.0 {
        let given = answers.0.get(part).map_or("", String::as_str);
        let given = printable(given);
        let (verdict, note) = match mark {
            Mark::Right(note) => (format!("✓ right       {given}"), note.clone()),
            Mark::Wrong(note) => (format!("✗ not right   {given}"), note.clone()),
            Mark::Malformed(why) => (
                format!("? not in this form   {given}"),
                Some(like(exercise, part, why)),
            ),
            Mark::Missing => ("· no answer yet".to_owned(), None),
        };
        lines.push(format!("  {part:width$}  {verdict}"));
        if let Some(note) = note {
            let text = paragraph(&printable(&note));
            lines.extend(text.into_iter().map(|line| format!("  {line}")));
        }
    }
    lines
}

/// What is wrong with an answer's form, and what one looks like.
fn like(exercise: &Exercise, part: &str, why: &str) -> String {
    let example = exercise.part(part).map_or("", |it| it.example.as_str());
    let why = crate::lab::plot::capital(why);
    format!("{why}. It would look like this: {part}={example}")
}

/// The same where nothing can be judged.
fn noted(exercise: &Exercise, answers: &Answers) -> Vec<String> {
    let width = width(exercise);
    let part = |part: &crate::lab::exercise::Part| {
        let verdict = match answers.0.get(&part.name) {
            None => "· no answer yet".to_owned(),
            Some(given) => match part.form.spell(given) {
                Ok(_) => format!("  noted       {}", printable(given)),
                Err(why) => format!("? not in this form   {}: {why}", printable(given)),
            },
        };
        format!("  {:width$}  {verdict}", part.name)
    };
    exercise.about.parts.iter().map(part).collect()
}

fn width(exercise: &Exercise) -> usize {
    let lengths = exercise.about.parts.iter().map(|it| it.name.len());
    lengths.max().unwrap_or(0)
}

/// A warning if the files are not those that were handed out.
fn altered(folder: &Folder<'_>, handout: &Handout<'_>) -> Option<String> {
    let altered = folder.altered(handout);
    (!altered.is_empty()).then(|| {
        format!(
            "\n! Not as handed out any more: {}. `doormat lab reset {}` puts it back.",
            altered.join(", "),
            folder.exercise.name
        )
    })
}

fn next(
    all: &[Exercise],
    folder: &Folder<'_>,
    handout: &Handout<'_>,
    marks: &Marks,
    kept: bool,
) -> String {
    let name = &folder.exercise.name;
    let order = folder.exercise.about.order;
    if marks.all_right() {
        let further = all.iter().find(|it| it.about.order > order);
        let further = further.map_or_else(String::new, |it| {
            format!(
                ", then `doormat lab start {}` (beside this folder)",
                it.name
            )
        });
        return format!("Solved. Next: `doormat lab explain {name}` tells the story{further}.");
    }
    if let Some(attempt) = folder.solved_at(handout) {
        let file = if kept {
            format!("{ANSWERS} keeps the right answers")
        } else {
            format!("but {ANSWERS} does not have those answers now, and it is what is graded")
        };
        return format!(
            "It stays solved, at attempt {attempt}; {file}. Next: `doormat lab explain {name}`."
        );
    }
    let right = format!("{} of {} right.", marks.right(), marks.0.len());
    if !marks.any_answer() {
        return format!(
            "Next: read {BRIEF}, write your answers into {ANSWERS}, and check again. \
             `doormat lab hint {name}` gives a nudge."
        );
    }
    match folder.progress.next_tier() {
        Some(_) => format!("{right} Next: try again; `doormat lab hint {name}` helps."),
        None => format!("{right} Next: try again; the hints are in `doormat lab hint {name}`."),
    }
}

pub(super) fn watch(all: &[Exercise], options: &Watch) -> Result<(), Failure> {
    let mut folder = Folder::of(all, &options.which)?;
    let file = folder.path.join(ANSWERS);
    terminal::print([format!(
        "Watching {}; it is checked when you save it. Ctrl-C ends.",
        printable(&file.display().to_string())
    )])?;
    let mut before = None;
    let turns = options.seconds.map(|it| it.saturating_mul(4));
    for turn in 0_u64.. {
        let text = read(&file)?;
        if text.is_some() && text != before {
            // Half a text is not judged: wait until it stays as it is.
            thread::sleep(Duration::from_millis(100));
            let settled = fs::read_to_string(&file).ok() == text;
            if settled {
                before = text;
                let course = options.which.course.as_deref();
                match judge(all, &mut folder, &Answers::default(), course) {
                    Ok((lines, solved)) => {
                        terminal::print([String::new()].into_iter().chain(lines))?;
                        if solved {
                            return Ok(());
                        }
                    }
                    Err(Failure::User(error)) => terminal::print_user_error(*error),
                    Err(closed) => return Err(closed),
                }
            }
        }
        if turns.is_some_and(|turns| turn >= turns) {
            return Err(Failure::new(
                "gave up watching: not all is right yet",
                "Run it again with more --seconds, or with none to go on watching.",
            ));
        }
        thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}

pub(super) fn explain(all: &[Exercise], options: &Explain) -> Result<(), Failure> {
    let folder = Folder::of(all, &options.which)?;
    let name = &folder.exercise.name;
    let Some(handout) = folder.handout(options.which.course.as_deref())? else {
        return Err(Failure::of_file(
            &folder.path,
            "this folder is of a course whose secret your instructor keeps: whether it is solved cannot be said here",
            "Ask your instructor for the story once it has been graded.",
        ));
    };
    // What the progress file says of it counts for nothing: the answers in it are judged.
    let written = || Ok::<_, Failure>(handout.judge(&folder.answers()?).all_right());
    if folder.solved_at(&handout).is_none() && !written()? {
        return Err(Failure::new(
            format!("`{name}` is not solved yet"),
            format!(
                "`doormat lab check {name}` says what is missing; `doormat lab hint {name}` helps."
            ),
        ));
    }
    terminal::print([
        format!("The story of \"{}\"", folder.exercise.about.title),
        String::new(),
        reflow(handout.explanation.trim(), COLUMNS)
            .trim_end()
            .to_owned(),
    ])
}
