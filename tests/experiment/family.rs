//! The families are what the designs and attacks say, and each is a small table.

use std::sync::atomic::{AtomicUsize, Ordering};

use doormat::experiment::{
    Conversation, Setting, attacks::ATTACKS, design::DESIGNS, family::Family, matrix, tables,
};

#[test]
fn every_design_and_every_attack_is_in_a_family_that_is_listed() {
    let listed = Family::listed();
    for design in DESIGNS {
        assert!(listed.contains(&design.family), "{}", design.name);
    }
    for attack in ATTACKS {
        assert!(!attack.families.is_empty(), "{attack}");
        for family in attack.families {
            assert!(listed.contains(family), "{attack}: {family}");
        }
    }
}

#[test]
fn a_family_begins_with_the_headlines_and_has_at_most_seven_columns() {
    for family in Family::ALL {
        let names: Vec<_> = family.designs().iter().map(|it| it.name).collect();
        assert_eq!(names[..2], ["e2e", "escrow"], "{family}");
        assert!(names.len() <= 7, "{family}: {names:?}");
    }
}

#[test]
fn every_row_says_something() {
    let conversation = Conversation::default();
    for family in Family::listed() {
        for attack in family.attacks() {
            let designs = family.designs();
            let mut columns = designs.iter();
            assert!(
                columns.any(|design| (attack.applies)(design, &conversation).is_ok()),
                "{attack} in {family}"
            );
        }
    }
}

#[test]
fn a_family_with_columns_of_its_own_has_rows() {
    for family in Family::ALL {
        let (columns, rows) = (family.designs().len(), family.attacks().count());
        assert!(columns == 2 || rows > 0, "{family}");
    }
}

#[test]
fn names_are_found_again_and_are_no_other_family() {
    for family in Family::ALL {
        assert_eq!(Family::named(family.name()), Some(family));
        assert!(!family.title().is_empty() && family.question().ends_with('?'));
    }
    assert_eq!(Family::named("spare"), None);
}

#[test]
fn each_cell_is_computed_once_and_is_the_cross_products() {
    let conversation = Conversation::default();
    let families = [Family::Devices, Family::Directory];
    let count = AtomicUsize::new(0);
    let step = || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let setting = Setting {
        progress: &step,
        ..Setting::new(&conversation, 7, 4)
    };
    let tables = tables::run(&families, &setting).unwrap();
    assert_eq!(count.into_inner(), tables::cells(&families));
    let computed = tables.columns.iter().map(|column| column.cells.len());
    assert_eq!(computed.sum::<usize>(), tables::cells(&families));

    let setting = Setting::new(&conversation, 7, 4);
    for family in families {
        let attacks: Vec<_> = family.attacks().collect();
        let expected = matrix::run(&family.designs(), &attacks, &setting).unwrap();
        let table = tables.of(family);
        assert_eq!(table.attacks, expected.attacks);
        assert_eq!(
            format!("{:?}", table.columns),
            format!("{:?}", expected.columns)
        );
    }
    // Both headlines stand in both families, and each family has attacks of its own.
    let e2e = &tables.columns[0];
    let both = Family::Devices.attacks().count() + Family::Directory.attacks().count();
    assert_eq!((e2e.design.name, e2e.cells.len()), ("e2e", both));
}
