//! `doormat attack --implanter`: a tape, and the private key of whoever put an implant into a
//! client.

use std::path::Path;

use super::{private_keys::PrivateKeys, recorded::RecordedTape};
use crate::cli::shared::{failure::Failure, files, terminal};
use crate::report::json::ImplanterFigures;
use crate::text::count;
use doormat::attack::{implant, implanter_key};

/// The longest file of a key pair, in bytes.
const LIMIT: u64 = 64 << 10;

const HELP: &str = "Give a JSON file with `public` and `private`, an X25519 key pair of 64 hexadecimal digits \
                    each, such as the exercise `the-parcel` hands out.";

pub(super) fn attack_implant(tape: &Path, key: &Path, as_json: bool) -> Result<(), Failure> {
    let file = files::read_secret(files::open(key)?.into_inner(), LIMIT)
        .map_err(|error| Failure::of_file(key, files::describe(&error), HELP))?;
    let text = files::text_of(key, &file)?;
    let implanter =
        implanter_key::read(text.as_bytes()).map_err(|error| Failure::of_file(key, error, HELP))?;
    let tape = RecordedTape::read(tape)?;
    let mut loot = implant::read(tape.published(), &implanter);
    let keys = PrivateKeys::of(loot.found.iter().collect(), &mut loot.reader);
    let replayed = tape.play(&mut loot.reader);
    if as_json {
        return terminal::print_json(&ImplanterFigures {
            session_ids: loot.looked_at,
            passed_over: loot.passed_over,
            implanted: loot.found.iter().map(ToString::to_string).collect(),
            keys: keys.found,
            keys_not_found: keys.not_found,
            tape: replayed.figures,
        });
    }
    let mut before = keys.lines();
    if !before.is_empty() {
        before.push(String::new());
    }
    let names: Vec<_> = loot.found.iter().map(ToString::to_string).collect();
    let mut behind = format!(
        "{} on the tape; {} read. {} looked at: ",
        count(replayed.figures.envelopes, "envelope"),
        replayed.figures.read,
        count(loot.looked_at, "session id"),
    );
    behind.push_str(&match names.as_slice() {
        [] => "none hides anything for this implanter.".to_owned(),
        names => format!(
            "an identity key was hidden by the client of {}.",
            names.join(", ")
        ),
    });
    if loot.passed_over > 0 {
        behind.push_str(&format!(
            " {} more passed over: their devices' identity keys were known by then.",
            loot.passed_over
        ));
    }
    tape.print(&replayed, before, vec![behind])
}
