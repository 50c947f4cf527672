//! `doormat attack --received`: access fields of two products of one maker, of which one gives
//! away what it receives too.

use std::path::Path;

use super::recorded::RecordedTape;
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::report::json::ReceivedFigures;
use crate::text::count;
use doormat::attack::OneProduct;

pub(super) fn attack_received(tape: &Path, key: &Path, as_json: bool) -> Result<(), Failure> {
    let key = files::escrow_key(key)?;
    let tape = RecordedTape::read(tape)?;
    let mut eve = OneProduct::new(key);
    tape.packets.iter().for_each(|it| eve.add(&it.payload));
    let counts = eve.counts();
    let replayed = tape.play(&mut eve);
    if as_json {
        return terminal::print_json(&ReceivedFigures {
            own_fields: counts.own,
            earlier_fields: counts.earlier,
            unopened_fields: counts.unopened,
            tape: replayed.figures,
        });
    }
    let fields = counts.own + counts.earlier + counts.unopened;
    let mut behind = vec![format!(
        "{} on the tape; {} read.",
        count(replayed.figures.envelopes, "envelope"),
        replayed.figures.read,
    )];
    behind.push(format!(
        "{} sealed to this key: {} with the session key of the run on which they ride, {} with that of \
         an earlier run, {} did not open.",
        count(fields, "access field"),
        counts.own,
        counts.earlier,
        counts.unopened,
    ));
    tape.print(&replayed, Vec::new(), behind)
}
