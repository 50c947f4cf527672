//! `doormat demo --big`: the same theft on as many messages as fit into memory.

use std::time::Instant;

use super::{
    attack::sweep, failure::Failure, progress::Progress, setup, sink::Sink, source::Source,
    terminal, threads::Threads,
};
use crate::attack::{Bulk, Floor};
use crate::escrow::EscrowPrivateKey;
use crate::experiment::{Crowd, seed};
use crate::mode::Escrow;
use crate::protocol::ScheduleId;
use crate::report::{
    json, reading,
    style::{KEY, TITLE, paint},
    text::{count, grouped},
};

/// Generates, leaks, reads; then the last messages, and the figures.
pub(super) fn run(messages: u64, schedule: ScheduleId, seed: u64) -> Result<(), Failure> {
    let crowd = Crowd {
        messages,
        size: 256,
        per_key: 100,
        schedule,
        seed,
    };
    let key = EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"));
    let mode = Escrow(vec![*key.public()]);
    let pool = Threads::default().pool()?;
    terminal::print([
        format!(
            "{}  seed {seed}: reproducible, not secret",
            paint(TITLE, "One key, many messages")
        ),
        String::new(),
        format!(
            "  {} of {}, in {}, under {}",
            count(size(crowd.messages), "message"),
            count(crowd.size, "byte"),
            count(size(crowd.sessions()), "session"),
            count(size(crowd.session_keys()), "session key"),
        ),
    ])?;
    let progress = Progress::new(messages, "talking");
    let said = |more| progress.advance(more);
    let tape = pool
        .install(|| crowd.record(&mode, Vec::new(), &said))
        .map_err(|error| setup::defect(&error))?;
    drop(progress);
    terminal::print([
        format!("  {} on the tape", count(tape.len(), "byte")),
        format!(
            "  leaked: 32 bytes, {}",
            paint(KEY, &hex::encode(key.secret().as_bytes()))
        ),
        String::new(),
    ])?;

    let begun = Instant::now();
    let mut sink = Sink::last();
    let mut source = Source::memory(tape)?;
    let bulk = Bulk::new(key.clone(), false);
    let (sorter, haul) = pool.install(|| sweep(&bulk, &mut source, &mut sink))?;
    let took = begun.elapsed();
    let threads = pool.current_num_threads();
    let clock = || begun.elapsed();
    let floor = pool.install(|| Floor::of(&haul).measure(&key, threads, &clock));
    let (tally, harvest) = sorter.figures(&haul);
    let outcome = json::Attack::new(tally, &harvest, 0).timed(threads, took, floor);
    let width = terminal::width();
    let lines = sink.into_last().into_iter();
    terminal::print(lines.map(|seen| reading::line(&seen, width.min(100))))?;
    terminal::print([
        String::new(),
        reading::summary(&outcome),
        format!(
            "That is {} messages a second. On disk, and end-to-end beside it: doormat generate.",
            grouped(whole(outcome.messages_per_second)),
        ),
    ])
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A figure that was rounded already, without its point.
fn whole(number: f64) -> usize {
    format!("{number:.0}").parse().unwrap_or_default()
}
