//! Text files as other editors and systems save them: read where that is harmless, and
//! otherwise refused with the encoding's name.

use crate::common::folder::Folder;

/// A text as it may come back, and whether it can be read.
fn saved(text: &str) -> Vec<(&'static str, Vec<u8>, bool)> {
    let crlf = text.replace('\n', "\r\n");
    let with_mark = |text: &str| format!("\u{feff}{text}").into_bytes();
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    };
    let marked = format!("\u{feff}{crlf}");
    vec![
        ("CR LF", crlf.clone().into_bytes(), true),
        ("mark", with_mark(text), true),
        ("mark and CR LF", with_mark(&crlf), true),
        ("no last line end", text.trim_end().into(), true),
        ("UTF-16LE", utf_16(&marked, u16::to_le_bytes), false),
        ("UTF-16BE", utf_16(&marked, u16::to_be_bytes), false),
        ("UTF-16LE, no mark", utf_16(&crlf, u16::to_le_bytes), false),
        ("UTF-16BE, no mark", utf_16(&crlf, u16::to_be_bytes), false),
    ]
}

/// Saves a file in each way, and runs a command that reads it.
#[track_caller]
fn reads(folder: &Folder, file: &str, command: &[&str]) {
    let text = folder.read(file);
    for (number, (how, bytes, readable)) in saved(&text).into_iter().enumerate() {
        folder.write("as-saved", bytes);
        let out = format!("out-{}-{number}", file.replace('/', "-"));
        let args: Vec<&str> = command
            .iter()
            .map(|it| match *it {
                "FILE" => "as-saved",
                "OUT" => &out,
                other => other,
            })
            .collect();
        if readable {
            folder.ok(&args);
        } else {
            let said = folder.fails(&args);
            assert!(said.contains("as-saved: it is UTF-16"), "{how}: {said}");
        }
    }
}

#[test]
fn keys_and_shares_are_read_or_their_encoding_is_named() {
    let folder = Folder::with_lesson(&[]);
    folder.ok(&["authority", "new", "--out", "m"]);
    folder.ok(&[
        "authority",
        "split",
        "--key",
        "m.key",
        "--shares",
        "3",
        "--threshold",
        "2",
        "--out",
        "m",
    ]);
    reads(
        &folder,
        "lesson/escrow.key",
        &["attack", "lesson/escrow.pcapng", "--escrow-key", "FILE"],
    );
    reads(
        &folder,
        "m.key",
        &[
            "authority",
            "split",
            "--key",
            "FILE",
            "--shares",
            "2",
            "--threshold",
            "2",
            "--out",
            "OUT",
        ],
    );
    reads(
        &folder,
        "m.pub",
        &[
            "generate",
            "--messages",
            "2",
            "--escrow-pub",
            "FILE",
            "--out",
            "OUT",
        ],
    );
    reads(
        &folder,
        "m.1.share",
        &["authority", "combine", "FILE", "m.2.share", "--out", "OUT"],
    );
}

#[test]
fn what_a_class_edits_is_read_or_its_encoding_is_named() {
    let folder = Folder::new();
    folder.write("talk.txt", "one\ntwo\n");
    folder.write("roster.csv", "s1,Ann\ns2,Bea\n");
    folder.ok(&["lab", "course", "new", "--out", "course"]);
    reads(
        &folder,
        "roster.csv",
        &[
            "lab", "course", "hand-out", "--course", "course", "--roster", "FILE", "--out", "OUT",
            "leak",
        ],
    );
    reads(
        &folder,
        "course",
        &[
            "lab",
            "course",
            "hand-out",
            "--course",
            "FILE",
            "--roster",
            "roster.csv",
            "--out",
            "OUT",
            "leak",
        ],
    );
    reads(
        &folder,
        "talk.txt",
        &["demo", "--json", "--messages", "FILE"],
    );
}

#[test]
fn answers_are_read_or_their_encoding_is_named() {
    let folder = Folder::new();
    folder.ok(&["lab", "start", "leak"]);
    let text = folder.read("leak/answer.txt");
    for (how, bytes, readable) in saved(&text) {
        folder.write("leak/answer.txt", bytes);
        let output = folder.run(&["lab", "check", "leak"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains("UTF-16"), !readable, "{how}: {said}");
        assert!(!said.contains("of the form"), "{how}: {said}");
    }
}
