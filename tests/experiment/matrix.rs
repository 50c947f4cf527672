//! What each theft yields against each design: what must come out, and does.

use std::sync::LazyLock;

use doormat::escrow::desk::Audit;
use doormat::experiment::{
    Conversation, Family, Setting,
    attacks::{self, Attack},
    design::{self, Custody, Design},
    detection::Detector,
    matrix::{self, Column, Matrix},
    outcome::Outcome,
};
use doormat::protocol::{ModeId, ScheduleId};

/// Twelve messages, the theft after seven: in the middle of an epoch and of a turn.
const MESSAGES: usize = 12;
const THEFT_AT: usize = 7;

/// The designs that differ in who has keys; the maker's are in `maker.rs`.
static DESIGNS: LazyLock<Vec<Design>> = LazyLock::new(|| {
    let all = design::DESIGNS.into_iter();
    all.filter(|design| !is_makers(design.family)).collect()
});
static ATTACKS: LazyLock<Vec<&'static Attack>> = LazyLock::new(|| {
    let all = attacks::ATTACKS.iter().copied();
    all.filter(|attack| !attack.families.iter().copied().all(is_makers))
        .collect()
});
static MATRIX: LazyLock<Matrix> = LazyLock::new(|| compute(THEFT_AT, &DESIGNS, &ATTACKS));

fn is_makers(family: Family) -> bool {
    matches!(family, Family::Generator | Family::Maker)
}

fn compute(theft_at: usize, designs: &[Design], attacks: &[&'static Attack]) -> Matrix {
    let text: String = (0..MESSAGES).map(|i| format!("message {i}\n")).collect();
    let conversation = Conversation::read(&text).unwrap();
    let setting = Setting::new(&conversation, 7, theft_at);
    matrix::run(designs, attacks, &setting).unwrap()
}

/// The cells of a row, in the designs where it applies.
fn row(name: &'static str) -> impl Iterator<Item = (&'static Design, &'static Outcome)> {
    MATRIX.columns.iter().filter_map(move |column| {
        let cell = column.cells.iter().find(|cell| cell.attack.name == name)?;
        Some((&column.design, cell.outcome.as_ref().ok()?))
    })
}

fn column(design: &str) -> &'static Column {
    let mut columns = MATRIX.columns.iter();
    columns.find(|column| column.design.name == design).unwrap()
}

fn cell(attack: &'static str, design: &str) -> &'static Outcome {
    row(attack).find(|(it, _)| it.name == design).unwrap().1
}

/// Messages read before and after the theft.
fn read(outcome: &Outcome) -> (usize, usize) {
    (outcome.past(THEFT_AT).0, outcome.future(THEFT_AT).0)
}

const ALL: (usize, usize) = (THEFT_AT, MESSAGES - THEFT_AT);

#[test]
fn the_wiretap_reads_nothing_anywhere_and_sees_who_writes_to_whom_everywhere() {
    assert_eq!(row("wiretap").count(), DESIGNS.len());
    for (design, outcome) in row("wiretap") {
        assert_eq!(read(outcome), (0, 0), "{}", design.name);
        assert_eq!(outcome.metadata, MESSAGES, "{}", design.name);
        assert_eq!(outcome.noticed_by, None, "{}", design.name);
    }
}

#[test]
fn the_leaked_escrow_key_reads_past_and_future_where_there_is_escrow_and_nothing_elsewhere() {
    assert_eq!(row("escrow-key").count(), DESIGNS.len());
    for (design, outcome) in row("escrow-key") {
        let expected = match (design.mode, design.custody) {
            (ModeId::EndToEnd, _) => (0, 0),
            // The one custody that protects the past, and the future too.
            (_, Custody::Epochs(_)) => read(cell("epoch-key", design.name)),
            // A split key is put together to be used; then it is one like any other.
            _ => ALL,
        };
        assert_eq!(read(outcome), expected, "{}", design.name);
        assert_eq!(outcome.noticed_by, None, "{}", design.name);
    }
}

#[test]
fn one_share_reads_nothing_and_two_read_everything() {
    assert_eq!(read(cell("one-share", "escrow-split")), (0, 0));
    assert_eq!(read(cell("two-shares", "escrow-split")), ALL);
}

#[test]
fn any_one_jurisdictions_key_reads_everything() {
    assert_eq!(read(cell("one-jurisdiction", "escrow-many")), ALL);
}

#[test]
fn one_epochs_key_reads_that_epoch() {
    let outcome = cell("epoch-key", "escrow-epochs");
    let Custody::Epochs(epochs) = column("escrow-epochs").design.custody else {
        panic!("epochs");
    };
    // The theft takes place in an epoch that has begun and is not over.
    let epoch = |message: usize| message * epochs / MESSAGES; // spec §12
    for (message, read) in outcome.read.iter().enumerate() {
        assert_eq!(*read, epoch(message) == epoch(THEFT_AT - 1), "{message}");
    }
    assert!(read(outcome).0 > 0 && read(outcome).1 > 0);
}

#[test]
fn a_copied_relay_gives_the_metadata_of_what_waits_and_no_text() {
    for (design, outcome) in row("relay-database") {
        assert_eq!(read(outcome), (0, 0), "{}", design.name);
        assert_eq!(outcome.metadata, 1, "{}", design.name);
    }
}

#[test]
fn a_seized_device_yields_no_past_under_a_ratchet_and_all_of_it_under_a_static_key() {
    for (design, outcome) in row("seized-device") {
        match design.schedule {
            ScheduleId::Ratchet => assert_eq!(read(outcome).0, 0, "{}", design.name),
            ScheduleId::Static => assert_eq!(read(outcome), ALL, "{}", design.name),
        }
    }
}

#[test]
fn the_ratchet_heals_within_two_turns_and_a_static_key_never_does() {
    for theft_at in [0, 1, 6, 7, MESSAGES] {
        let matrix = compute(
            theft_at,
            &DESIGNS[..4],
            &[attacks::named("seized-device").unwrap()],
        );
        for column in &matrix.columns {
            let outcome = column.cells[0].outcome.as_ref().unwrap();
            let (read, of) = outcome.future(theft_at);
            match column.design.schedule {
                ScheduleId::Static => assert_eq!((read, outcome.healed_at), (of, None)),
                // Every message is a turn of its own.
                ScheduleId::Ratchet if of > 2 => {
                    let healed_at = outcome.healed_at.expect("heals");
                    // The device that had just written follows the other's next turn.
                    assert_eq!(read > 0, theft_at > 0, "{theft_at}");
                    assert!(healed_at <= theft_at + 2, "{theft_at}: {healed_at}");
                    assert!(outcome.read[healed_at..].iter().all(|read| !read));
                }
                ScheduleId::Ratchet => {}
            }
        }
    }
}

#[test]
fn substituted_keys_read_everything_and_a_ghost_all_that_follows_and_safety_numbers_show_both() {
    for (design, outcome) in row("key-substitution") {
        assert_eq!(read(outcome), ALL, "{}", design.name);
        assert_eq!(outcome.noticed_by, Some(Detector::SafetyNumber));
    }
    for (design, outcome) in row("ghost-device") {
        assert_eq!(read(outcome), (0, ALL.1), "{}", design.name);
        assert_eq!(outcome.noticed_by, Some(Detector::SafetyNumber));
    }
    assert_eq!(row("key-substitution").count(), DESIGNS.len());
    assert_eq!(row("ghost-device").count(), DESIGNS.len());
}

#[test]
fn the_desk_insider_reads_the_targets_with_a_clean_log_and_only_the_witness_notices() {
    let outcome = cell("desk-insider", "escrow-desk");
    assert_eq!(read(outcome), ALL);
    assert_eq!(outcome.noticed_by, Some(Detector::Witness));
    let desk = outcome.desk.unwrap();
    assert!(desk.lawful > 0);
    // The log verified: what differs is the count.
    let lawful = u64::try_from(desk.lawful).unwrap();
    let witness = lawful + u64::try_from(MESSAGES).unwrap(); // once each, past the desk
    let expected = Audit::UsesWithoutWarrant {
        witness,
        logged: lawful,
    };
    assert_eq!(desk.audit, expected);
}

#[test]
fn forging_succeeds_against_clipper_after_some_2_to_the_16_trials_and_never_elsewhere() {
    for (design, outcome) in row("forged-access") {
        let forgery = outcome.forgery.unwrap();
        if design.name == "clipper" {
            assert_eq!(read(outcome), (0, 0));
            assert_eq!((forgery.accepted, forgery.refused), (MESSAGES, 0));
            assert_eq!(forgery.session_keys, MESSAGES);
            let average = forgery.trials / 12;
            assert!((1 << 14..1 << 18).contains(&average), "{average}");
            assert_eq!(outcome.noticed_by, None);
        } else {
            assert_eq!(read(outcome), ALL, "{}", design.name);
            assert_eq!((forgery.accepted, forgery.refused), (0, 1));
            assert_eq!(forgery.trials, doormat::attack::forged_access::LIMIT);
            assert_eq!(outcome.noticed_by, Some(Detector::Receiver));
        }
    }
    assert_eq!(row("forged-access").count(), DESIGNS.len() - 2);
}

#[test]
fn two_who_encrypt_before_they_write_are_opened_and_not_read() {
    for (design, outcome) in row("double-encryption") {
        assert_eq!(read(outcome), (0, 0), "{}", design.name);
        assert_eq!(outcome.nested, Some(MESSAGES), "{}", design.name);
        assert_eq!(outcome.noticed_by, None);
    }
    assert_eq!(row("double-encryption").count(), DESIGNS.len() - 2);
}

#[test]
fn an_attack_applies_where_there_is_something_to_attack_and_nowhere_else() {
    let only = |attack: &Attack| -> Option<&[&str]> {
        match attack.name {
            "one-share" | "two-shares" => Some(&["escrow-split"]),
            "one-jurisdiction" => Some(&["escrow-many"]),
            "epoch-key" => Some(&["escrow-epochs"]),
            "desk-insider" => Some(&["escrow-desk"]),
            _ => None,
        }
    };
    for column in &MATRIX.columns {
        assert_eq!(column.cells.len(), ATTACKS.len());
        for cell in &column.cells {
            let design = column.design;
            let evades = cell.attack.is_evasion() && design.mode == ModeId::EndToEnd;
            let expected = only(cell.attack).is_none_or(|names| names.contains(&design.name));
            let applies = cell.outcome.is_ok();
            assert_eq!(
                applies,
                expected && !evades,
                "{} {}",
                design.name,
                cell.attack
            );
        }
    }
}

#[test]
fn a_lost_devices_owner_gets_back_what_somebody_kept_a_key_of() {
    for column in &MATRIX.columns {
        let [authority, passphrase] = &column.recovery[..] else {
            panic!("two ways");
        };
        assert_eq!(passphrase.restored, THEFT_AT);
        let expected = match (column.design.mode, column.design.custody) {
            (ModeId::EndToEnd, _) => 0,
            // The keys of the epochs before are destroyed, for the owner too.
            (_, Custody::Epochs(_)) => cell("epoch-key", column.design.name).past(THEFT_AT).0,
            _ => THEFT_AT,
        };
        assert_eq!(authority.restored, expected, "{}", column.design.name);
    }
}

#[test]
fn an_access_field_costs_88_bytes_for_each_authority_and_message() {
    for column in &MATRIX.columns {
        let fields = match column.design.mode {
            ModeId::EndToEnd => 0,
            ModeId::Escrow => column.design.authorities,
        };
        let access = 88 * fields * MESSAGES;
        assert_eq!(column.cost.access_bytes, access, "{}", column.design.name);
        let bare = column.cost.wire_bytes - access;
        assert_eq!(bare, column_bare(column.design.schedule));
    }
}

/// What the same messages cost end-to-end.
fn column_bare(schedule: ScheduleId) -> usize {
    let name = match schedule {
        ScheduleId::Ratchet => "e2e",
        ScheduleId::Static => "e2e-static",
    };
    column(name).cost.wire_bytes
}

#[test]
fn the_same_seed_gives_the_same_matrix() {
    let flags = |matrix: &Matrix| -> Vec<Option<Vec<bool>>> {
        let cells = matrix.columns.iter().flat_map(|column| &column.cells);
        cells
            .map(|cell| Some(cell.outcome.as_ref().ok()?.read.clone()))
            .collect()
    };
    let designs = [DESIGNS[2], DESIGNS[8]];
    let rows = ["seized-device", "forged-access", "ghost-device"];
    let rows = rows.map(|name| attacks::named(name).unwrap());
    let run = || compute(5, &designs, &rows);
    let (one, other) = (run(), run());
    assert_eq!(flags(&one), flags(&other));
    let trials = |matrix: &Matrix| {
        let forgery = matrix.columns[1].cells[1].outcome.as_ref().unwrap().forgery;
        forgery.unwrap().trials
    };
    assert_eq!(trials(&one), trials(&other));
}

#[test]
fn the_ends_of_the_conversation_are_times_of_theft_too() {
    for theft_at in [0, 1, MESSAGES - 1, MESSAGES] {
        let matrix = compute(theft_at, &DESIGNS, &ATTACKS[..10]);
        for column in &matrix.columns {
            for outcome in column
                .cells
                .iter()
                .filter_map(|it| it.outcome.as_ref().ok())
            {
                assert_eq!(outcome.past(theft_at).1, theft_at);
                assert_eq!(outcome.future(theft_at).1, MESSAGES - theft_at);
            }
            // What a whole key reads does not depend on when it was stolen.
            if column.design.name == "escrow" {
                let key = column.cells[1].outcome.as_ref().unwrap();
                assert!(key.read.iter().all(|read| *read), "{theft_at}");
            }
        }
    }
}
