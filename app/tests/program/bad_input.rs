//! Bad input: a clear error that names the file or the flag and says what to do;
//! exit status 1; nothing lost, nothing overwritten, no panic.

use std::{fs, io::Write, process::Stdio};

use crate::common::folder::Folder;

/// What is said of a capture that cannot be attacked.
fn attack(lesson: &Folder, capture: &str) -> String {
    lesson.fails(&["attack", capture, "--escrow-key", "lesson/escrow.key"])
}

#[track_caller]
fn says(found: &str, wanted: &[&str]) {
    for words in wanted {
        assert!(found.contains(words), "{words:?} is not in: {found}");
    }
}

#[test]
fn a_capture_that_is_not_one_is_named_for_what_it_is() {
    let lesson = Folder::with_lesson(&[]);
    lesson.write("empty.pcapng", "");
    lesson.write("text.pcapng", "just some text");
    lesson.write(
        "classic.pcap",
        [&[0xd4, 0xc3, 0xb2, 0xa1][..], &[0; 20]].concat(),
    );
    let tape = lesson.bytes("lesson/e2e.pcapng");
    lesson.write("begun.pcapng", &tape[..20]);
    says(
        &attack(&lesson, "none.pcapng"),
        &["none.pcapng: there is no such file"],
    );
    says(&attack(&lesson, "lesson"), &["lesson: it is a directory"]);
    says(
        &attack(&lesson, "empty.pcapng"),
        &["empty.pcapng: the file is empty"],
    );
    says(
        &attack(&lesson, "text.pcapng"),
        &["text.pcapng: it is not a capture"],
    );
    says(
        &attack(&lesson, "classic.pcap"),
        &["classic.pcap: there is no packet in it"],
    );
    says(
        &attack(&lesson, "begun.pcapng"),
        &["begun.pcapng: it is cut short"],
    );
    says(
        &lesson.fails(&["inspect", "text.pcapng"]),
        &["text.pcapng: it is not a capture"],
    );
}

#[test]
fn a_capture_of_something_else_is_reported_as_that() {
    let lesson = Folder::with_lesson(&[]);
    let mut tape = lesson.bytes("lesson/e2e.pcapng");
    for at in 64..tape.len() - 7 {
        if &tape[at..at + 7] == b"doormat" {
            tape[at..at + 7].copy_from_slice(b"another");
        }
    }
    lesson.write("foreign.pcapng", tape);
    says(
        &attack(&lesson, "foreign.pcapng"),
        &["foreign.pcapng: none of its 19 packets is doormat's"],
    );
}

#[test]
fn a_capture_cut_short_is_read_to_its_end_and_reported_as_cut_short() {
    let lesson = Folder::with_lesson(&[]);
    let tape = lesson.bytes("lesson/escrow.pcapng");
    lesson.write("short.pcapng", &tape[..tape.len() - 10]);
    let args = [
        "attack",
        "short.pcapng",
        "--escrow-key",
        "lesson/escrow.key",
    ];
    let output = lesson.run(&args);
    assert!(output.status.success());
    says(&String::from_utf8(output.stdout).unwrap(), &["7 read"]);
    says(
        &String::from_utf8(output.stderr).unwrap(),
        &["warning: short.pcapng: it is cut short"],
    );
    let json = lesson.ok(&[&args[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["read"], 7);
    assert!(json["ended_early"].is_string());
}

#[test]
fn damaged_envelopes_in_the_middle_are_counted_and_the_rest_is_read() {
    let lesson = Folder::with_lesson(&[]);
    let mut tape = lesson.bytes("lesson/escrow.pcapng");
    let envelopes: Vec<usize> = (0..tape.len() - 4)
        .filter(|&at| tape[at..at + 4] == [1, 1, 2, 1])
        .collect();
    assert_eq!(envelopes.len(), 8);
    tape[envelopes[2]] = 9;
    tape[envelopes[4] + 36] = 200;
    tape[envelopes[6] + 5] ^= 1;
    lesson.write("damaged.pcapng", tape);
    let json = lesson.ok(&[
        "attack",
        "damaged.pcapng",
        "--escrow-key",
        "lesson/escrow.key",
        "--out",
        "read.jsonl",
        "--json",
    ]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["envelopes"], &json["malformed"], &json["read"]),
        (&6.into(), &2.into(), &5.into())
    );
    let lines = lesson.read("read.jsonl");
    let exposures: Vec<bool> = lines.lines().map(|l| l.contains("\"read\"")).collect();
    assert_eq!(exposures, [true, true, true, true, false, true]);
}

#[test]
fn a_key_file_that_cannot_be_used_says_why() {
    let lesson = Folder::with_lesson(&[]);
    lesson.ok(&["authority", "new", "--out", "ministry"]);
    let key = lesson.read("ministry.key");
    let with = |from: &str, to: &str| key.replacen(from, to, 1);
    for (name, contents, words) in [
        (
            "other.key",
            "ssh-ed25519 AAAA".to_owned(),
            "not an escrow key file",
        ),
        ("empty.key", String::new(), "not an escrow key file"),
        (
            "nohex.key",
            with("private: ", "private: zz"),
            "64 hexadecimal digits",
        ),
        (
            "short.key",
            key[..key.len() - 3].to_owned(),
            "64 hexadecimal digits",
        ),
        (
            "missing.key",
            with("private: ", "# "),
            "`private: …` is missing",
        ),
        (
            "stray.key",
            key.clone() + "colour: red\n",
            "does not belong",
        ),
        ("twice.key", key.clone() + &key, "does not belong"),
    ] {
        lesson.write(name, contents);
        let said = lesson.fails(&["attack", "lesson/e2e.pcapng", "--escrow-key", name]);
        says(&said, &[name, words]);
    }
    for (field, words) in [
        ("id: ", "`id` does not belong to `public`"),
        ("public: ", "`public` does not belong to `private`"),
        ("private: ", "`public` does not belong to `private`"),
    ] {
        let at = key.find(field).unwrap() + field.len() + 9;
        let digit = if &key[at..=at] == "0" { "1" } else { "0" };
        lesson.write("typo.key", [&key[..at], digit, &key[at + 1..]].concat());
        let said = lesson.fails(&["attack", "lesson/e2e.pcapng", "--escrow-key", "typo.key"]);
        says(&said, &["typo.key", words]);
    }
    says(
        &lesson.fails(&[
            "attack",
            "lesson/e2e.pcapng",
            "--escrow-key",
            "ministry.pub",
        ]),
        &["ministry.pub: it is the public half", "`.key` file"],
    );
}

#[test]
fn a_key_that_opens_nothing_is_a_result() {
    let lesson = Folder::with_lesson(&[]);
    lesson.ok(&["authority", "new", "--out", "ministry"]);
    let said = lesson.ok(&[
        "attack",
        "lesson/escrow.pcapng",
        "--escrow-key",
        "ministry.key",
    ]);
    says(&said, &["0 read", "This key opens nothing here"]);
}

#[test]
fn a_file_that_holds_no_messages_says_which_line() {
    let lesson = Folder::with_lesson(&[]);
    lesson.write("empty.txt", "\n\r\n\n");
    lesson.write("latin.txt", b"fine\n\nnot f\xfcr UTF-8\n");
    lesson.write("long.txt", ["short\n", &"x".repeat(65_537), "\n"].concat());
    let demo = |file| lesson.fails(&["demo", "--messages", file]);
    says(&demo("none.txt"), &["none.txt: there is no such file"]);
    says(
        &demo("empty.txt"),
        &["empty.txt: there is no message in it"],
    );
    says(
        &demo("latin.txt"),
        &["latin.txt: line 3 is not UTF-8", "iconv"],
    );
    says(
        &demo("long.txt"),
        &["long.txt: line 2 is longer", "65536 bytes"],
    );
    lesson.write("many.txt", "x\n".repeat(50_001));
    for command in ["demo", "matrix"] {
        let said = lesson.fails(&[command, "--messages", "many.txt"]);
        says(
            &said,
            &["many.txt: it has more than 50000 messages", "demo --big"],
        );
    }
    lesson.write("endless.txt", "x".repeat((64 << 20) + 1));
    says(
        &demo("endless.txt"),
        &["endless.txt: it is longer than 64 MiB"],
    );
    lesson.write("longest.txt", ["x".repeat(65_536), "\r\n".into()].concat());
    lesson.ok(&["demo", "--messages", "longest.txt", "--json"]);
}

#[test]
fn nothing_is_overwritten() {
    let lesson = Folder::with_lesson(&[]);
    lesson.write("mine.txt", "mine");
    let key = ["--escrow-key", "lesson/escrow.key"];
    let attack = ["attack", "lesson/escrow.pcapng", key[0], key[1]];
    let out = |name| lesson.fails(&[&attack[..], &["--out", name]].concat());
    says(&out("mine.txt"), &["mine.txt: it exists already"]);
    says(
        &out("no/such/dir.txt"),
        &["dir.txt: its directory does not exist"],
    );
    says(
        &lesson.fails(&["demo", "--captures", "lesson", "--seed", "8"]),
        &["lesson/escrow.pcapng: it exists already"],
    );
    says(
        &lesson.fails(&["demo", "--captures", "mine.txt"]),
        &["mine.txt: it exists already"],
    );
    lesson.ok(&["authority", "new", "--out", "ministry"]);
    let before = lesson.bytes("ministry.key");
    says(
        &lesson.fails(&["authority", "new", "--out", "ministry"]),
        &["ministry.key: it exists already"],
    );
    fs::remove_file(lesson.path("ministry.key")).unwrap();
    says(
        &lesson.fails(&["authority", "new", "--out", "ministry"]),
        &["ministry.pub: it exists already"],
    );
    assert!(!lesson.path("ministry.key").exists());
    assert!(!before.is_empty());
    assert_eq!(lesson.bytes("mine.txt"), b"mine");
}

#[test]
fn a_lesson_that_is_there_already_is_kept_and_what_it_lacks_is_added() {
    let lesson = Folder::with_lesson(&[]);
    let key = lesson.bytes("lesson/escrow.key");
    let written = || {
        fs::metadata(lesson.path("lesson/e2e.pcapng"))
            .unwrap()
            .modified()
    };
    let before = written().unwrap();
    fs::remove_file(lesson.path("lesson/escrow.key")).unwrap();
    lesson.ok(&["demo", "--captures", "lesson"]);
    assert_eq!(lesson.bytes("lesson/escrow.key"), key);
    assert_eq!(written().unwrap(), before);

    fs::remove_file(lesson.path("lesson/escrow.pcapng")).unwrap();
    lesson.write("lesson/escrow.key", "mine");
    says(
        &lesson.fails(&["demo", "--captures", "lesson"]),
        &["lesson/escrow.key: it exists already"],
    );
    assert!(!lesson.path("lesson/escrow.pcapng").exists());
}

#[cfg(unix)]
#[test]
fn a_private_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let lesson = Folder::with_lesson(&[]);
    lesson.ok(&["authority", "new", "--out", "ministry"]);
    for name in ["ministry.key", "lesson/escrow.key"] {
        let mode = fs::metadata(lesson.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported_as_full() {
    let lesson = Folder::with_lesson(&[]);
    let args = [
        "attack",
        "lesson/escrow.pcapng",
        "--escrow-key",
        "lesson/escrow.key",
    ];
    let said = lesson.fails(&[&args[..], &["--out", "/dev/full"]].concat());
    says(&said, &["/dev/full", "the disk is full"]);
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_ends_quietly() {
    let lesson = Folder::with_lesson(&[]);
    let text = "a line of some length, to fill the pipe\n".repeat(4000);
    lesson.write("long.txt", text);
    let long = ["--messages", "long.txt", "--captures", "big"];
    lesson.ok(&[&["demo", "--json"], &long[..]].concat());
    let key = ["--escrow-key", "big/escrow.key", "--out", "-"];
    let mut child = lesson
        .doormat(&[&["attack", "big/escrow.pcapng"], &key[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn messages_come_from_standard_input_too() {
    let mut child = Folder::new()
        .doormat(&["demo", "--messages", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"one\n\ntwo\nthree")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["messages"], 3);
    assert_eq!(json["runs"][0]["eve"]["leaked_escrow_key"]["read"], 3);
}

#[test]
fn a_message_that_is_not_there_is_reported_as_missing() {
    let lesson = Folder::with_lesson(&[]);
    let inspect = |args: &[&str]| lesson.fails(&[&["inspect", "lesson/e2e.pcapng"], args].concat());
    says(
        &inspect(&["--message", "8"]),
        &["there is no envelope 8: the recording holds 8"],
    );
    says(&inspect(&["--bundle", "99"]), &["there is no bundle 99"]);
}

#[test]
fn an_invalid_command_line_has_an_exit_status_of_its_own() {
    let lesson = Folder::with_lesson(&[]);
    for args in [
        &["demo", "--seed", "seven"][..],
        &["demo", "--seed", "-1"],
        &["attack", "x.pcapng"],
        &["nothing"],
        &["demo", "--step", "--json"],
    ] {
        assert_eq!(lesson.run(args).status.code(), Some(2), "{args:?}");
    }
    says(
        &lesson.fails(&["demo", "--step"]),
        &["--step waits for keys", "Leave out --step"],
    );
}

#[test]
fn a_message_cannot_control_the_terminal_that_shows_it() {
    let lesson = Folder::with_lesson(&[]);
    lesson.write(
        "hostile.txt",
        "safe\n\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}dlrow\n",
    );
    for args in [
        &["demo", "--messages", "hostile.txt", "--captures", "h"][..],
        &["attack", "h/escrow.pcapng", "--escrow-key", "h/escrow.key"],
    ] {
        let shown = lesson.ok(args);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
        says(&shown, &["\\u{1b}[2J"]);
    }
}

#[test]
fn the_same_seed_gives_byte_identical_captures() {
    let lesson = Folder::with_lesson(&[]);
    lesson.ok(&["demo", "--captures", "again"]);
    for name in ["escrow.pcapng", "e2e.pcapng", "escrow.key"] {
        let read = |folder: &str| lesson.bytes(&format!("{folder}/{name}"));
        assert_eq!(read("lesson"), read("again"), "{name}");
    }
    let json = |seed| lesson.ok(&["demo", "--json", "--seed", seed]);
    assert_ne!(json("8"), json("9"));
    assert_ne!(json("random"), json("random"));
}
