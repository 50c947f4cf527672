//! The commands that split a key among officers and put it together again, and a second
//! reader of their files.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

#[test]
fn another_language_puts_shares_together_from_the_specification_alone() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("3", "5");
    let key = office.read("ministry.key");
    for officers in [["1", "2", "3"], ["5", "2", "4"]] {
        let script = crate::common::docs::root().join("tests/combine.py");
        let mut python = Command::new("python3");
        python.arg(script).current_dir(office.0.path());
        let output = python
            .args(officers.map(|officer| format!("officer.{officer}.share")))
            .output()
            .expect("python3");
        assert!(output.status.success(), "{output:?}");
        let private = String::from_utf8(output.stdout).unwrap();
        assert!(key.contains(&format!("private: {private}")));
    }
}

#[test]
fn the_key_that_is_put_together_is_the_key_byte_for_byte() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    let said = office.split("2", "3");
    assert!(said.contains("any 2 of 3 shares are its key"), "{said}");
    office.ok(&[
        "authority",
        "combine",
        "officer.3.share",
        "officer.1.share",
        "--out",
        "again",
    ]);
    assert_eq!(office.read("again.key"), office.read("ministry.key"));
}

#[cfg(unix)]
#[test]
fn shares_are_their_owners_alone_and_are_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    fs::write(office.path("officer.2.share"), "mine").unwrap();
    let split = ["authority", "split", "--shares", "3", "--threshold", "2"];
    let rest = ["--key", "ministry.key", "--out", "officer"];
    let said = office.fails(&[&split[..], &rest].concat());
    assert!(
        said.contains("officer.2.share: it exists already"),
        "{said}"
    );
    assert!(!office.path("officer.1.share").exists());
    fs::remove_file(office.path("officer.2.share")).unwrap();
    office.split("2", "3");
    for officer in 1..=3 {
        let path = office.path(&format!("officer.{officer}.share"));
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let combine = ["authority", "combine", "officer.1.share", "officer.2.share"];
    let said = office.fails(&[&combine[..], &["--out", "ministry"]].concat());
    assert!(said.contains("ministry.key: it exists already"), "{said}");
}

#[test]
fn the_command_names_the_file_that_does_not_belong() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("2", "3");
    let text = office.read("officer.2.share");
    let at = text.find("value: ").unwrap() + 20;
    let digit = if &text[at..=at] == "0" { "1" } else { "0" };
    let altered = [&text[..at], digit, &text[at + 1..]].concat();
    fs::write(office.path("officer.2.share"), altered).unwrap();
    let combine = |shares: &[&str], out| {
        let args = [&["authority", "combine"], shares, &["--out", out]].concat();
        office.run(&args)
    };
    let [one, two, three] = ["officer.1.share", "officer.2.share", "officer.3.share"];

    let output = combine(&[one, two, three], "again");
    assert!(output.status.success(), "{output:?}");
    let warning = String::from_utf8(output.stderr).unwrap();
    assert!(
        warning.contains("share 2 (officer.2.share) does not belong"),
        "{warning}"
    );
    assert_eq!(office.read("again.key"), office.read("ministry.key"));

    let fails = |shares: &[&str], words: &[&str]| {
        let output = combine(shares, "never");
        let said = told(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in words {
            assert!(said.contains(words), "{words:?} is not in: {said}");
        }
        assert!(!office.path("never.key").exists());
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
    office.ok(&["authority", "new", "--out", "other"]);
    let split = ["authority", "split", "--shares", "2", "--threshold", "2"];
    office.ok(&[&split[..], &["--key", "other.key", "--out", "other"]].concat());
    fails(
        &[one, "other.2.share"],
        &[
            "differ in `id` and `public`",
            "Compare officer.1.share with other.2.share",
        ],
    );
    let output = combine(&["other.1.share", one, three], "majority");
    let said = told(&output);
    assert!(said.contains("share 1 (other.1.share) does not"), "{said}");
    assert_eq!(office.read("majority.key"), office.read("ministry.key"));
}

/// Each digit of each line, in one of the three files after the other.
#[test]
fn one_digit_changed_anywhere_in_a_share_file_is_named_by_its_file_and_its_line() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("2", "3");
    let key = office.read("ministry.key");
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
            let whole = office.read(&name);
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
                office.path(&name),
                [&whole[..at], new, &whole[at + 1..]].concat(),
            )
            .unwrap();
            let output = office.run(&[
                "authority",
                "combine",
                "officer.1.share",
                "officer.2.share",
                "officer.3.share",
                "--out",
                "again",
            ]);
            assert!(output.status.success(), "{line} {digit}: {output:?}");
            let said = told(&output);
            assert!(said.contains(words), "{line} {digit}: {said}");
            assert_eq!(said.matches("warning").count(), 1, "{said}");
            assert_eq!(said.matches(".share").count(), 1, "{said}");
            assert!(said.contains(&name), "{line} {digit}: {said}");
            assert_eq!(office.read("again.key"), key);
            fs::remove_file(office.path("again.key")).unwrap();
            fs::write(office.path(&name), whole).unwrap();
        }
    }
}

#[test]
fn two_files_that_claim_one_number_are_named_both() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("2", "3");
    let edited = office
        .read("officer.1.share")
        .replace("\nshare: 1", "\nshare: 2");
    fs::write(office.path("m.share"), edited).unwrap();
    let combine = ["authority", "combine", "m.share", "officer.2.share"];
    let output = office.run(&[&combine[..], &["officer.3.share", "--out", "again"]].concat());
    let said = told(&output);
    assert!(
        said.contains(
            "two different shares both say number 2: m.share, officer.2.share; m.share does not \
             belong to this key"
        ),
        "{said}"
    );
    assert_eq!(office.read("again.key"), office.read("ministry.key"));

    let said = office.fails(&[&combine[..], &["--out", "never"]].concat());
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
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("3", "4");
    let altered = |officer: u8, from: &str, to: &str| {
        let name = format!("officer.{officer}.share");
        fs::write(office.path(&name), office.read(&name).replacen(from, to, 1)).unwrap();
    };
    let combine = |shares: &[&str]| {
        let args = [&["authority", "combine"], shares, &["--out", "never"]].concat();
        office.fails(&args)
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
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry.key"]);
    office.ok(&["authority", "new", "--out", "st.petersburg.pub"]);
    let split = ["authority", "split", "--shares", "2", "--threshold", "2"];
    let rest = ["--key", "ministry.key", "--out", "officer.share"];
    office.ok(&[&split[..], &rest].concat());
    let combine = ["authority", "combine", "officer.1.share", "officer.2.share"];
    office.ok(&[&combine[..], &["--out", "again.key"]].concat());
    let mut names: Vec<_> = fs::read_dir(office.path("."))
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
    let said = office.fails(&[&combine[..], &["--out", "again.key"]].concat());
    assert!(said.contains("again.key: it exists already"), "{said}");
}

#[test]
fn a_share_given_as_a_key_is_told_what_makes_the_key() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    office.split("2", "3");
    fs::write(office.path("tape"), "").unwrap();
    let said = office.fails(&["attack", "tape", "--escrow-key", "officer.1.share"]);
    assert!(
        said.contains(
            "One share opens nothing: `doormat authority combine` makes the key of 2 of them."
        ),
        "{said}"
    );
}

#[test]
fn a_threshold_that_protects_nothing_is_refused() {
    let office = Office::new();
    office.ok(&["authority", "new", "--out", "ministry"]);
    let split = |shares, threshold| {
        let args = ["authority", "split", "--key", "ministry.key", "--out", "x"];
        office.fails(&[&args[..], &["--shares", shares, "--threshold", threshold]].concat())
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
    let status = office
        .run(&[&args[..], &["--threshold", "2"]].concat())
        .status;
    assert_eq!(status.code(), Some(2));
}

/// A folder in which commands run.
struct Office(tempfile::TempDir);

impl Office {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_doormat"))
            .args(args)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        told(&output)
    }

    fn split(&self, threshold: &str, shares: &str) -> String {
        let args = [
            "authority",
            "split",
            "--key",
            "ministry.key",
            "--out",
            "officer",
        ];
        self.ok(&[&args[..], &["--shares", shares, "--threshold", threshold]].concat())
    }
}

/// Standard error without its line breaks and frame.
fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr)
        .split_whitespace()
        .filter(|word| !["│", "×"].contains(word))
        .collect::<Vec<_>>()
        .join(" ")
}
