//! `doormat demo`: one conversation, two modes, one leaked key.

mod pager;
mod scale_demo;

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::shared::{
    failure::Failure,
    files,
    progress::Progress,
    setup::{self, Schedule, Setup},
    terminal,
};
use crate::report::{json, story};
use crate::text::printable_path;
use doormat::escrow::key_file;
use doormat::experiment::{Conversation, LeakOutcome, leak};
use doormat::protocol::ScheduleId;

/// One conversation, two modes, one leaked key: the story in a minute
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat demo                              the story, with a conversation of its own
  doormat demo --step                       one scene at a time, for a class
  doormat demo --messages talk.txt          with yours: one message a line
  doormat demo --big                        a million messages, one key
  doormat demo --captures lesson            leave the tapes and the leaked key in lesson/")]
pub(super) struct Options {
    #[command(flatten)]
    setup: Setup,
    /// How session keys come and go, in both modes
    #[arg(long, value_enum, default_value_t = Schedule::Ratchet)]
    schedule: Schedule,
    /// Wait for a key at each scene: next, back, quit
    #[arg(long, conflicts_with = "json")]
    step: bool,
    /// Show one scene only, 1 to 6
    #[arg(long, value_name = "N", conflicts_with_all = ["json", "step"], value_parser = clap::value_parser!(u8).range(1..=6))]
    scene: Option<u8>,
    /// Leave escrow.pcapng, e2e.pcapng and the leaked escrow.key in this directory
    #[arg(long, value_name = "DIR")]
    captures: Option<PathBuf>,
    /// The same point at scale instead: a crowd's messages, a million of them or as
    /// many as are said here, and one leaked key
    #[arg(long, value_name = "MESSAGES", num_args = 0..=1, default_missing_value = "1000000", value_parser = clap::value_parser!(u64).range(1..=1_000_000), conflicts_with_all = ["json", "step", "scene", "captures", "messages"])]
    big: Option<u64>,
    /// Print figures instead of the story
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let Some(messages) = options.big {
        return scale_demo::run(messages, options.schedule.into(), options.setup.seed()?);
    }
    let conversation = options.setup.conversation()?;
    let seed = options.setup.seed()?;
    if let Some(dir) = &options.captures {
        fs::create_dir_all(dir).map_err(|error| files::cannot_write(dir, &error))?;
    }
    let outcome = experiment(conversation, options.schedule.into(), seed)?;
    if let Some(dir) = &options.captures {
        leave_captures(dir, &outcome)?;
    }
    if options.json {
        return terminal::print_json(&json::DemoFigures::from(&outcome));
    }
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| printable_path(path));
    let (messages, captures) = (path(&options.setup.messages), path(&options.captures));
    let story_options = story::StoryOptions {
        messages: messages.as_deref(),
        captures: captures.as_deref(),
    };
    let scenes = story::scenes(&outcome, story_options);
    let banner = format!("seed {seed}: reproducible, not secret");
    match options.scene {
        _ if options.step => pager::step(&scenes, &banner),
        Some(number) => pager::print_one(&scenes, number.into(), &banner),
        None => pager::print(&scenes, &banner),
    }
}

fn experiment(
    conversation: Conversation,
    schedule: ScheduleId,
    seed: u64,
) -> Result<LeakOutcome, Failure> {
    let steps = u64::try_from(leak::steps(&conversation)).ok();
    let progress = Progress::new(steps, "two modes, one leaked key");
    leak::run(conversation, schedule, seed, &|| progress.advance(1))
        .map_err(|error| setup::defect(&error))
}

/// Writes the tapes and the leaked key. A file that is there with the same bytes is kept, so
/// that a lesson can be followed twice; one that differs is refused before anything is
/// written.
fn leave_captures(dir: &Path, outcome: &LeakOutcome) -> Result<(), Failure> {
    let key = key_file::write_private(&outcome.key);
    let tapes = [
        ("escrow.pcapng", &outcome.escrow.recording.tape),
        ("e2e.pcapng", &outcome.e2e.recording.tape),
    ]
    .map(|(name, tape)| (dir.join(name), tape.as_slice()));
    let key = (dir.join("escrow.key"), key.as_bytes());

    let is_there = |(path, bytes): &(PathBuf, &[u8])| fs::read(path).is_ok_and(|it| it == *bytes);
    let missing: Vec<_> = tapes.into_iter().filter(|it| !is_there(it)).collect();
    let key = Some(key).filter(|it| !is_there(it));
    for (path, _) in missing.iter().chain(&key) {
        files::must_be_free(path)?;
    }
    for (path, bytes) in missing {
        files::write_new(&path, bytes)?;
    }
    key.map_or(Ok(()), |(path, bytes)| files::write_secret(&path, bytes))
}
