//! A whole tape, attacked on all cores: from its source to its sink.

use std::{mem, time::Instant};

use rayon::{ThreadPool, prelude::*};

use super::{sink::Sink, source::Source};
use crate::cli::shared::failure::Failure;
use crate::report::json::{self, LineTemplate};
use crate::text::printable_json;
use doormat::attack::{Batch, BatchResult, Bulk, Demultiplexer, Floor, bulk::Seen};
use doormat::escrow::EscrowPrivateKey;

/// The figures of an attack, and the session keys if they were to be logged.
pub(crate) struct Swept {
    pub(crate) outcome: json::AttackFigures,
    pub(crate) result: BatchResult,
}

/// Attacks the tape, and measures how long that took; `with_floor`, also how long the bare
/// cryptography takes. `reach` is told how far the source has been read.
pub(crate) fn timed(
    loot: &EscrowPrivateKey,
    logs_keys: bool,
    pool: &ThreadPool,
    source: &mut Source<'_>,
    sink: &mut Sink<'_>,
    reach: &(dyn Fn(u64) + Sync),
    with_floor: bool,
) -> Result<Swept, Failure> {
    let begun = Instant::now();
    let bulk = Bulk::new(loot.clone(), logs_keys);
    let (demultiplexer, result) = pool.install(|| sweep(&bulk, source, sink, reach))?;
    source.finish()?;
    sink.flush()?;
    let took = begun.elapsed();

    let (tally, summary) = demultiplexer.figures(&result);
    let threads = pool.current_num_threads();
    let clock = || begun.elapsed();
    let floor = with_floor
        .then(|| pool.install(|| Floor::of(&result).measure(loot, threads, &clock)))
        .flatten();
    let mut outcome =
        json::AttackFigures::new(tally, &summary, source.coverage()).timed(threads, took, floor);
    outcome.ended_early.clone_from(&source.ended_early);
    outcome.database = source.database_figures();
    Ok(Swept { outcome, result })
}

/// The whole tape, in batches: while one is opened on all threads, one thread writes
/// what was read of the batch before it and fills the batch after it.
fn sweep(
    bulk: &Bulk,
    source: &mut Source<'_>,
    sink: &mut Sink<'_>,
    reach: &(dyn Fn(u64) + Sync),
) -> Result<(Demultiplexer, BatchResult), Failure> {
    let mut demultiplexer = bulk.demultiplexer();
    let mut result = BatchResult::default();
    let [mut before, mut now, mut after] = [(); 3].map(|()| RenderedBatch::default());
    let mut more = source.fill(&mut demultiplexer, &mut now.batch)?;
    while more || !now.batch.is_empty() {
        let writes = sink.writes_lines();
        let (opened, filled) = rayon::join(
            || {
                let result = bulk.open(&mut now.batch);
                if writes {
                    now.write_lines();
                }
                result
            },
            || {
                sink.take(&before.batch, &before.lines)?;
                match more {
                    true => source.fill(&mut demultiplexer, &mut after.batch),
                    false => Ok(false),
                }
            },
        );
        more = filled?;
        demultiplexer.note(&opened);
        result = result.and(opened);
        mem::swap(&mut before, &mut now);
        mem::swap(&mut now, &mut after);
        after.batch.clear();
        reach(source.position());
    }
    sink.take(&before.batch, &before.lines)?;
    Ok((demultiplexer, result))
}

/// A batch, and its lines of JSON if they are wanted.
#[derive(Default)]
struct RenderedBatch {
    batch: Batch,
    /// In pieces of [`PIECE`] envelopes, each rendered by one thread.
    lines: Vec<Vec<u8>>,
}

/// Envelopes in a piece of lines.
const PIECE: usize = 256;

impl RenderedBatch {
    fn write_lines(&mut self) {
        let Self { batch, lines } = self;
        let first_of_each: Vec<_> = batch.header_templates().collect();
        let templates: Vec<_> = first_of_each
            .into_par_iter()
            .map(|seen| LineTemplate::of(&seen.observation()?))
            .collect();
        lines.resize_with(batch.len().div_ceil(PIECE), Vec::new);
        lines.par_iter_mut().enumerate().for_each(|(piece, out)| {
            out.clear();
            let first = piece * PIECE;
            let places = first..(first + PIECE).min(batch.len());
            for seen in batch.seen(places) {
                let template = templates.get(seen.template()).and_then(Option::as_ref);
                if !template.is_some_and(|it| it.write(seen.index, seen.text(), out)) {
                    write_escaped(&seen, out);
                }
            }
        });
    }
}

/// The line of an envelope whose text needs escapes in JSON.
fn write_escaped(seen: &Seen<'_>, out: &mut Vec<u8>) {
    if let Some(seen) = seen.observation()
        && let Ok(line) = serde_json::to_string(&json::MessageLine::from(&seen))
    {
        out.extend_from_slice(printable_json(&line).as_bytes());
        out.push(b'\n');
    }
}
