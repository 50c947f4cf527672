//! `doormat attack`: a tape and some loot in; what was read out.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{failure::Failure, files, progress::Progress, source::Source, terminal};
use crate::attack::{EscrowLeak, Exposure, Observation, Tally};
use crate::report::{json, reading, text::printable_json};

/// Read a recording with a leaked escrow key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat attack lesson/escrow.pcapng --escrow-key lesson/escrow.key
  doormat attack lesson/e2e.pcapng --escrow-key lesson/escrow.key --out read.jsonl
  doormat attack --database stolen/relay.db --escrow-key ministry.key
  doormat attack class.pcapng --escrow-key ministry.key --keylog keys.txt")]
pub(super) struct Options {
    /// A recording: of a tap, or of tcpdump or Wireshark on a relay's interface
    #[arg(required_unless_present = "database", conflicts_with = "database")]
    pub(super) capture: Option<PathBuf>,
    /// A copy of a relay's database instead: a stolen server
    #[arg(long, value_name = "FILE")]
    pub(super) database: Option<PathBuf>,
    /// The leaked key: a file that `doormat authority new` or `demo --captures` wrote
    #[arg(long, value_name = "FILE")]
    escrow_key: PathBuf,
    /// Write one line of JSON for each message; `-` writes to standard output, and the summary to standard error
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the session keys that were unwrapped, for Wireshark (preference doormat.keylog)
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Print figures instead of sentences
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut eve = EscrowLeak::new(files::escrow_key(&options.escrow_key)?);
    if let Some(path) = &options.keylog {
        files::must_be_free(path)?;
    }
    let mut source = Source::open(options)?;
    let mut sink = Sink::new(options)?;
    let progress = Progress::new(source.size(), "attacking");
    let mut tally = Tally::default();
    while let Some(packet) = source.next()? {
        if let Some(seen) = tally.play(&packet, &mut eve) {
            sink.message(&seen)?;
        }
        progress.reach(source.position());
    }
    drop(progress);
    source.finish()?;
    let mut outcome = json::Attack::new(tally, &eve.harvest(), source.passed_over());
    outcome.ended_early.clone_from(&source.ended_early);
    if let Some(path) = &options.keylog {
        let lines: String = eve
            .key_log()
            .iter()
            .map(|line| format!("{}\n", **line))
            .collect();
        files::write_secret(path, lines.as_bytes())?;
    }
    sink.finish(&outcome, options, source.path)
}

/// Where messages go, and then the summary.
enum Sink<'a> {
    Terminal {
        read: u64,
        other: u64,
        left_out: u64,
        width: usize,
    },
    Figures,
    /// Created with the first message, so that an attack that fails leaves nothing.
    File(Option<BufWriter<std::fs::File>>, &'a Path),
    Stdout(BufWriter<io::StdoutLock<'static>>),
}

impl<'a> Sink<'a> {
    fn new(options: &'a Options) -> Result<Self, Failure> {
        Ok(match &options.out {
            Some(path) if path == Path::new("-") => {
                Self::Stdout(BufWriter::new(io::stdout().lock()))
            }
            Some(path) => {
                files::check_writable(path)?;
                Self::File(None, path)
            }
            None if options.json => Self::Figures,
            None => Self::Terminal {
                read: 0,
                other: 0,
                left_out: 0,
                width: terminal::width(),
            },
        })
    }

    fn message(&mut self, seen: &Observation) -> Result<(), Failure> {
        match self {
            Self::Figures => Ok(()),
            Self::Terminal {
                read,
                other,
                left_out,
                width,
            } => {
                let heading = (*read == 0 && *other == 0).then(reading::heading);
                let (count, limit) = match seen.exposure {
                    Exposure::Read(_) => (read, reading::SHOWN.0),
                    Exposure::MetadataOnly => (other, reading::SHOWN.1),
                };
                *count = count.saturating_add(1);
                if *count <= limit {
                    let line = reading::line(seen, *width);
                    return terminal::print(heading.into_iter().chain([line]));
                }
                *left_out = left_out.saturating_add(1);
                Ok(())
            }
            Self::File(out, path) => {
                let out = match out {
                    Some(out) => out,
                    None => out.insert(BufWriter::new(files::create(path)?)),
                };
                json_line(out, seen).map_err(|error| files::cannot_write(path, &error))
            }
            Self::Stdout(out) => json_line(out, seen).map_err(|error| Failure::of_stdout(&error)),
        }
    }

    /// The summary: figures or sentences; on standard error where standard output
    /// holds the messages.
    fn finish(
        self,
        outcome: &json::Attack,
        options: &Options,
        source: &Path,
    ) -> Result<(), Failure> {
        let figures = || serde_json::to_string(outcome).unwrap_or_default();
        match self {
            Self::Stdout(mut out) => {
                out.flush().map_err(|error| Failure::of_stdout(&error))?;
                terminal::complain(&if options.json {
                    figures()
                } else {
                    reading::summary(outcome)
                });
            }
            Self::File(out, path) => {
                let mut out = match out {
                    Some(out) => out,
                    None => BufWriter::new(files::create(path)?),
                };
                out.flush()
                    .map_err(|error| files::cannot_write(path, &error))?;
                if options.json {
                    terminal::print([figures()])?;
                } else {
                    terminal::print([reading::summary(outcome)])?;
                }
            }
            Self::Figures => terminal::print([figures()])?,
            Self::Terminal { left_out, .. } => {
                let more = (left_out > 0)
                    .then(|| format!("      … and {left_out} more: --out FILE writes them all"));
                terminal::print(
                    more.into_iter()
                        .chain([String::new(), reading::summary(outcome)]),
                )?;
            }
        }
        if let Some(why) = &outcome.ended_early {
            terminal::complain(&format!(
                "warning: {}: {why}; all before it was used. Copy the recording again if there \
                 should be more.",
                source.display()
            ));
        }
        Ok(())
    }
}

fn json_line(out: &mut impl Write, seen: &Observation) -> io::Result<()> {
    let line = serde_json::to_string(&json::Message::from(seen))?;
    writeln!(out, "{}", printable_json(&line))
}
