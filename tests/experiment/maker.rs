//! What is hidden in a product that holds no key, and who notices.

use std::sync::LazyLock;

use doormat::attack::{Published, implant};
use doormat::experiment::{
    Conversation, Family, Network, Setting, attacks,
    build::Build,
    design::{Client, Design, Generator, Registration, SessionIds, Since},
    detection::Detector,
    matrix,
    network::START,
    outcome::Outcome,
    seed, supply,
    tables::{self, Tables},
};
use doormat::mode::EndToEnd;
use doormat::protocol::{ModeId, ScheduleId};

/// Nine messages, alice first and last; the theft after five.
const MESSAGES: usize = 9;
const THEFT_AT: usize = 5;

fn conversation() -> Conversation {
    let text: String = (0..MESSAGES).map(|i| format!("message {i}\n")).collect();
    Conversation::read(&text).unwrap()
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let conversation = conversation();
    let setting = Setting::new(&conversation, 7, THEFT_AT);
    tables::run(&[Family::Generator, Family::Maker], &setting).unwrap()
});

/// A cell of the tables.
fn cell(attack: &str, design: &str) -> &'static Outcome {
    let attack = attacks::named(attack).unwrap();
    let mut columns = TABLES.columns.iter();
    let column = columns.find(|it| it.design.name == design).unwrap();
    let mut cells = column.cells.iter();
    let cell = cells.find(|it| it.attack == attack).unwrap();
    cell.outcome.as_ref().unwrap()
}

/// A cell of a design that is no column.
fn of(attack: &str, design: Design) -> Outcome {
    let conversation = conversation();
    let setting = Setting::new(&conversation, 7, THEFT_AT);
    let cell = matrix::cell(design, attacks::named(attack).unwrap(), &setting).unwrap();
    cell.outcome.unwrap()
}

fn named(name: &str) -> Design {
    Design::named(name).unwrap()
}

fn reads(outcome: &Outcome) -> usize {
    outcome.read.iter().filter(|read| **read).count()
}

#[test]
fn a_trapdoor_reads_devices_that_were_set_up_with_it_and_said_a_nonce_and_nobody_notices() {
    let outcome = cell("trapdoor", "dual-ec-trapdoor");
    assert_eq!((reads(outcome), outcome.noticed_by), (MESSAGES, None));
}

#[test]
fn a_trapdoor_reads_nothing_where_the_points_are_honest_or_an_older_key_is_mixed_in() {
    for design in [
        "e2e",
        "escrow",
        "dual-ec",
        "low-entropy",
        "dual-ec-update",
        "dual-ec-silent",
    ] {
        assert_eq!(reads(cell("trapdoor", design)), 0, "{design}");
    }
}

#[test]
fn escrow_makes_no_difference_to_a_trapdoor_nor_does_the_schedule() {
    let trapdoor = named("dual-ec-trapdoor");
    let escrow = Design {
        mode: ModeId::Escrow,
        authorities: 1,
        ..trapdoor
    };
    let schedule = ScheduleId::Static;
    for design in [
        escrow,
        Design {
            schedule,
            ..trapdoor
        },
    ] {
        assert_eq!(reads(&of("trapdoor", design)), MESSAGES);
    }
}

#[test]
fn all_seeds_of_a_weak_generator_read_it_and_tests_of_many_devices_notice() {
    let outcome = cell("weak-generator", "low-entropy");
    assert_eq!(reads(outcome), MESSAGES);
    assert_eq!(outcome.noticed_by, Some(Detector::Randomness));
    for design in ["e2e", "escrow", "dual-ec", "dual-ec-trapdoor"] {
        let outcome = cell("weak-generator", design);
        assert_eq!((reads(outcome), outcome.noticed_by), (0, None), "{design}");
    }
}

#[test]
fn a_nonce_or_a_session_id_gives_a_weak_generator_away_as_a_key_does() {
    let weak = named("low-entropy");
    let registration = Registration::Nonce;
    let nonce = Design {
        registration,
        ..weak
    };
    assert_eq!(reads(&of("weak-generator", nonce)), MESSAGES);
    // By an update the identity is an honest one, and it is mixed in.
    let since = Since::Update;
    assert_eq!(reads(&of("weak-generator", Design { since, ..weak })), 0);
}

#[test]
fn an_implant_reads_all_and_only_a_rebuild_shows_it() {
    let outcome = cell("implant", "implanted");
    assert_eq!(reads(outcome), MESSAGES);
    assert_eq!(outcome.noticed_by, Some(Detector::Rebuild));
    let client = Client::ImplantedUnpublished;
    let closed = of(
        "implant",
        Design {
            client,
            ..named("implanted")
        },
    );
    assert_eq!((reads(&closed), closed.noticed_by), (MESSAGES, None));
    assert_eq!(reads(cell("implant", "e2e")), 0);
}

#[test]
fn derived_session_ids_close_the_place_where_an_implant_hides_a_key() {
    let derived = named("implanted-derived");
    assert_eq!(derived.session_ids, SessionIds::Derived);
    assert_eq!(reads(cell("implant", derived.name)), 0);
}

#[test]
fn a_rebuild_tells_of_what_ran_whatever_was_tried_and_read() {
    for attack in ["escrow-key", "implant", "provider-insider", "one-product"] {
        for design in ["implanted", "implanted-derived"] {
            let noticed = cell(attack, design).noticed_by;
            assert_eq!(noticed, Some(Detector::Rebuild), "{attack} {design}");
        }
        assert_eq!(cell(attack, "e2e").noticed_by, None, "{attack}");
    }
    assert_ne!(Build::shipped(true), Build::shipped(false));
    assert_eq!(
        Build::rebuilt(Client::Implanted),
        Some(Build::shipped(false))
    );
    assert_eq!(Build::rebuilt(Client::ImplantedUnpublished), None);
}

/// Derived session ids close the place where the implant hides a key. What the devices draw
/// the implanter foresees all the same; two older keys are what stops him.
#[test]
fn an_implanter_foresees_what_a_device_draws_though_it_says_nothing() {
    let mut network = Network::new(
        ScheduleId::Ratchet,
        START,
        seed::generator(7, "implanted-derived"),
    )
    .unwrap()
    .supplied_by(named("implanted-derived"), 7);
    network.join("alice").unwrap();
    network.join("bob").unwrap();
    network.say("alice", "bob", "hello", &EndToEnd).unwrap();
    let tape = network.finish().unwrap();
    let published = Published::on(&tape).unwrap();
    let (alice, _, opening) = published.openings[0].clone();
    let mut loot = implant::read(published, &supply::implanter(7));
    assert!(loot.found.is_empty());
    let reader = &mut loot.reader;
    assert!(reader.private_key(&alice, &opening.ephemeral).is_some());
    let identity = opening.initiator.agreement;
    assert!(reader.private_key(&alice, &identity).is_none());
}

#[test]
fn a_provider_loses_what_it_keeps_and_hands_over_what_it_can_read() {
    let reads_of = |attack| reads(cell(attack, "provider"));
    assert_eq!(reads_of("provider-breach"), 1);
    // The one that waits, and those that follow.
    assert_eq!(reads_of("provider-warrant"), 1 + MESSAGES - THEFT_AT);
    assert_eq!(reads_of("provider-insider"), MESSAGES);
    for design in ["e2e", "escrow", "two-products"] {
        for attack in ["provider-breach", "provider-warrant", "provider-insider"] {
            let outcome = cell(attack, design);
            assert_eq!(
                (reads(outcome), outcome.noticed_by),
                (0, None),
                "{attack} {design}"
            );
        }
    }
}

#[test]
fn of_a_mixed_conversation_falls_what_the_special_version_sends_and_then_what_it_receives() {
    let by_writer = |attack, design| {
        let read = &cell(attack, design).read;
        let of = |first: usize| read.iter().skip(first).step_by(2).filter(|it| **it).count();
        [of(0), of(1)]
    };
    // alice writes five, bob four.
    assert_eq!(by_writer("one-product", "two-products"), [0, 4]);
    // Her last one was never answered.
    assert_eq!(by_writer("one-product", "two-products-both"), [4, 4]);
    assert_eq!(by_writer("escrow-key", "two-products-both"), [0, 4]);
    assert_eq!(by_writer("one-product", "escrow"), [5, 4]);
    assert_eq!(by_writer("one-product", "e2e"), [0, 0]);
}

#[test]
fn a_generator_is_not_told_by_its_bytes() {
    let noticed = |attack, design| cell(attack, design).noticed_by;
    for design in ["dual-ec", "dual-ec-trapdoor"] {
        assert!(named(design).generator.is_dual_ec());
        assert_eq!(noticed("trapdoor", design), None, "{design}");
    }
    assert_eq!(named("e2e").generator, Generator::System);
}
