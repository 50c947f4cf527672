//! Options that several commands share: conversation, seed, schedule, threads.

use std::{
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, ValueEnum};
use rand::{TryRng, rngs::SysRng};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{failure::Failure, files, terminal};
use doormat::experiment::{Conversation, ExperimentError, NotAConversation};
use doormat::protocol::ScheduleId;

/// What an experiment is run on.
#[derive(Debug, Clone, Args)]
pub(crate) struct Setup {
    /// Messages to carry: UTF-8 text, one a line, senders taking turns; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) messages: Option<PathBuf>,
    /// Draws every key from this number, so that every byte can be made again; `random` chooses one
    #[arg(long, default_value_t = Seed::Number(SEED), value_name = "N")]
    seed: Seed,
}

/// The seed of every example in the documents.
pub(crate) const SEED: u64 = 7;

/// `--seed`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Seed {
    Number(u64),
    Random,
}

impl FromStr for Seed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "random" => Ok(Self::Random),
            _ => text
                .parse()
                .map(Self::Number)
                .map_err(|_| "give a whole number from 0 to 18446744073709551615, or `random`"),
        }
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Random => f.write_str("random"),
        }
    }
}

/// `--schedule`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Schedule {
    /// A new session key at every turn
    Ratchet,
    /// One session key in each direction, for ever
    Static,
}

impl From<Schedule> for ScheduleId {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Ratchet => Self::Ratchet,
            Schedule::Static => Self::Static,
        }
    }
}

/// The largest integer up to which a double is exact, so that every JSON parser keeps a
/// drawn seed.
const EXACT_IN_JSON: u64 = (1 << 53) - 1;

/// The longest text of a conversation, in bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a text whole.
fn read(path: &Path, input: impl Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = input.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let what = match read {
        Ok(length) if u64::try_from(length).is_ok_and(|it| it <= MAX_BYTES) => return Ok(bytes),
        Ok(_) => "it is longer than 64 MiB".to_owned(),
        Err(error) => files::describe(&error),
    };
    Err(Failure::of_file(
        path,
        what,
        "Give a text with one message a line.",
    ))
}

impl Setup {
    /// The conversation, read from its file.
    pub(crate) fn conversation(&self) -> Result<Conversation, Failure> {
        let Some(path) = self.messages.as_deref() else {
            return Ok(Conversation::default());
        };
        let bytes = if path == Path::new("-") {
            if console::user_attended() && io::stdin().is_terminal() {
                terminal::print_error("One message a line; Ctrl-D ends.");
            }
            read(path, io::stdin().lock())?
        } else {
            read(path, files::open(path)?)?
        };
        Conversation::read(files::text_of(path, &bytes)?).map_err(|error| {
            let help = match error {
                NotAConversation::Empty => "Give a text with one message a line.",
                NotAConversation::TooLong { .. } => "Break the line into several messages.",
                NotAConversation::TooMany => {
                    "Give fewer. `doormat demo --big` shows the same with a million messages of a \
                     crowd; `doormat generate` records as many as you like, for `doormat attack`."
                }
            };
            Failure::of_file(path, error, help)
        })
    }

    /// The seed; if it is to be random, the one drawn before, if there is one.
    pub(crate) fn seed_or(&self, drawn_before: Option<u64>) -> Result<u64, Failure> {
        match (self.seed, drawn_before) {
            (Seed::Random, Some(number)) => Ok(number),
            (seed, _) => seed.number(),
        }
    }

    /// The seed, drawn now if it is to be random.
    pub(crate) fn seed(&self) -> Result<u64, Failure> {
        self.seed.number()
    }
}

impl Seed {
    /// The number, drawn now if it is to be random.
    pub(crate) fn number(self) -> Result<u64, Failure> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Random => SysRng
                .try_next_u64()
                .map(|drawn| drawn & EXACT_IN_JSON)
                .map_err(|error| {
                    Failure::new(
                        format!("the system gives no randomness: {error}"),
                        "Give a number with --seed.",
                    )
                }),
        }
    }
}

/// The failure of an experiment, which is a defect of this program.
pub(crate) fn defect(error: &ExperimentError) -> Failure {
    Failure::new(
        format!("the experiment failed: {error}"),
        "This is a defect of the program: please report it with the command you gave.",
    )
}

/// `--threads`: how many of the machine's cores a command takes.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Threads {
    /// Threads to work with, one for each core unless said otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
}

impl Threads {
    /// As many as are asked for.
    pub(crate) fn pool(self) -> Result<ThreadPool, Failure> {
        ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, usize::from))
            .build()
            .map_err(|error| {
                Failure::new(
                    format!("the system gives no threads: {error}"),
                    "Ask for fewer with --threads.",
                )
            })
    }
}
