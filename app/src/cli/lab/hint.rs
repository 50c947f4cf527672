//! `lab hint`: the nudge, the concept, the method. Each is recorded.

use clap::Args;

use super::{
    common::{ExerciseArgs, now},
    folder::Folder,
};
use crate::cli::shared::{failure::Failure, terminal};
use crate::lab::{
    Exercise,
    exercise::TIERS,
    progress::HintTaken,
    reflow::{COLUMNS, reflow},
};

/// Give the next hint: a nudge, then the concept, then the method
#[derive(Debug, Args)]
pub(in crate::cli) struct HintArgs {
    #[command(flatten)]
    exercise: ExerciseArgs,
}

pub(super) fn hint(all: &[Exercise], args: &HintArgs) -> Result<(), Failure> {
    let mut folder = Folder::of(all, &args.exercise)?;
    let handout = folder.handout(args.exercise.course.as_deref())?;
    let solved = handout.is_some_and(|it| folder.solved_at(&it).is_some());
    // After the exercise is solved all hints are shown, and none is recorded.
    let next = folder.progress.next_tier().filter(|_| !solved);
    if let Some(tier) = next.and_then(|next| TIERS.get(next)) {
        folder.progress.hints.push(HintTaken {
            tier: (*tier).to_owned(),
            time: now(),
        });
        folder.save()?;
    }
    let mut lines = Vec::new();
    let last = next.unwrap_or(TIERS.len().saturating_sub(1));
    for (tier, hint) in TIERS.iter().zip(&folder.exercise.hints).take(last + 1) {
        lines.push(format!("The {tier}"));
        let hint = reflow(hint, COLUMNS - 2);
        lines.extend(hint.lines().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    let name = &folder.exercise.name;
    lines.push(match next.and_then(|next| TIERS.get(next + 1)) {
        Some(tier) => {
            format!("Next: try again. `doormat lab hint {name}` gives the {tier}. Each hint is noted and costs no points.")
        }
        None if solved => {
            format!("It is solved, so these are not counted. Next: `doormat lab explain {name}`.")
        }
        None => format!("Next: `doormat lab check {name}`. These are all hints that there are."),
    });
    terminal::print(lines)
}
