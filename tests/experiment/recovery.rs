//! Getting back in without escrow: a backup under a passphrase.

use doormat::experiment::{ExperimentError, recovery::Backup, seed};

#[test]
fn a_backup_gives_its_history_for_its_passphrase_and_no_other() {
    let mut rng = seed::generator(7, "test");
    let backup = Backup::seal(&["one", "two"], "the right words", &mut rng).unwrap();
    assert_eq!(backup.open("the right words").unwrap(), ["one", "two"]);
    for wrong in ["", "the right word", "the right words "] {
        let refused = backup.open(wrong);
        assert!(matches!(refused, Err(ExperimentError::WrongPassphrase)));
    }
}

#[test]
fn two_backups_of_one_history_share_no_bytes() {
    let mut rng = seed::generator(7, "test");
    let mut backup = || format!("{:?}", Backup::seal(&["one"], "words", &mut rng).unwrap());
    assert_ne!(backup(), backup());
}
