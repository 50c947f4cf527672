//! `lab check`, `lab watch` and `lab explain`: what is right, and the story behind it.

use std::{fs, path::Path, thread, time::Duration};

use clap::Args;

use super::{
    Which,
    folder::{Folder, read},
    now,
};
use crate::cli::{failure::Failure, terminal};
use crate::lab::{
    Answers, Exercise, Handout, Marks,
    answers::Mark,
    handout::{ANSWERS, BRIEF},
    reflow::{COLUMNS, reflow},
};
use crate::report::text::{paragraph, printable};

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
    if !typed.0.is_empty() {
        folder.put_answers(&typed)?;
    }
    let lines = judge(all, &mut folder, options.which.course.as_deref())?;
    terminal::print(lines)
}

/// Judges what is in the answer file, notes it, and says it.
fn judge(
    all: &[Exercise],
    folder: &mut Folder<'_>,
    course: Option<&Path>,
) -> Result<Vec<String>, Failure> {
    let answers = folder.answers()?;
    let handout = folder.handout(course)?;
    let marks = handout.as_ref().map(|it| it.judge(&answers));
    if !answers.0.is_empty() {
        folder
            .progress
            .attempt(answers.0.clone(), marks.as_ref(), now());
        folder.save()?;
    }
    let exercise = folder.exercise;
    let mut lines = vec![exercise.about.title.clone()];
    match (&handout, &marks) {
        (Some(handout), Some(marks)) => {
            lines.extend(told(exercise, marks, &answers));
            lines.extend(altered(folder, handout));
            lines.push(String::new());
            lines.extend(sentence(&next(all, folder, marks)));
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
    Ok(lines)
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
            Mark::Right => (format!("✓ right       {given}"), None),
            Mark::Wrong(note) => (format!("✗ not right   {given}"), note.clone()),
            Mark::Malformed(why) => (format!("? not so      {given}"), Some(capital(why))),
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

fn capital(why: &str) -> String {
    crate::lab::plot::capital(why) + "."
}

/// The same where nothing can be judged.
fn noted(exercise: &Exercise, answers: &Answers) -> Vec<String> {
    let width = width(exercise);
    let part = |part: &crate::lab::exercise::Part| {
        let verdict = match answers.0.get(&part.name) {
            None => "· no answer yet".to_owned(),
            Some(given) => match part.form.spell(given) {
                Ok(_) => format!("  noted       {}", printable(given)),
                Err(why) => format!("? not so      {}: {why}", printable(given)),
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

fn next(all: &[Exercise], folder: &Folder<'_>, marks: &Marks) -> String {
    let name = &folder.exercise.name;
    if marks.all_right() {
        let order = folder.exercise.about.order;
        let further = all.iter().find(|it| it.about.order > order);
        let further = further.map_or_else(String::new, |it| {
            format!(
                ", then `doormat lab start {}` (beside this folder)",
                it.name
            )
        });
        return format!("Solved. Next: `doormat lab explain {name}` tells the story{further}.");
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
                match judge(all, &mut folder, options.which.course.as_deref()) {
                    Ok(lines) => terminal::print([String::new()].into_iter().chain(lines))?,
                    Err(Failure::Told(told)) => told.print(),
                    Err(closed) => return Err(closed),
                }
                if folder.progress.attempts.last().is_some_and(|it| it.solved) {
                    return Ok(());
                }
            }
        }
        if turns.is_some_and(|turns| turn >= turns) {
            return Ok(());
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
    // What the progress file says of it counts for nothing.
    if !handout.judge(&folder.answers()?).all_right() {
        return Err(Failure::new(
            format!("`{name}` is not solved yet"),
            format!(
                "`doormat lab check {name}` says what is missing; `doormat lab hint {name}` helps."
            ),
        ));
    }
    terminal::print([
        format!("{}: the story", folder.exercise.about.title),
        String::new(),
        reflow(handout.explanation.trim(), COLUMNS)
            .trim_end()
            .to_owned(),
    ])
}
