//! The families are what the designs and attacks say, and each is a small table.

use doormat::experiment::{Conversation, attacks::ATTACKS, design::DESIGNS, family::Family};

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
