//! `lab check`: which answers are correct.

use std::path::Path;

use clap::Args;

use super::{
    common::{ExerciseArgs, now},
    folder::Folder,
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{
    Answers, Exercise, Handout, Marks,
    dialogue::capitalize,
    exercise::ExercisePart,
    handout::ANSWERS,
    kind::material::BRIEF,
    marking::Mark,
    reflow::{COLUMNS, reflow},
};
use crate::text::{paragraph, printable};

/// Say what is right of your answers and what is not
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat lab check listen                         what is written in listen/answer.txt
  doormat lab check listen source=ada when=14:05   these answers; they are written there too")]
pub(in crate::cli) struct CheckArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
    /// `part=answer`, as brief.md asks; the answer alone where only one thing is asked
    #[arg(value_name = "ANSWER")]
    answers: Vec<String>,
}

pub(super) fn check(all: &[Exercise], args: &CheckArgs) -> Result<(), Failure> {
    let mut folder = Folder::of(all, &args.exercise)?;
    let typed = Answers::parse_args(folder.exercise, &args.answers).map_err(|error| {
        Failure::new(
            error.to_string(),
            format!("Give answers as part=answer; {BRIEF} in the folder says what is asked."),
        )
    })?;
    let (lines, _) = mark_answers(all, &mut folder, &typed, args.exercise.course.as_deref())?;
    terminal::print(lines)
}

/// Marks the answer file with the typed answers in it, and records the attempt: the lines to
/// print, and whether everything is correct.
pub(super) fn mark_answers(
    all: &[Exercise],
    folder: &mut Folder<'_>,
    typed: &Answers,
    course: Option<&Path>,
) -> Result<(Vec<String>, bool), Failure> {
    let exercise = folder.exercise;
    let written = folder.answers()?;
    let answers = written.with(typed);
    let handout = folder.handout(course)?;
    let marks = handout.as_ref().map(|it| it.mark(&answers));
    let before = match (&handout, &marks) {
        (Some(handout), Some(marks)) if answers != written => {
            let before = handout.mark(&written);
            store_typed(folder, typed, &before, marks)?;
            before.all_right()
        }
        _ => {
            if !typed.0.is_empty() {
                folder.put_answers(typed)?;
            }
            false
        }
    };
    // Answers that are not in their form are not recorded.
    let tried = answers.well_formed(exercise);
    if !tried.0.is_empty() {
        folder.progress.attempt(tried.0, marks.as_ref(), now());
        folder.save()?;
    }
    let mut lines = vec![exercise.about.title.clone()];
    match (&handout, &marks) {
        (Some(handout), Some(marks)) => {
            lines.extend(marked(exercise, marks, &answers));
            lines.extend(warning_of_changes(folder, handout));
            lines.push(String::new());
            lines.extend(wrapped(&next_step(all, folder, handout, marks, before)));
        }
        _ => {
            lines.extend(unmarked(exercise, &answers));
            lines.push(String::new());
            lines.extend(wrapped(&format!(
                "This folder is of a course whose secret your instructor keeps: what is in {ANSWERS} \
                 when you hand it in is graded."
            )));
        }
    }
    Ok((lines, marks.is_some_and(|it| it.all_right())))
}

/// Writes the typed answers into the answer file, except wrong ones in the place of correct
/// ones.
fn store_typed(
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

/// The lines of a text.
fn wrapped(text: &str) -> Vec<String> {
    reflow(text, COLUMNS).lines().map(str::to_owned).collect()
}

/// A line for each part, with its mark and note.
fn marked(exercise: &Exercise, marks: &Marks, answers: &Answers) -> Vec<String> {
    let width = name_width(exercise);
    let mut lines = Vec::new();
    for (part, mark) in &marks.0 {
        let given = answers.0.get(part).map_or("", String::as_str);
        let given = printable(given);
        let (verdict, note) = match mark {
            Mark::Right(note) => (format!("✓ right       {given}"), note.clone()),
            Mark::Wrong(note) => (format!("✗ not right   {given}"), note.clone()),
            Mark::Malformed(why) => (
                format!("? not in this form   {given}"),
                Some(form_note(exercise, part, why)),
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

/// What is wrong with an answer's form, and an example of it.
fn form_note(exercise: &Exercise, part: &str, why: &str) -> String {
    let example = exercise.part(part).map_or("", |it| it.example.as_str());
    let why = capitalize(why);
    format!("{why}. It would look like this: {part}={example}")
}

/// A line for each part where answers cannot be marked.
fn unmarked(exercise: &Exercise, answers: &Answers) -> Vec<String> {
    let width = name_width(exercise);
    let part = |part: &ExercisePart| {
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

fn name_width(exercise: &Exercise) -> usize {
    let lengths = exercise.about.parts.iter().map(|it| it.name.len());
    lengths.max().unwrap_or(0)
}

/// A warning if handed-out files are missing or changed.
fn warning_of_changes(folder: &Folder<'_>, handout: &Handout<'_>) -> Vec<String> {
    let altered = folder.altered(handout);
    if altered.is_empty() {
        return Vec::new();
    }
    let warning = format!(
        "! Not as handed out any more: {}. `doormat lab reset {}` puts it back.",
        altered.join(", "),
        folder.exercise.name
    );
    vec![String::new(), warning]
}

/// What to do next; `kept` says whether the answer file keeps correct answers.
fn next_step(
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
