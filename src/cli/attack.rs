//! `doormat attack`: a tape and some loot in; what was read out.

use std::{mem, path::PathBuf, time::Instant};

use clap::{ArgGroup, Args};
use rayon::prelude::*;

use super::{
    failure::Failure, files, progress::Progress, seized, sink::Sink, source::Source,
    threads::Threads,
};
use crate::attack::{Batch, Bulk, Floor, Haul, Sorter, bulk::Seen};
use crate::report::{json, text::printable_json};

/// Read a recording with a leaked escrow key
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("loot").required(true).args(["escrow_key", "device"])))]
#[command(after_help = "\
Examples:
  doormat demo --captures lesson
  doormat attack lesson/escrow.pcapng --escrow-key lesson/escrow.key
  doormat attack lesson/e2e.pcapng --escrow-key lesson/escrow.key --out read.jsonl
  doormat attack --database stolen/relay.db --escrow-key ministry.key
  doormat attack class.pcapng --escrow-key ministry.key --keylog keys.txt
  doormat attack class.pcapng --device phone.json")]
pub(super) struct Options {
    /// A recording: of a tap, or of tcpdump or Wireshark on a relay's interface
    #[arg(required_unless_present = "database", conflicts_with = "database")]
    pub(super) capture: Option<PathBuf>,
    /// A copy of a relay's database instead: a stolen server
    #[arg(long, value_name = "FILE")]
    pub(super) database: Option<PathBuf>,
    /// The leaked key: a file that `doormat authority new` or `demo --captures` wrote
    #[arg(long, value_name = "FILE")]
    escrow_key: Option<PathBuf>,
    /// A seized device's state instead (spec §9); its owner goes on with it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["escrow_key", "database", "out", "keylog", "json", "floor"])]
    device: Option<PathBuf>,
    /// Write one line of JSON for each message; `-` writes to standard output, and the summary to standard error
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Write the session keys that were unwrapped, for Wireshark (preference doormat.keylog)
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Print figures instead of sentences
    #[arg(long)]
    pub(super) json: bool,
    /// Measure afterwards how long the bare cryptography takes; --json does too
    #[arg(long)]
    floor: bool,
    #[command(flatten)]
    threads: Threads,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    if let (Some(tape), Some(device)) = (&options.capture, &options.device) {
        return seized::run(tape, device);
    }
    let loot = options.escrow_key.as_deref().ok_or_else(|| {
        Failure::new(
            "attack with what?",
            "Give the leaked key with --escrow-key, or a seized device's state with --device.",
        )
    })?;
    let loot = files::escrow_key(loot)?;
    if let Some(path) = &options.keylog {
        files::must_be_free(path)?;
    }
    let pool = options.threads.pool()?;
    let mut source = Source::open(options)?;
    let mut sink = Sink::new(options)?;
    let begun = Instant::now();
    let bulk = Bulk::new(loot.clone(), options.keylog.is_some());
    let (sorter, haul) = pool.install(|| sweep(&bulk, &mut source, &mut sink))?;
    source.finish()?;
    sink.flush()?;
    let took = begun.elapsed();

    let (tally, harvest) = sorter.figures(&haul);
    let threads = pool.current_num_threads();
    let floor = (options.json || options.floor)
        .then(|| pool.install(|| Floor::of(&haul).measure(&loot, threads, &|| begun.elapsed())));
    let mut outcome = json::Attack::new(tally, &harvest, source.passed_over()).timed(
        threads,
        took,
        floor.flatten(),
    );
    outcome.ended_early.clone_from(&source.ended_early);
    if let Some(path) = &options.keylog {
        let lines: String = haul
            .into_key_log()
            .iter()
            .map(|line| format!("{}\n", **line))
            .collect();
        files::write_secret(path, lines.as_bytes())?;
    }
    sink.finish(&outcome, options, source.path)
}

/// The whole tape, in batches: while one is opened on all threads, one thread writes
/// what was read of the batch before it and sorts the batch after it.
pub(super) fn sweep(
    bulk: &Bulk,
    source: &mut Source<'_>,
    sink: &mut Sink<'_>,
) -> Result<(Sorter, Haul), Failure> {
    let progress = Progress::new(source.size(), "attacking");
    let mut sorter = bulk.sorter();
    let mut haul = Haul::default();
    let [mut before, mut now, mut after] = [(); 3].map(|()| Load::default());
    let mut more = source.fill(&mut sorter, &mut now.batch)?;
    while more || !now.batch.is_empty() {
        let writes = sink.writes_lines();
        let (opened, filled) = rayon::join(
            || {
                let haul = bulk.open(&mut now.batch);
                if writes {
                    now.write_lines();
                }
                haul
            },
            || {
                sink.take(&before)?;
                match more {
                    true => source.fill(&mut sorter, &mut after.batch),
                    false => Ok(false),
                }
            },
        );
        more = filled?;
        sorter.note(&opened);
        haul = haul.and(opened);
        mem::swap(&mut before, &mut now);
        mem::swap(&mut now, &mut after);
        after.batch.clear();
        progress.reach(source.position());
    }
    sink.take(&before)?;
    Ok((sorter, haul))
}

/// A batch, and its lines of JSON.
#[derive(Default)]
pub(super) struct Load {
    pub(super) batch: Batch,
    /// In pieces, each written by one thread.
    pub(super) lines: Vec<Vec<u8>>,
}

/// Envelopes in one piece.
const PIECE: usize = 256;

impl Load {
    fn write_lines(&mut self) {
        let Self { batch, lines } = self;
        let like = |seen: Seen<'_>| json::Line::like(&seen.observation()?).ok();
        let heads: Vec<_> = batch.letterheads().collect();
        let heads: Vec<_> = heads
            .into_par_iter()
            .map(|seen| like(seen).unwrap_or_default())
            .collect();
        lines.resize_with(batch.len().div_ceil(PIECE), Vec::new);
        lines.par_iter_mut().enumerate().for_each(|(piece, out)| {
            out.clear();
            let first = piece.saturating_mul(PIECE);
            let places = first..first.saturating_add(PIECE).min(batch.len());
            for seen in batch.seen(places) {
                let line = heads.get(seen.letterhead());
                if !line.is_some_and(|line| line.write(seen.index, seen.text(), out)) {
                    escaped(&seen, out);
                }
            }
        });
    }
}

/// The line of an envelope whose text cannot stand in JSON as it is.
fn escaped(seen: &Seen<'_>, out: &mut Vec<u8>) {
    if let Some(seen) = seen.observation()
        && let Ok(line) = serde_json::to_string(&json::Message::from(&seen))
    {
        out.extend_from_slice(printable_json(&line).as_bytes());
        out.push(b'\n');
    }
}
