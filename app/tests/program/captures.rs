//! What is said of a capture beside what was read in it: a sum, whatever the capture.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::common::folder::Folder;
use crate::traffic::{self, connection, cut, ethernet, pcapng};

/// Checks that every packet was counted once.
#[track_caller]
pub fn assert_adds_up(capture: &Value) {
    let unread = capture["unread"].as_object().unwrap().values();
    let unread: u64 = unread.map(|it| it.as_u64().unwrap()).sum();
    let [packets, read] = ["packets", "read"].map(|name| capture[name].as_u64().unwrap());
    assert_eq!(packets, read + unread, "{capture}");
}

/// A folder with a leaked key.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.ok(&["authority", "new", "--out", "m"]);
    folder
}

fn attack<'a>(capture: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["attack", capture, "--escrow-key", "m.key"], more].concat()
}

/// Captures, how many packets each has, and what is said of it.
fn captures() -> Vec<(&'static str, Vec<u8>, u64, &'static str)> {
    let sound = connection();
    let without = |at: usize| {
        let mut frames = sound.clone();
        frames.remove(at);
        pcapng(1, &frames)
    };
    let with_others = {
        let mut frames = sound.clone();
        frames.push(ethernet(22, 0, "S", &[]));
        frames.push(ethernet(23, 9, "A", b"somebody's"));
        pcapng(1, &frames)
    };
    let limit = sound[1].len();
    let mut long = sound.clone();
    let message = traffic::masked(&[1; 120]);
    long.push(ethernet(40_000, 1 + traffic::stream().len(), "A", &message));
    vec![
        ("sound", pcapng(1, &sound), 5, ""),
        (
            "lost",
            without(3),
            4,
            "1 connection of doormat's is not whole: 15 bytes",
        ),
        (
            "middle",
            pcapng(1, &sound[3..]),
            2,
            "1 was followed from the middle, for want of the beginning",
        ),
        (
            "others",
            with_others,
            7,
            "7 packets in the file: 5 of doormat's connections; 1 of other traffic; 1 of \
             connections whose beginning is missing.",
        ),
        ("short", cut(&long, limit), 6, "1 cut short by the capture"),
    ]
}

#[test]
fn the_summary_of_every_capture_adds_up_and_says_what_is_missing() {
    let folder = folder();
    for (name, bytes, packets, says) in captures() {
        folder.write(name, bytes);
        let figures: Value = serde_json::from_str(&folder.ok(&attack(name, &["--json"]))).unwrap();
        assert_adds_up(&figures["capture"]);
        assert_eq!(figures["capture"]["packets"], packets, "{name}");
        let said = folder.ok(&attack(name, &[]));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{name}: {said}");
        let incomplete = said.contains("Messages may be missing.");
        assert_eq!(incomplete, !["sound", "others"].contains(&name), "{said}");
        // Not all was looked at: nothing is said of all.
        let of_all = said.contains("no session key on this tape is sealed");
        assert_eq!(of_all, name == "sound", "{said}");
    }
}

#[test]
fn a_capture_of_which_nothing_is_read_says_why_and_what_to_do() {
    let folder = folder();
    let frames = connection();
    for (name, bytes, says) in [
        (
            "wireless",
            pcapng(127, &frames),
            ["127 (IEEE 802.11 with radiotap)", "-i any"],
        ),
        (
            "cut",
            cut(&frames, 40),
            ["5 cut short by the capture", "tcpdump -s 0"],
        ),
        (
            "empty",
            pcapng(1, &[]),
            ["there is no packet in it", "relay's tap"],
        ),
        (
            "begun",
            pcapng(1, &[ethernet(5, 7, "A", b"whose?")]),
            [
                "1 of connections whose beginning is missing",
                "before the relay's clients",
            ],
        ),
        (
            "foreign",
            pcapng(1, &[vec![0xff; 60]]),
            [
                "none of its 1 packet is doormat's",
                "a capture of its traffic",
            ],
        ),
    ] {
        folder.write(name, bytes);
        let said = folder.fails(&attack(name, &[]));
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        for says in says {
            assert!(said.contains(says), "{name}: {said}");
        }
    }
}

#[test]
fn a_compressed_capture_is_read_or_the_command_that_unpacks_it_is_named() {
    let folder = folder();
    let packed = pack("gzip", &pcapng(1, &connection()));
    folder.write("whole.gz", &packed);
    folder.write("twice.gz", [packed.clone(), pack("gzip", b"")].concat());
    for name in ["whole.gz", "twice.gz"] {
        let figures: Value = serde_json::from_str(&folder.ok(&attack(name, &["--json"]))).unwrap();
        assert_eq!(figures["capture"]["read"], 5);
        assert!(figures["ended_early"].is_null());
    }
    folder.write("cut.gz", &packed[..packed.len() - 12]);
    let figures: Value = serde_json::from_str(&folder.ok(&attack("cut.gz", &["--json"]))).unwrap();
    let why = figures["ended_early"].as_str().unwrap();
    assert!(why.contains("cut short"), "{why}");
    folder.write("packed.zst", b"\x28\xb5\x2f\xfd and more");
    assert!(
        folder
            .fails(&attack("packed.zst", &[]))
            .contains("zstd -d packed.zst")
    );
}

#[test]
fn a_page_of_a_message_says_what_was_not_read_of_its_recording() {
    let lesson = Folder::with_lesson(&[]);
    let tape = lesson.bytes("lesson/escrow.pcapng");
    lesson.write("cut.pcapng", &tape[..tape.len() - 9]);
    let page = |capture: &str, page: &str| {
        let args = [
            "inspect",
            capture,
            "--escrow-key",
            "lesson/escrow.key",
            "--html",
            page,
        ];
        lesson.ok(&args)
    };
    assert!(!page("lesson/escrow.pcapng", "whole.html").contains("in part"));
    let said = page("cut.pcapng", "cut.html");
    assert!(
        said.contains("cut.pcapng: The recording was read in part: it is cut short"),
        "{said}"
    );
}

#[test]
fn a_seized_device_reads_a_recording_up_to_where_it_is_cut_short_and_that_is_said() {
    let folder = Folder::new();
    folder.ok(&["lab", "start", "seized-phone"]);
    let tape = folder.bytes("seized-phone/tape.pcapng");
    folder.write("cut.pcapng", &tape[..tape.len() - 9]);
    let args = [
        "attack",
        "cut.pcapng",
        "--device",
        "seized-phone/phone.json",
    ];
    let output = folder.run(&args);
    assert!(output.status.success(), "{output:?}");
    let [said, warned] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    assert!(said.contains("envelopes on the tape"), "{said}");
    assert!(warned.contains("cut.pcapng: it is cut short"), "{warned}");
}

fn pack(program: &str, bytes: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .arg("-c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap().stdout
}
