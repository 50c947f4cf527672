//! The commands that split a key among officers and put it together again, and a second
//! reader of their files.

use std::{fs, process::Output};

use crate::common::{
    folder::{Folder, succeeds},
    process::flat,
};

#[test]
fn another_language_puts_shares_together_from_the_specification_alone() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "3", "5");
    let key = folder.read("ministry.key");
    for officers in [["1", "2", "3"], ["5", "2", "4"]] {
        let script = crate::common::docs::root().join("tests/combine.py");
        let mut python = folder.command("python3", &[]);
        let shares = officers.map(|officer| format!("officer.{officer}.share"));
        let private = succeeds(python.arg(script).args(shares));
        assert!(key.contains(&format!("private: {private}")));
    }
}

#[test]
fn the_key_that_is_put_together_is_the_key_byte_for_byte() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    let said = split_ministry(&folder, "2", "3");
    assert!(said.contains("any 2 of 3 shares are its key"), "{said}");
    folder.ok(&[
        "authority",
        "combine",
        "officer.3.share",
        "officer.1.share",
        "--out",
        "again",
    ]);
    assert_eq!(folder.read("again.key"), folder.read("ministry.key"));
}

#[cfg(unix)]
#[test]
fn shares_are_their_owners_alone_and_are_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    fs::write(folder.path("officer.2.share"), "mine").unwrap();
    let split = ["authority", "split", "--shares", "3", "--threshold", "2"];
    let rest = ["--key", "ministry.key", "--out", "officer"];
    let said = folder.fails(&[&split[..], &rest].concat());
    assert!(
        said.contains("officer.2.share: it exists already"),
        "{said}"
    );
    assert!(!folder.path("officer.1.share").exists());
    fs::remove_file(folder.path("officer.2.share")).unwrap();
    split_ministry(&folder, "2", "3");
    for officer in 1..=3 {
        let path = folder.path(format!("officer.{officer}.share"));
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let combine = ["authority", "combine", "officer.1.share", "officer.2.share"];
    let said = folder.fails(&[&combine[..], &["--out", "ministry"]].concat());
    assert!(said.contains("ministry.key: it exists already"), "{said}");
}

#[test]
fn the_command_names_the_file_that_does_not_belong() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "2", "3");
    let text = folder.read("officer.2.share");
    let at = text.find("value: ").unwrap() + 20;
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    let altered = [&text[..at], digit, &text[at + 1..]].concat();
    fs::write(folder.path("officer.2.share"), altered).unwrap();
    let combine = |shares: &[&str], out| {
        let args = [&["authority", "combine"], shares, &["--out", out]].concat();
        folder.run(&args)
    };
    let [one, two, three] = ["officer.1.share", "officer.2.share", "officer.3.share"];

    let output = combine(&[one, two, three], "again");
    assert!(output.status.success(), "{output:?}");
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(
        warning.contains("share 2 (officer.2.share) does not belong"),
        "{warning}"
    );
    assert_eq!(folder.read("again.key"), folder.read("ministry.key"));

    let fails = |shares: &[&str], words: &[&str]| {
        let output = combine(shares, "never");
        let said = warnings(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in words {
            assert!(said.contains(words), "{words:?} is not in: {said}");
        }
        assert!(!folder.path("never.key").exists());
    };
    fails(
        &[two, three],
        &[
            "at least one was altered",
            "one share more would tell",
            "help:",
        ],
    );
    fails(
        &[one],
        &["1 share alone says nothing of the key: it takes 2"],
    );
    fails(
        &[one, one],
        &["share 1 is there twice", "Leave officer.1.share out"],
    );
    fails(
        &[one, "ministry.key"],
        &["ministry.key: it is the private half", "`.share` files"],
    );
    fails(
        &[one, "ministry.pub"],
        &["ministry.pub: it is the public half"],
    );
    fails(&[one, "none.share"], &["none.share: there is no such file"]);
    folder.ok(&["authority", "new", "--out", "other"]);
    let split = ["authority", "split", "--shares", "2", "--threshold", "2"];
    folder.ok(&[&split[..], &["--key", "other.key", "--out", "other"]].concat());
    fails(
        &[one, "other.2.share"],
        &[
            "differ in `id` and `public`",
            "Compare officer.1.share with other.2.share",
        ],
    );
    let output = combine(&["other.1.share", one, three], "majority");
    let said = warnings(&output);
    assert!(said.contains("share 1 (other.1.share) does not"), "{said}");
    assert_eq!(folder.read("majority.key"), folder.read("ministry.key"));
}

/// Each digit of each line, in one of the three files after the other.
#[test]
fn one_digit_changed_anywhere_in_a_share_file_is_named_by_its_file_and_its_line() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "2", "3");
    let key = folder.read("ministry.key");
    let says = [
        ("id", "`id` does not belong to `public`"),
        ("public", "`id` does not belong to `public`"),
        ("check", "it has another `check`"),
        ("threshold", "it has another `threshold`"),
        ("share", "`share` or `value` was altered"),
        ("value", "`share` or `value` was altered"),
    ];
    let mut turn = 0;
    for (line, words) in says {
        for digit in 0.. {
            turn = turn % 3 + 1;
            let name = format!("officer.{turn}.share");
            let whole = folder.read(&name);
            let start = whole.find(&format!("\n{line}: ")).unwrap() + line.len() + 3;
            let at = start + digit;
            let old = &whole[at..=at];
            if old == "\n" {
                break;
            }
            // Every file is share 1 to 3 of 2, and becomes share 4 of 3.
            let new = match (line, old) {
                ("threshold", _) => "3",
                ("share", _) => "4",
                (_, "7") => "8",
                _ => "7",
            };
            fs::write(
                folder.path(&name),
                [&whole[..at], new, &whole[at + 1..]].concat(),
            )
            .unwrap();
            let output = folder.run(&[
                "authority",
                "combine",
                "officer.1.share",
                "officer.2.share",
                "officer.3.share",
                "--out",
                "again",
            ]);
            assert!(output.status.success(), "{line} {digit}: {output:?}");
            let said = warnings(&output);
            assert!(said.contains(words), "{line} {digit}: {said}");
            assert_eq!(said.matches("warning").count(), 1, "{said}");
            assert_eq!(said.matches(".share").count(), 1, "{said}");
            assert!(said.contains(&name), "{line} {digit}: {said}");
            assert_eq!(folder.read("again.key"), key);
            fs::remove_file(folder.path("again.key")).unwrap();
            fs::write(folder.path(&name), whole).unwrap();
        }
    }
}

#[test]
fn two_files_that_claim_one_number_are_named_both() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "2", "3");
    let edited = folder
        .read("officer.1.share")
        .replace("\nshare: 1", "\nshare: 2");
    fs::write(folder.path("m.share"), edited).unwrap();
    let combine = ["authority", "combine", "m.share", "officer.2.share"];
    let output = folder.run(&[&combine[..], &["officer.3.share", "--out", "again"]].concat());
    let said = warnings(&output);
    assert!(
        said.contains(
            "two different shares both say number 2: m.share, officer.2.share; m.share does not \
             belong to this key"
        ),
        "{said}"
    );
    assert_eq!(folder.read("again.key"), folder.read("ministry.key"));

    let said = folder.fails(&[&combine[..], &["--out", "never"]].concat());
    assert!(
        said.contains("two different shares both say number 2"),
        "{said}"
    );
    assert!(
        said.contains("Give another officer's share with these"),
        "{said}"
    );
    assert!(said.contains("m.share, officer.2.share"), "{said}");
}

#[test]
fn a_share_that_is_left_out_is_named_even_if_too_few_remain() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "3", "4");
    let altered = |officer: u8, from: &str, to: &str| {
        let name = format!("officer.{officer}.share");
        fs::write(folder.path(&name), folder.read(&name).replacen(from, to, 1)).unwrap();
    };
    let combine = |shares: &[&str]| {
        let args = [&["authority", "combine"], shares, &["--out", "never"]].concat();
        folder.fails(&args)
    };
    altered(1, "threshold: 3", "threshold: 2");
    altered(2, "check: ", "check: 0");
    let [one, two, three, four] = [1, 2, 3, 4].map(|officer| format!("officer.{officer}.share"));
    let said = combine(&[&one, &two, &three, &four]);
    assert!(
        said.contains("officer.2.share was left out: it is damaged: `check` should be"),
        "{said}"
    );
    assert!(
        said.contains("share 1 (officer.1.share) does not belong to the others"),
        "{said}"
    );
    assert!(
        said.contains("2 shares alone say nothing of the key: it takes 3"),
        "{said}"
    );
    let said = combine(&[&two]);
    assert!(said.contains("officer.2.share: it is damaged"), "{said}");
}

#[test]
fn a_name_may_be_given_with_the_ending_of_its_file() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry.key"]);
    folder.ok(&["authority", "new", "--out", "st.petersburg.pub"]);
    let split = ["authority", "split", "--shares", "2", "--threshold", "2"];
    let rest = ["--key", "ministry.key", "--out", "officer.share"];
    folder.ok(&[&split[..], &rest].concat());
    let combine = ["authority", "combine", "officer.1.share", "officer.2.share"];
    folder.ok(&[&combine[..], &["--out", "again.key"]].concat());
    let mut names: Vec<_> = fs::read_dir(folder.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "again.key",
            "ministry.key",
            "ministry.pub",
            "officer.1.share",
            "officer.2.share",
            "st.petersburg.key",
            "st.petersburg.pub",
        ]
    );
    let said = folder.fails(&[&combine[..], &["--out", "again.key"]].concat());
    assert!(said.contains("again.key: it exists already"), "{said}");
}

#[test]
fn a_share_given_as_a_key_is_told_what_makes_the_key() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    split_ministry(&folder, "2", "3");
    fs::write(folder.path("tape"), "").unwrap();
    let said = folder.fails(&["attack", "tape", "--escrow-key", "officer.1.share"]);
    assert!(
        said.contains(
            "One share opens nothing: `doormat authority combine` makes the key of 2 of them."
        ),
        "{said}"
    );
}

#[test]
fn a_threshold_that_protects_nothing_is_refused() {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "ministry"]);
    let split = |shares, threshold| {
        let args = ["authority", "split", "--key", "ministry.key", "--out", "x"];
        folder.fails(&[&args[..], &["--shares", shares, "--threshold", threshold]].concat())
    };
    assert!(split("3", "1").contains("would be a copy of the key"));
    assert!(split("2", "3").contains("2 shares would never reach a threshold of 3"));
    let args = [
        "authority",
        "split",
        "--key",
        "k",
        "--out",
        "x",
        "--shares",
        "256",
    ];
    let status = folder
        .run(&[&args[..], &["--threshold", "2"]].concat())
        .status;
    assert_eq!(status.code(), Some(2));
}

/// Splits `ministry.key` into `officer.N.share`.
fn split_ministry(folder: &Folder, threshold: &str, shares: &str) -> String {
    let args = [
        "authority",
        "split",
        "--key",
        "ministry.key",
        "--out",
        "officer",
    ];
    folder.ok(&[&args[..], &["--shares", shares, "--threshold", threshold]].concat())
}

/// Standard error without its line breaks and frame.
fn warnings(output: &Output) -> String {
    flat(&String::from_utf8_lossy(&output.stderr))
}
