//! `doormat attack --trapdoor`: a tape, and the relation of the points of its devices'
//! generator, which their author kept.

use std::path::Path;

use rayon::ThreadPool;

use super::{
    private_keys::PrivateKeys,
    recorded::{RecordedTape, Replayed},
};
use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::report::json::{SearchedValue, TrapdoorFigures};
use crate::text::count;
use doormat::attack::trapdoor::{self, Relation, STEPS};

/// The longest file of a trapdoor, in bytes.
const LIMIT: u64 = 64 << 10;

const HELP: &str = "Give a JSON file with the points `p` and `q` (each with `x` and `y`) and the number `d`, \
                    all of 64 hexadecimal digits, such as the exercise `the-generator` hands out.";

pub(super) fn attack_generator(
    tape: &Path,
    relation: &Path,
    as_json: bool,
    pool: &ThreadPool,
) -> Result<(), Failure> {
    let file = files::read_secret(files::open(relation)?.into_inner(), LIMIT)
        .map_err(|error| Failure::of_file(relation, files::describe(&error), HELP))?;
    let text = files::text_of(relation, &file)?;
    let Relation { points, trapdoor } =
        Relation::read(text.as_bytes()).map_err(|error| Failure::of_file(relation, error, HELP))?;
    let tape = RecordedTape::read(tape)?;
    let published = tape.published();
    let values = trapdoor::public_values(&published).len();
    let steps = u64::try_from(values)
        .unwrap_or(u64::MAX)
        .saturating_mul(STEPS);
    let progress = Progress::new(steps, "searching");
    let mut search =
        pool.install(|| trapdoor::search(published, points, &trapdoor, &|| progress.advance(1)));
    drop(progress);
    let found = search.searched.iter().filter(|it| it.state.is_some());
    let owners = found.map(|it| &it.owner).collect();
    let keys = PrivateKeys::of(owners, &mut search.reader);
    let replayed = tape.play(&mut search.reader);
    let values: Vec<_> = search.searched.iter().map(SearchedValue::of).collect();
    if as_json {
        return terminal::print_json(&TrapdoorFigures {
            searched: values,
            passed_over: search.passed_over,
            keys: keys.found,
            keys_not_found: keys.not_found,
            tape: replayed.figures,
        });
    }
    let mut before = Vec::new();
    for value in &values {
        before.push(format!("{} of {}", value.what, value.owner));
        before.push(format!("  bytes    {}", value.bytes));
        before.push(match &value.state {
            Some(state) => format!("  state    {}", state.as_str()),
            None => "  no state was found behind it".to_owned(),
        });
    }
    before.push(searched(&values, search.passed_over));
    before.push(String::new());
    before.extend(keys.lines());
    before.push(String::new());
    let behind = summary(&replayed, &values);
    tape.print(&replayed, before, vec![behind])
}

fn searched(values: &[SearchedValue], passed_over: usize) -> String {
    let found = values.iter().filter(|it| it.state.is_some()).count();
    let mut sentence = format!(
        "{} searched, 2^16 points behind each; {found} with the state of a generator behind.",
        count(values.len(), "public random value"),
    );
    if passed_over > 0 {
        sentence.push_str(&format!(
            " {passed_over} more passed over: what their devices draw was known by then.",
        ));
    }
    sentence
}

fn summary(replayed: &Replayed, values: &[SearchedValue]) -> String {
    let (envelopes, read) = (replayed.figures.envelopes, replayed.figures.read);
    let read_of = format!("{} on the tape; {read} read.", count(envelopes, "envelope"));
    if values.is_empty() {
        return format!(
            "{read_of} There was nothing to search: no registration and no beginning of a session \
             is on this tape."
        );
    }
    let found = values.iter().any(|it| it.state.is_some());
    match (found, read) {
        (false, _) => format!(
            "{read_of} These devices do not draw from a generator with these points, or what they \
             drew next is not on the tape."
        ),
        (true, 0) => format!(
            "{read_of} What was drawn before the first state that was found is not known, and a \
             session needs some of it."
        ),
        (true, _) => read_of,
    }
}
