//! Whatever comes from elsewhere, no command lets it steer the terminal, hide in a line, or
//! begin a line of its own.

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use clap::Arg;

use crate::common::folder::Folder;

/// An operator's own style, sequences that clear the screen and set the clipboard, line ends
/// with something that looks like the program's words, and characters that reorder or hide.
const HOSTILE: &str = "\u{1b}[1mX\u{1b}[2J\u{1b}]52;c;eA==\u{7}\r\n× forged\n\u{9b}31m\u{202e}\
                       \u{e0041}\u{200b}\u{fff9}\u{115f}\u{2028}end";

/// A command that is still running after this long serves or waits.
const LONG: Duration = Duration::from_secs(4);

/// Runs a command to its end, or for [`LONG`], in colour, and gives what it printed.
fn printed(command: &mut Command, input: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let [out, err] = ["out", "err"].map(|it| folder.path().join(it));
    let mut child = command
        .env("CLICOLOR_FORCE", "1")
        .stdin(Stdio::piped())
        .stdout(File::create(&out).unwrap())
        .stderr(File::create(&err).unwrap())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() && begun.elapsed() < LONG {
        thread::sleep(Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().unwrap();
    let mut bytes = std::fs::read(out).unwrap();
    bytes.extend(std::fs::read(err).unwrap());
    bytes
}

/// Nothing but text, line ends and styles; no line that the hostile text begins.
#[track_caller]
fn is_harmless(bytes: &[u8], by: &str) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| panic!("{by}: no UTF-8"));
    assert!(!text.contains("panicked"), "{by}: {text}");
    assert!(
        !text.contains("\u{1b}[1mX"),
        "{by}: a style of theirs: {text:?}"
    );
    let mut plain = String::new();
    for (number, part) in text.split('\u{1b}').enumerate() {
        let after = match number {
            0 => part,
            _ => {
                let style = part.strip_prefix('[').and_then(|it| it.split_once('m'));
                let (style, after) = style.unwrap_or_else(|| panic!("{by}: {text:?}"));
                let digits = style.bytes().all(|it| it.is_ascii_digit());
                assert!(digits && style.len() < 3, "{by}: {style:?} in {text:?}");
                after
            }
        };
        plain += after;
    }
    for line in plain.lines() {
        assert_eq!(doormat_app::text::printable(line), line, "{by}");
        assert!(!line.starts_with("× forged"), "{by}: {text:?}");
    }
    assert!(!plain.contains('\r'), "{by}: {text:?}");
}

/// Every command below this one, with its words.
fn leaves(words: Vec<String>, command: &clap::Command) -> Vec<(Vec<String>, clap::Command)> {
    let mut below = command.get_subcommands().peekable();
    if below.peek().is_none() {
        return vec![(words, command.clone())];
    }
    below
        .flat_map(|it| leaves([words.clone(), vec![it.get_name().to_owned()]].concat(), it))
        .collect()
}

/// An argument with a value, as it is typed.
fn typed(arg: &Arg, value: &str) -> Vec<String> {
    match arg.get_long() {
        Some(long) => vec![format!("--{long}={value}")],
        None => vec![value.to_owned()],
    }
}

#[test]
fn no_argument_and_no_file_steers_the_terminal_in_any_command() {
    let folder = Folder::with_lesson(&[]);
    folder.write(HOSTILE, HOSTILE);
    let mut runs = 0;
    for (words, command) in leaves(Vec::new(), &doormat_app::cli::definition()) {
        let values = command
            .get_arguments()
            .filter(|it| it.get_action().takes_values());
        for (arg, value) in
            values.flat_map(|arg| [(arg, HOSTILE), (arg, "no such\n× forged\u{1b}[1mX")])
        {
            let required = command.get_arguments();
            let others = required.filter(|it| it.is_required_set() && it.get_id() != arg.get_id());
            let mut args = words.clone();
            args.extend(others.flat_map(|it| typed(it, "3")));
            args.extend(typed(arg, value));
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            is_harmless(
                &printed(&mut folder.doormat(&args), ""),
                &format!("{args:?}"),
            );
            runs += 1;
        }
        let mut unknown: Vec<&str> = words.iter().map(String::as_str).collect();
        let option = format!("--{HOSTILE}");
        unknown.push(&option);
        is_harmless(
            &printed(&mut folder.doormat(&unknown), ""),
            "an unknown option",
        );
    }
    assert!(runs > 100, "{runs}");
}

#[test]
fn no_message_steers_the_terminal_that_shows_what_was_read() {
    let folder = Folder::new();
    folder.write("talk", HOSTILE);
    let captures = format!("captures {HOSTILE}");
    let [escrow, key] = ["escrow.pcapng", "escrow.key"].map(|it| format!("{captures}/{it}"));
    for args in [
        &["demo", "--messages", "talk", "--captures", &captures][..],
        &["demo", "--messages", "talk", "--json"],
        &["attack", &escrow, "--escrow-key", &key],
        &["attack", &escrow, "--escrow-key", &key, "--out", "-"],
        &["attack", &escrow, "--escrow-key", &key, "--json"],
        &["inspect", &escrow],
        &["inspect", &escrow, "--json"],
        &["inspect", &escrow, "--escrow-key", &key, "--html", HOSTILE],
        &["authority", "new", "--out", HOSTILE],
        &[
            "generate",
            "--messages",
            "5",
            "--out",
            &format!("{HOSTILE}.pcapng"),
        ],
        &[
            "matrix",
            "explain",
            "escrow-key",
            "escrow",
            "--messages",
            "talk",
        ],
    ] {
        let shown = printed(&mut folder.doormat(args), "");
        assert!(!shown.is_empty(), "{args:?}");
        is_harmless(&shown, &format!("{args:?}"));
    }
}

#[test]
fn no_hand_in_steers_the_instructors_terminal() {
    let folder = Folder::new();
    folder.ok(&["lab", "start", "leak"]);
    folder.write(
        "roster",
        format!("self-study,{}\n", HOSTILE.replace(['\n', '\r'], " ")),
    );
    let answers = folder.read("leak/answer.txt");
    let one_line = HOSTILE.replace(['\n', '\r'], " ");
    let answers = answers
        .lines()
        .map(|it| match it.starts_with('#') || it.is_empty() {
            true => it.to_owned(),
            false => format!("{it} {one_line}"),
        });
    folder.write("leak/answer.txt", answers.collect::<Vec<_>>().join("\n"));
    let class = format!("class {HOSTILE}");
    std::fs::create_dir(folder.path(&class)).unwrap();
    for (name, file, contents) in [
        (HOSTILE, "progress.json", folder.read("leak/progress.json")),
        (HOSTILE, "answer.txt", folder.read("leak/answer.txt")),
        (
            "b",
            "progress.json",
            r#"{"\u001b[2J\n× forged":1}"#.to_owned(),
        ),
        ("c", "progress.json", HOSTILE.to_owned()),
    ] {
        let path = folder.path(&class).join(name);
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(file), contents).unwrap();
    }
    for args in [
        &["lab", "check", "leak"][..],
        &["lab", "check", "leak", HOSTILE],
        &["lab", "status"],
        &["lab", "list"],
        &["lab", "hint", "leak"],
        &["lab", "reset", "leak", "--folder", HOSTILE],
        &["lab", "grade", &class, "--roster", "roster"],
        &["lab", "grade", &class, "--roster", "roster", "--csv"],
        &["lab", "grade", &class, "--roster", "roster", "--json"],
    ] {
        is_harmless(
            &printed(&mut folder.doormat(args), ""),
            &format!("{args:?}"),
        );
    }
}

#[test]
fn no_relay_steers_the_terminal_of_a_chat() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(format!("HTTP/1.1 400 {HOSTILE}\r\n\r\n").as_bytes());
        }
    });
    let args = [
        "chat", "--as", "ada", "--with", "bela", "--home", HOSTILE, "--relay", &url,
    ];
    is_harmless(&printed(&mut folder.doormat(&args), HOSTILE), "chat");
}
