//! Every position of the scrubber is what the matrix gives for the same theft.

use doormat::experiment::{
    Conversation, Family, Setting,
    attacks::{self, Attack},
    conversation::{Line, PARTICIPANTS},
    design::Design,
    matrix, sweep,
};

/// The sweep and the matrix give the same, wherever these thefts are.
fn agree(
    designs: &[Design],
    conversation: &Conversation,
    rows: &[&'static Attack],
    moments: impl IntoIterator<Item = usize>,
) {
    let sweeps: Vec<_> = designs
        .iter()
        .map(|design| sweep::run(*design, rows, conversation, 7, &|| {}).unwrap())
        .collect();
    for theft_at in moments {
        let setting = Setting::new(conversation, 7, theft_at);
        let matrix = matrix::run(designs, rows, &setting).unwrap();
        for (column, sweep) in matrix.columns.iter().zip(&sweeps) {
            assert_eq!(column.design, sweep.design);
            for (cell, theft) in column.cells.iter().zip(&sweep.thefts) {
                assert_eq!(cell.attack, theft.attack);
                let swept = theft.read.as_ref().map(|read| &read[theft_at]);
                let played = cell.outcome.as_ref().map(|outcome| &outcome.read);
                let (row, design) = (cell.attack, column.design.name);
                assert_eq!(played, swept, "{row} on {design}, after {theft_at}");
            }
        }
    }
}

#[test]
fn every_theft_at_every_moment_is_the_matrixs() {
    let conversation = Conversation::default();
    for family in Family::ALL {
        agree(&family.designs(), &conversation, &quick(family), 0..=8);
    }
    // What searches takes long, and does not depend on when there is a theft.
    let slow = SLOW.map(|name| attacks::named(name).unwrap());
    let [forging, others @ ..] = &slow;
    agree(&Family::SpareKey.designs(), &conversation, &[forging], [4]);
    agree(&Family::Generator.designs(), &conversation, others, [4]);
}

const SLOW: [&str; 3] = ["forged-access", "trapdoor", "weak-generator"];

fn quick(family: Family) -> Vec<&'static Attack> {
    let all = family.attacks();
    all.filter(|attack| !SLOW.contains(&attack.name)).collect()
}

#[test]
fn so_it_is_where_people_do_not_take_turns() {
    let [alice, bob] = PARTICIPANTS;
    let senders = [bob, bob, alice, bob, alice, alice, alice];
    let line = |(number, sender): (usize, &'static str)| Line {
        sender,
        text: format!("message {number}"),
    };
    let lines = senders.into_iter().enumerate().map(line).collect();
    let conversation = Conversation::of(lines).unwrap();
    for family in Family::ALL {
        agree(&family.designs(), &conversation, &quick(family), 0..=7);
    }
}
