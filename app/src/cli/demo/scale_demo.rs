//! `doormat demo --big`: the same theft on a million messages, in memory.

use rayon::ThreadPool;

use crate::cli::attack::{sink::Sink, source::Source, sweep};
use crate::cli::shared::{
    failure::Failure,
    progress::Progress,
    setup::{self, Threads},
    terminal,
};
use crate::text::{
    count,
    style::{FAINT, KEY, TITLE, paint},
};
use doormat::escrow::EscrowPrivateKey;
use doormat::experiment::{Crowd, seed};
use doormat::mode::{EndToEnd, Escrow};
use doormat::protocol::{Mode, ScheduleId};

/// Messages shown of what is read, and of what is not.
const ROWS: (usize, usize) = (10, 2);

/// Generates, leaks, reads: first with an authority, then without.
pub(super) fn run(messages: u64, schedule: ScheduleId, seed: u64) -> Result<(), Failure> {
    let crowd = Crowd {
        messages,
        size: 256,
        per_key: 100,
        schedule,
        seed,
    };
    let key = EscrowPrivateKey::generate(&mut seed::generator(seed, "authority"));
    terminal::print([
        format!(
            "{}   {}",
            paint(TITLE, "One key, many messages"),
            paint(FAINT, &format!("seed {seed}: reproducible, not secret"))
        ),
        format!(
            "{} of {} in {}, under {}.",
            count(crowd.messages, "message"),
            count(crowd.size, "byte"),
            count(crowd.sessions(), "session"),
            count(crowd.session_keys(), "session key"),
        ),
        "The authority's key leaks, all 32 bytes of it:".to_owned(),
        paint(KEY, &hex::encode(key.secret().as_bytes())),
    ])?;
    let pool = Threads::default().pool()?;
    let (read, unread) = ROWS;
    let escrow = Escrow(vec![*key.public()]);
    theft(&crowd, &escrow, "escrow", &key, read, &pool)?;
    theft(&crowd, &EndToEnd, "end-to-end", &key, unread, &pool)
}

/// Records the crowd's messages in one mode, and attacks the tape with the key.
fn theft(
    crowd: &Crowd,
    mode: &(dyn Mode + Sync),
    name: &str,
    key: &EscrowPrivateKey,
    rows: usize,
    pool: &ThreadPool,
) -> Result<(), Failure> {
    let progress = Progress::new(crowd.messages, "talking");
    let said = |more| progress.advance(more);
    let tape = pool
        .install(|| crowd.record(mode, Vec::new(), &said))
        .map_err(|error| setup::defect(&error))?;
    drop(progress);
    terminal::print([
        String::new(),
        format!(
            "{}, {} on the tape",
            paint(TITLE, name),
            count(tape.len(), "byte")
        ),
    ])?;

    let mut sink = Sink::window(rows);
    let mut source = Source::memory(tape)?;
    let swept = sweep::timed(key, false, pool, &mut source, &mut sink, &|_| (), true)?;
    sink.finish(&swept.outcome, false, source.path)
}
