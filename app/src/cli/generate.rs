//! `doormat generate`: a large recording, by a crowd of real sessions.

use std::{
    fs,
    io::{self, BufWriter},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::shared::{
    failure::Failure,
    files,
    progress::Progress,
    setup::{self, Schedule, Seed, Threads},
    terminal,
};
use crate::report::json;
use crate::text::{count, printable_path};
use doormat::escrow::{EscrowPrivateKey, key_file};
use doormat::experiment::{Crowd, ExperimentError, seed};
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{AuthorityPublic, Mode, envelope::MAX_TEXT_BYTES};
use doormat::transport::TransportError;

/// Make a large recording, by a crowd of real sessions
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat generate --out big.pcapng                        100,000 messages, and big.key beside it
  doormat generate --messages 1000000 --escrow-pub ministry.pub --out big.pcapng
  doormat generate --mode e2e --out quiet.pcapng
  doormat attack big.pcapng --escrow-key big.key --out read.jsonl")]
pub(super) struct Options {
    /// Messages in all
    #[arg(long, default_value_t = 100_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    messages: u64,
    /// Bytes of each text
    #[arg(long, default_value_t = 256, value_name = "BYTES", value_parser = text_size)]
    size: usize,
    /// Messages under one session key, before the other side has its turn
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    per_key: u64,
    /// Who else gets each session key
    #[arg(long, value_enum, default_value_t = ModeName::Escrow)]
    mode: ModeName,
    /// How session keys come and go
    #[arg(long, value_enum, default_value_t = Schedule::Ratchet)]
    schedule: Schedule,
    /// The authority's public key; without it, an authority is drawn from the seed, and its
    /// private key left beside the recording
    #[arg(long, value_name = "FILE")]
    escrow_pub: Option<PathBuf>,
    /// Draws every key from this number, so that every byte can be made again; `random` chooses one
    #[arg(long, default_value = "7", value_name = "N")]
    seed: Seed,
    #[command(flatten)]
    threads: Threads,
    /// The recording, a new file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Print figures instead of sentences
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    /// Nobody
    E2e,
    /// An authority
    Escrow,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if options.out == Path::new("-") {
        return Err(Failure::new(
            "--out: a recording is a file, and does not go to standard output",
            "Give a name, as in --out big.pcapng.",
        ));
    }
    let crowd = Crowd {
        messages: options.messages,
        size: options.size,
        per_key: options.per_key,
        schedule: options.schedule.into(),
        seed: options.seed.number()?,
    };
    let authority = KeyRecipient::of(options, crowd.seed)?;
    let mode = authority.mode();
    let pool = options.threads.pool()?;
    files::check_writable(&options.out)?;
    let part = PartialFile::begin(&options.out)?;
    let out = BufWriter::new(files::create(&part.path)?);
    let progress = Progress::new(crowd.messages, "talking");
    let recorded =
        pool.install(|| crowd.record(mode.as_ref(), out, &|more| progress.advance(more)));
    drop(progress);
    recorded.map_err(|error| failure(&options.out, &error))?;
    authority.leave_key()?;
    part.finish()?;
    if options.json {
        return terminal::print_json(&json::RecordingFigures::new(&crowd, mode.id()));
    }
    let summary = format!(
        "{} under {}, in {}: {}",
        count(crowd.messages, "message"),
        count(crowd.session_keys(), "session key"),
        count(crowd.sessions(), "session"),
        printable_path(&options.out),
    );
    terminal::print(
        [summary]
            .into_iter()
            .chain(authority.drawn_key_line(crowd.seed)),
    )
}

/// A recording that has another name until it is complete.
struct PartialFile<'a> {
    path: PathBuf,
    whole: &'a Path,
}

impl<'a> PartialFile<'a> {
    /// Removes what an interrupted command left.
    fn begin(whole: &'a Path) -> Result<Self, Failure> {
        let mut name = whole.as_os_str().to_owned();
        name.push(".part");
        let path = PathBuf::from(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(files::cannot_write(&path, &error))
            }
            _ => Ok(Self { path, whole }),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        fs::rename(&self.path, self.whole).map_err(|error| files::cannot_write(self.whole, &error))
    }
}

impl Drop for PartialFile<'_> {
    /// Removes a recording that failed; after [`PartialFile::finish`] there is nothing to
    /// remove.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Who gets a copy of each session key.
enum KeyRecipient {
    Nobody,
    /// An authority whose private key is elsewhere.
    Named(AuthorityPublic),
    /// An authority drawn from the seed, and where to leave its private key.
    Drawn(Box<EscrowPrivateKey>, PathBuf),
}

impl KeyRecipient {
    fn of(options: &Options, seed: u64) -> Result<Self, Failure> {
        match (options.mode, &options.escrow_pub) {
            (ModeName::E2e, None) => Ok(Self::Nobody),
            (ModeName::E2e, Some(_)) => Err(Failure::new(
                "--escrow-pub: the e2e mode has no authority",
                "Leave it out, or generate with --mode escrow.",
            )),
            (ModeName::Escrow, Some(path)) => files::escrow_public(path).map(Self::Named),
            (ModeName::Escrow, None) => {
                let path = options.out.with_extension("key");
                if path == options.out {
                    return Err(Failure::new(
                        "--out: a recording called .key would be in the place of its key",
                        "Call it .pcapng.",
                    ));
                }
                files::must_be_free(&path)?;
                let key = EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"));
                Ok(Self::Drawn(Box::new(key), path))
            }
        }
    }

    fn mode(&self) -> Box<dyn Mode + Sync> {
        match self {
            Self::Nobody => Box::new(EndToEnd),
            Self::Named(public) => Box::new(Escrow(vec![*public])),
            Self::Drawn(key, _) => Box::new(Escrow(vec![*key.public()])),
        }
    }

    fn leave_key(&self) -> Result<(), Failure> {
        match self {
            Self::Drawn(key, path) => {
                files::write_secret(path, key_file::write_private(key).as_bytes())
            }
            Self::Nobody | Self::Named(_) => Ok(()),
        }
    }

    fn drawn_key_line(&self, seed: u64) -> Option<String> {
        match self {
            Self::Drawn(_, path) => Some(format!(
                "The authority's private key, drawn from seed {seed}: {}",
                printable_path(path)
            )),
            Self::Nobody | Self::Named(_) => None,
        }
    }
}

fn failure(path: &Path, error: &ExperimentError) -> Failure {
    match error {
        ExperimentError::Transport(TransportError::Tap(error)) => files::cannot_write(path, error),
        error => setup::defect(error),
    }
}

fn text_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| *size <= MAX_TEXT_BYTES);
    size.ok_or_else(|| format!("give a number of bytes from 0 to {MAX_TEXT_BYTES}"))
}
