//! `lab watch`: checks again whenever the answer file changes.

use std::{thread, time::Duration};

use clap::Args;

use super::{
    check::mark_answers,
    common::{ExerciseArgs, read_text},
    folder::Folder,
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{Answers, Exercise, handout::ANSWERS};
use crate::text::printable_path;

/// Check again whenever answer.txt changes, until all is right
#[derive(Debug, Args)]
pub(in crate::cli) struct WatchArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
    /// Give up after so many seconds; never unless said otherwise
    #[arg(long, value_name = "SECONDS")]
    seconds: Option<u64>,
}

pub(super) fn watch(all: &[Exercise], args: &WatchArgs) -> Result<(), Failure> {
    let mut folder = Folder::of(all, &args.exercise)?;
    let file = folder.path.join(ANSWERS);
    terminal::print([format!(
        "Watching {}; it is checked when you save it. Ctrl-C ends.",
        printable_path(&file)
    )])?;
    let mut before = None;
    let limit = args.seconds.map(|it| it.saturating_mul(4));
    for round in 0_u64.. {
        let text = read_text(&file)?;
        if text.is_some() && text != before {
            // An editor may still be writing: wait until the text stays the same.
            thread::sleep(Duration::from_millis(100));
            let settled = read_text(&file)? == text;
            if settled {
                before = text;
                let course = args.exercise.course.as_deref();
                match mark_answers(all, &mut folder, &Answers::default(), course) {
                    Ok((lines, solved)) => {
                        terminal::print([String::new()].into_iter().chain(lines))?;
                        if solved {
                            return Ok(());
                        }
                    }
                    Err(Failure::User(error)) => terminal::print_user_error(&error),
                    Err(closed) => return Err(closed),
                }
            }
        }
        if limit.is_some_and(|limit| round >= limit) {
            return Err(Failure::new(
                "gave up watching: not all is right yet",
                "Run it again with more --seconds, or with none to go on watching.",
            ));
        }
        thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}
