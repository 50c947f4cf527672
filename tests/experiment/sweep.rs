//! Every position of the scrubber is what the matrix gives for the same theft.

use doormat::experiment::{
    Conversation, Setting,
    attacks::{self, ATTACKS, Attack},
    conversation::{Line, PARTICIPANTS},
    design::DESIGNS,
    matrix, sweep,
};

/// The sweep and the matrix give the same, wherever these thefts are.
fn agree(
    conversation: &Conversation,
    rows: &[&'static Attack],
    moments: impl IntoIterator<Item = usize>,
) {
    let sweeps = DESIGNS.map(|design| sweep::run(design, rows, conversation, 7, &|| {}).unwrap());
    for theft_at in moments {
        let setting = Setting::new(conversation, 7, theft_at);
        let matrix = matrix::run(&DESIGNS, rows, &setting).unwrap();
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
    agree(&conversation, &quick(), 0..=8);
    // A search for fields that pass takes long, and begins with the first message anyhow.
    agree(&conversation, &[attacks::named(FORGING).unwrap()], [4]);
}

const FORGING: &str = "forged-access";

fn quick() -> Vec<&'static Attack> {
    let all = ATTACKS.iter().copied();
    all.filter(|attack| attack.name != FORGING).collect()
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
    agree(&Conversation::of(lines).unwrap(), &quick(), 0..=7);
}
