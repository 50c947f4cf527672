//! Data flows one way: which room may use which.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room, and the rooms of ours that it may use. A new room must be entered here.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("crypto", &[]),
    ("protocol", &["crypto"]),
    ("mode", &["crypto", "protocol"]),
    ("escrow", &["crypto", "protocol"]),
    ("tape", &[]),
    ("transport", &["crypto", "protocol", "tape"]),
    ("attack", &["crypto", "protocol", "escrow", "tape"]),
    (
        "experiment",
        &[
            "crypto",
            "protocol",
            "mode",
            "escrow",
            "tape",
            "transport",
            "attack",
        ],
    ),
    ("report", &["attack", "experiment", "protocol", "tape"]),
    (
        "lab",
        &[
            "attack",
            "crypto",
            "escrow",
            "experiment",
            "mode",
            "protocol",
            "report",
            "tape",
            "transport",
        ],
    ),
    (
        "present",
        &[
            "attack",
            "crypto",
            "experiment",
            "protocol",
            "report",
            "transport",
        ],
    ),
    (
        "cli",
        &[
            "attack",
            "crypto",
            "escrow",
            "experiment",
            "lab",
            "mode",
            "present",
            "protocol",
            "report",
            "tape",
            "transport",
        ],
    ),
];

/// What an attacker must never touch: participants' state.
const STATE: [&str; 4] = ["device", "session", "Device", "Session"];

/// Attackers who take part have devices of their own.
const WITH_DEVICES: [&str; 2] = ["key_substitution.rs", "ghost_device.rs"];

#[test]
fn each_room_uses_only_the_rooms_below_it() {
    for (room, allowed) in ALLOWED {
        for file in sources(&src().join(room)) {
            for used in used_rooms(&code(&file)) {
                assert!(
                    used == room || allowed.contains(&used.as_str()),
                    "{}: {room} must not use {used}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn every_room_is_known_to_this_test() {
    let found: BTreeSet<String> = fs::read_dir(src())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let known = ALLOWED.map(|(room, _)| room.to_owned()).into();
    assert_eq!(found, known);
}

#[test]
fn attackers_never_touch_a_participants_state() {
    for file in sources(&src().join("attack")) {
        if WITH_DEVICES.iter().any(|own| file.ends_with(own)) {
            continue;
        }
        for path in paths(&code(&file)) {
            let touched = path
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .find(|word| STATE.contains(word));
            assert_eq!(touched, None, "{}: {path}", file.display());
        }
    }
}

#[test]
fn only_the_command_line_prints_or_touches_files_and_clocks() {
    let forbidden = [
        "std::fs",
        "std::env",
        "SystemTime",
        "Instant::now",
        "stdout()",
        "stderr()",
    ];
    for (room, _) in ALLOWED.iter().filter(|(room, _)| *room != "cli") {
        for file in sources(&src().join(room)) {
            // The relay's store is a database on disk: files are what it is about.
            if file.components().any(|part| part.as_os_str() == "store") {
                continue;
            }
            for word in forbidden {
                assert!(!code(&file).contains(word), "{}: {word}", file.display());
            }
        }
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|ext| ext == "rs"))
        .collect()
}

/// A file without its comments.
fn code(file: &Path) -> String {
    fs::read_to_string(file)
        .unwrap()
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every path that begins at the crate's root, braces and all.
fn paths(code: &str) -> Vec<String> {
    code.split("crate::")
        .skip(1)
        .map(|rest| {
            let end = rest.find([';', '(', ')']).unwrap_or(rest.len());
            rest.get(..end).unwrap_or_default().to_owned()
        })
        .collect()
}

fn used_rooms(code: &str) -> BTreeSet<String> {
    assert!(
        !code.contains("use crate::{"),
        "import rooms one by one, so that this test can see them"
    );
    paths(code)
        .iter()
        .filter_map(|path| {
            path.split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
        })
        .map(str::to_owned)
        .collect()
}
