//! The threat model's generated parts are what the attacks give.
//!
//! `UPDATE_DOCS=1 cargo test --test documents` writes them anew.

use crate::common::docs::assert_generated;
use doormat::experiment::{
    Conversation, Family, Setting, attacks,
    design::Design,
    matrix::{self, Column},
    tables,
};
use doormat_app::{
    report::matrix::{markdown, sections::Section, summary::Summary},
    transport::{
        admission::{PENDING_PER_ADDRESS, PREAUTH_READ_LIMIT},
        control::MAX_MESSAGE_BYTES,
        relay::{hub::ClientLimits, store::Quota},
    },
};

#[test]
fn the_four_cells_of_the_walkthrough_are_what_the_attacks_give() {
    let conversation = Conversation::default();
    let setting = Setting::new(&conversation, 7, 4);
    let thefts = [("phone", "seized-device"), ("escrow key", "escrow-key")];
    let rows = thefts.map(|(_, name)| attacks::named(name).unwrap());
    let schedules = [
        ("one session key for ever", ["e2e-static", "escrow-static"]),
        ("a new one every turn", ["e2e", "escrow"]),
    ];
    let mut table = String::from(
        "| of the past, in this run | nobody else has the key | an authority has a copy |\n\
         |---|---|---|\n",
    );
    for (schedule, names) in schedules {
        let designs = names.map(|name| Design::named(name).unwrap());
        let matrix = matrix::run(&designs, &rows, &setting).unwrap();
        let cell = |column: &Column| {
            let told = thefts.iter().zip(&column.cells).map(|((what, _), cell)| {
                let (read, of) = cell.outcome.as_ref().unwrap().past(setting.theft_at);
                let word = match read {
                    0 => "none",
                    read if read == of => "all",
                    _ => "part",
                };
                format!("{what}: **{word}**")
            });
            told.collect::<Vec<_>>().join(", ")
        };
        let cells: Vec<String> = matrix.columns.iter().map(cell).collect();
        table += &format!("| {schedule} | {} |\n", cells.join(" | "));
    }
    assert_generated("docs/walkthrough/forward-secrecy.md", "four-cells", &table);
}

#[test]
fn the_threat_model_shows_what_the_attacks_give() {
    let conversation = Conversation::default();
    let setting = Setting::new(&conversation, 7, 4);
    let tables = tables::run(&Family::listed(), &setting).unwrap();
    let sections = Section::each(&tables);
    let summary = markdown::summary(&Summary::of(&sections));
    let document = "docs/threat-model.md";
    assert_generated(document, "summary", &summary);
    assert_generated(document, "families", &markdown::families(&sections));
    assert_generated(document, "designs", &markdown::designs(&sections));
    assert_generated(document, "rows", &markdown::rows(&sections));
    assert_generated(document, "other-side", &markdown::other_side(&sections));
}

#[test]
fn the_threat_model_shows_what_a_relay_bounds() {
    let (limits, quota) = (ClientLimits::default(), Quota::default());
    let seconds = |it: std::time::Duration| format!("{} s", it.as_secs());
    let kib = |it: usize| format!("{} KiB", it / 1024);
    let rows = [
        (
            "connections",
            thousands(limits.connections),
            "one that has not said hello makes room: the oldest of the address that has most of \
             them. If all have, the new one is told that there is no room",
        ),
        (
            "of one identity",
            limits.connections_per_identity.to_string(),
            "the next is refused",
        ),
        (
            "of one address, before the hello",
            PENDING_PER_ADDRESS.to_string(),
            "its oldest is closed",
        ),
        (
            "time until the hello",
            seconds(limits.hello * 2),
            "the connection is closed",
        ),
        (
            "bytes read until the hello",
            kib(PREAUTH_READ_LIMIT),
            "the connection is closed",
        ),
        (
            "a wrong join token",
            seconds(limits.wrong_token),
            "is refused so much later",
        ),
        (
            "a message",
            kib(MAX_MESSAGE_BYTES),
            "the connection is closed",
        ),
        (
            "memory for requests and mail on their way",
            format!("{} MiB", limits.memory / 1024 / 1024),
            "an identity holds at most as much as is still free; who must wait is not read from",
        ),
        (
            "requests at work",
            limits.turns.to_string(),
            "the next waits its turn, and is not read from: who asks for little is first",
        ),
        (
            "requests of one identity that are not answered",
            limits.window.to_string(),
            "it is not read from",
        ),
        (
            "envelopes sent to a client and not confirmed",
            limits.window.to_string(),
            "no more are sent",
        ),
        (
            "time to read what is sent",
            seconds(limits.write),
            "the connection is closed",
        ),
        (
            "silence",
            seconds(limits.idle),
            "a ping, and after as long again the connection is closed",
        ),
        ("names", thousands(quota.names), "no new one is taken"),
        (
            "names of one identity",
            quota.names_per_identity.to_string(),
            "no new one is taken",
        ),
        (
            "new names from one address while the relay runs",
            thousands(limits.names_per_address),
            "no new one is taken",
        ),
        (
            "envelopes waiting in a mailbox",
            thousands(quota.mailbox),
            "the sender keeps what is more, and tries again",
        ),
        (
            "one-time key bundles of a name",
            quota.prekeys.to_string(),
            "no more are taken",
        ),
        (
            "one-time key bundles of an owner's to one identity",
            "1".to_owned(),
            "it gets the lasting bundle",
        ),
    ];
    let mut table = String::from("| what | bound | what happens at it |\n|---|---|---|\n");
    for (what, bound, then) in rows {
        table += &format!("| {what} | {bound} | {then} |\n");
    }
    assert_generated("docs/threat-model.md", "relay-bounds", &table);
}

fn thousands(number: u32) -> String {
    match number {
        1000.. => format!("{},{:03}", number / 1000, number % 1000),
        _ => number.to_string(),
    }
}
