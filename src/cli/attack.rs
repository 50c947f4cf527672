//! `doormat attack`: a tape and some loot in; what was read out.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{failure::Failure, files, progress::Progress, terminal};
use crate::attack::{EscrowLeak, Observation, Tally};
use crate::report::{json, reading, text::printable_json};
use crate::tape::TapeError;

/// Read a recording with a leaked escrow key
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat attack lesson/escrow.pcapng --escrow-key lesson/escrow.key
  doormat attack lesson/e2e.pcapng --escrow-key lesson/escrow.key --out read.jsonl")]
pub(super) struct Options {
    /// A recording: pcapng, as the tap or Wireshark writes it
    capture: PathBuf,
    /// The leaked key: a file that `doormat authority new` or `demo --captures` wrote
    #[arg(long, value_name = "FILE")]
    escrow_key: PathBuf,
    /// Write one line of JSON for each message; `-` writes to standard output, and the summary to standard error
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print figures instead of sentences
    #[arg(long)]
    json: bool,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let mut eve = EscrowLeak::new(files::escrow_key(&options.escrow_key)?);
    let mut tape = files::tape(&options.capture)?;
    let mut sink = Sink::new(options)?;
    let size = std::fs::metadata(&options.capture).map_or(0, |meta| meta.len());
    let progress = Progress::new(size, "attacking");

    let mut tally = Tally::default();
    let mut packets = 0_u64;
    let mut ended_early = None;
    while let Some(packet) = tape.next() {
        match packet {
            Ok(packet) => {
                packets = packets.saturating_add(1);
                if let Some(seen) = tally.play(&packet, &mut eve) {
                    sink.message(&seen)?;
                }
            }
            Err(error @ (TapeError::Truncated { .. } | TapeError::Damaged { .. }))
                if packets > 0 =>
            {
                ended_early = Some(error);
            }
            Err(error) => return Err(files::tape_failure(&options.capture, &error)),
        }
        progress.reach(tape.offset());
    }
    drop(progress);
    if packets == 0 {
        return Err(files::foreign(&options.capture, tape.passed_over()));
    }
    let mut outcome = json::Attack::new(tally, &eve.harvest(), tape.passed_over());
    outcome.ended_early = ended_early.as_ref().map(ToString::to_string);
    sink.finish(&outcome, options)
}

/// Where messages go, and then the summary.
enum Sink<'a> {
    Terminal {
        shown: u64,
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
                shown: 0,
                width: terminal::width(),
            },
        })
    }

    fn message(&mut self, seen: &Observation) -> Result<(), Failure> {
        match self {
            Self::Figures => Ok(()),
            Self::Terminal { shown, width } => {
                *shown = shown.saturating_add(1);
                if *shown <= reading::SHOWN {
                    terminal::print([reading::line(seen, *width)])
                } else {
                    Ok(())
                }
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
    fn finish(self, outcome: &json::Attack, options: &Options) -> Result<(), Failure> {
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
            Self::Terminal { shown, .. } => {
                let rest = shown.saturating_sub(reading::SHOWN);
                let more = (rest > 0)
                    .then(|| format!("      … and {rest} more: --out FILE writes them all"));
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
                options.capture.display()
            ));
        }
        Ok(())
    }
}

fn json_line(out: &mut impl Write, seen: &Observation) -> io::Result<()> {
    let line = serde_json::to_string(&json::Message::from(seen))?;
    writeln!(out, "{}", printable_json(&line))
}
