//! Sealing and opening: doormat's sessions beside `vodozemac`'s, and beside a ratchet
//! of the same primitives without a protocol around it.

use crate::{
    Failure,
    machine::version,
    rounds::{Spread, interleaved},
    session::{Order, Pair, TEXT_BYTES, bare::Bare, measure, olm::Olm, ours::Ours},
};

const ROUNDS: usize = 31;

/// Who is measured, in the order of the table's rows.
const NAMES: [&str; 4] = [
    "doormat, end-to-end",
    "doormat, escrow with one authority",
    "vodozemac, an Olm session",
    "the floor: a bare ratchet of doormat's primitives",
];
const PEER: usize = 2;
const FLOOR: usize = 3;

/// What comes before it.
pub const HEAD: &str = "\n## Sealing and opening\n\n";

/// Measures, and says what came of it.
///
/// # Errors
/// If anybody fails to carry a message.
pub fn section() -> Result<String, Failure> {
    let orders = [Order::InOrder, Order::PingPong];
    let mut columns = Vec::new();
    for order in orders {
        eprintln!("sealing and opening, {}", order.name());
        let figures = figures(order)?;
        columns.push(against(&figures, PEER, |theirs, its| {
            Spread::of_ratios(theirs, its)
        }));
        columns.push(against(&figures, FLOOR, |theirs, its| {
            Spread::of_ratios(its, theirs)
        }));
    }
    let mut table = String::new();
    for (row, name) in NAMES.iter().enumerate() {
        table += &format!("| {name} |");
        for column in &columns {
            let cell = column.get(row).copied().flatten();
            table += &cell.map_or(" – |".to_owned(), |spread| format!(" {spread} |"));
        }
        table.push('\n');
    }
    Ok(format!(
        "Two people in one session, in one process. Each text of {TEXT_BYTES} bytes is sealed, put into the bytes
of an envelope, taken out of them and opened. *In order*: one side writes everything, {in_order} messages
a round, all in one run. *Ping-pong*: each message answers the one before, {ping_pong} a round, a turn of
the ratchet every time. {ROUNDS} rounds; counted is the thread's processor time, both sides together.

| | in order: speed ÷ vodozemac's | in order: time ÷ floor | ping-pong: speed ÷ vodozemac's | ping-pong: time ÷ floor |
|---|--:|--:|--:|--:|
{table}
vodozemac is {vodozemac}. Everybody has everything in: headers encoded and decoded, keys for
skipped messages, state that changes only once a message has authenticated, used keys erased; here
also names, the session's id, access fields, and a device that looks its session up. The floor
has none of it: key derivations, agreements and the cipher, by the same functions.

**What it means.** In order, a message costs a step of a chain and a cipher on either side.
vodozemac computes the public half of its ratchet key anew for every message that it seals; here
it is kept beside the private half, and that is most of the difference. In ping-pong a message costs a new key
pair and two agreements, by the same curve library on either side: nobody can be much faster than
anybody. Escrow costs next to nothing while a run lasts, because an access field is sealed once
for each session key and then repeated. With a new session key for every message it costs most: the sender
seals the field, the receiver computes it again to check it, and each needs a key pair and
an agreement more. That is the price of a check that Clipper did not have.

**What it does not mean.** Not that one is better: Olm's cipher is AES-CBC with HMAC, ours
ChaCha20-Poly1305, and vodozemac carries people's real messages, which this laboratory should not.
libsignal is missing: it is not published as a crate, and its published bindings would
measure the bridge into another language.

**Faster still.** The `poly1305` crate chooses AVX2 when the program runs, and code chosen so cannot be
inlined: on texts this short, calling it costs more than it saves. Building with
`RUSTFLAGS='--cfg poly1305_backend=\"soft\"'` leaves the choice out and changes no byte. Nothing requires it.
",
        in_order = Order::InOrder.messages(),
        ping_pong = Order::PingPong.messages(),
        vodozemac = version("vodozemac"),
    ))
}

/// Everybody's microseconds a message, round by round.
fn figures(order: Order) -> Result<Vec<Vec<f64>>, Failure> {
    let mut pairs: [Box<dyn Pair>; NAMES.len()] = [
        Box::new(Ours::end_to_end()?),
        Box::new(Ours::escrow()?),
        Box::new(Olm::new()?),
        Box::new(Bare::new()),
    ];
    for pair in &mut pairs {
        measure(&mut **pair, order)?;
    }
    let count = pairs.len();
    interleaved(ROUNDS, count, |place| {
        let pair = pairs.get_mut(place).ok_or("nobody there")?;
        measure(&mut **pair, order)
    })
}

/// Everybody's ratio to one of them, who has none.
fn against(
    figures: &[Vec<f64>],
    to: usize,
    ratio: impl Fn(&[f64], &[f64]) -> Option<Spread>,
) -> Vec<Option<Spread>> {
    let theirs = figures.get(to);
    let others = figures.iter().enumerate();
    others
        .map(|(place, its)| ratio(theirs.filter(|_| place != to)?, its))
        .collect()
}
