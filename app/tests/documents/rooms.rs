//! Data flows one way: which room may use which.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::common::docs::root;

/// The rooms of the laboratory, and those of its own that each may use. A new room must
/// be entered here. What the program may use, the compiler knows.
const LABORATORY: [(&str, &[&str]); 8] = [
    ("crypto", &[]),
    ("protocol", &["crypto"]),
    ("mode", &["crypto", "protocol"]),
    ("escrow", &["crypto", "protocol"]),
    ("tape", &[]),
    ("transport", &["tape"]),
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
];

/// The rooms of the program, and those of its own that each may use.
const PROGRAM: [(&str, &[&str]); 6] = [
    ("text", &[]),
    ("transport", &[]),
    ("report", &["text"]),
    ("lab", &["report", "text"]),
    ("present", &["report", "text", "transport"]),
    ("cli", &["lab", "present", "report", "text", "transport"]),
];

/// What an attacker must never touch: participants' state.
const STATE: [&str; 4] = ["device", "session", "Device", "Session"];

/// Attackers who take part have devices of their own.
const WITH_DEVICES: [&str; 2] = ["key_substitution.rs", "ghost_device.rs"];

#[test]
fn each_room_uses_only_the_rooms_below_it() {
    for (package, rooms) in [("src", &LABORATORY[..]), ("app/src", &PROGRAM[..])] {
        for (room, allowed) in rooms {
            for file in sources(&root().join(package).join(room)) {
                for used in used_rooms(&code(&file)) {
                    assert!(
                        used == *room || allowed.contains(&used.as_str()),
                        "{}: {room} must not use {used}",
                        file.display()
                    );
                }
            }
        }
        let known: BTreeSet<String> = rooms.iter().map(|(room, _)| (*room).to_owned()).collect();
        assert_eq!(folders(&root().join(package)), known);
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    for package in ["src", "app/src"] {
        let source = root().join(package);
        let imports: BTreeMap<PathBuf, BTreeSet<PathBuf>> = sources(&source)
            .into_iter()
            .map(|file| (file.clone(), imported_files(&source, &file)))
            .collect();
        for (file, others) in &imports {
            // Everything that can be reached from this file's imports.
            let mut reached = BTreeSet::new();
            let mut open: Vec<_> = others.iter().collect();
            while let Some(next) = open.pop() {
                if reached.insert(next) {
                    open.extend(imports.get(next).into_iter().flatten());
                }
            }
            assert!(!reached.contains(file), "{} imports itself", file.display());
        }
    }
}

/// The files whose items a file uses. A `mod.rs` that only hands on what its files hold is
/// no import of them.
fn imported_files(source: &Path, file: &Path) -> BTreeSet<PathBuf> {
    let here = if file.ends_with("mod.rs") || file.ends_with("lib.rs") || file.ends_with("main.rs")
    {
        file.parent().unwrap().to_owned()
    } else {
        file.with_extension("")
    };
    let code = code(file);
    let uses = code.split(';').map(str::trim_start);
    uses.filter_map(|statement| statement.strip_prefix("use "))
        .flat_map(paths_of)
        .filter_map(|path| {
            let mut at = here.clone();
            let mut steps = path.split("::").peekable();
            while let Some(step) = steps.peek() {
                match *step {
                    "crate" => at = source.to_owned(),
                    "self" => {}
                    "super" => at = at.parent()?.to_owned(),
                    step if at.join(step).is_dir() || at.join(format!("{step}.rs")).is_file() => {
                        at = at.join(step);
                    }
                    _ => break,
                }
                steps.next();
            }
            let found = [
                at.with_extension("rs"),
                at.join("mod.rs"),
                at.join("lib.rs"),
            ];
            found.into_iter().find(|it| it.is_file() && it != file)
        })
        .collect()
}

/// The paths of one `use`, its braces written out.
fn paths_of(tree: &str) -> Vec<String> {
    let Some((head, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    let inner = rest.rsplit_once('}').unwrap().0;
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for c in inner.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(c);
        }
    }
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| paths_of(part.trim()))
        .map(|path| format!("{}{path}", head.trim()))
        .collect()
}

#[test]
fn the_table_of_attacks_names_every_file_of_its_folder() {
    let folder = root().join("src/experiment/attacks");
    let table = fs::read_to_string(folder.join("mod.rs")).unwrap();
    for file in sources(&folder) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let declared = [format!("    {name}: "), format!("mod {name};")];
        assert!(
            name == "mod" || declared.iter().any(|line| table.contains(line)),
            "{name} is not in the table"
        );
    }
}

#[test]
fn attackers_never_touch_a_participants_state() {
    for file in sources(&root().join("src/attack")) {
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
fn the_laboratory_touches_no_file_no_clock_and_no_terminal() {
    touches_nothing(sources(&root().join("src")));
}

#[test]
fn only_the_command_line_prints_or_touches_files_and_clocks() {
    for (room, _) in PROGRAM.iter().filter(|(room, _)| *room != "cli") {
        let files = sources(&root().join("app/src").join(room)).into_iter();
        // The relay's store is a database on disk: files are what it is about.
        let is_store = |file: &PathBuf| file.components().any(|part| part.as_os_str() == "store");
        touches_nothing(files.filter(|file| !is_store(file)));
    }
}

/// Files of `cli` that write to a terminal themselves: the cursor, our own words, and lines of
/// JSON that are made harmless where they are made.
const WRITERS: [&str; 5] = [
    "shared/terminal.rs",
    "shared/progress.rs",
    "attack/sink.rs",
    "demo/pager.rs",
    "chat/editor/mod.rs",
];

#[test]
fn every_command_prints_through_one_file_that_makes_text_harmless() {
    let source = root().join("app/src");
    for file in sources(&source) {
        let code = code(&file);
        assert!(
            !code.contains(".display()"),
            "{file:?}: `text::printable_path` shows a path"
        );
        let writes = ["stdout()", "stderr()", "print!(", "println!("];
        let writes = writes.iter().find(|it| code.contains(*it));
        assert!(
            writes.is_none() || WRITERS.iter().any(|it| file.ends_with(it)),
            "{file:?}: {writes:?}; `terminal` prints"
        );
    }
}

fn touches_nothing(files: impl IntoIterator<Item = PathBuf>) {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::net::Tcp",
        "SystemTime",
        "Instant::now",
        "stdout()",
        "stderr()",
    ];
    for file in files {
        for word in forbidden {
            assert!(!code(&file).contains(word), "{}: {word}", file.display());
        }
    }
}

fn folders(of: &Path) -> BTreeSet<String> {
    fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
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

#[test]
fn the_reader_of_captures_knows_every_message_of_client_and_relay() {
    let control = code(&root().join("app/src/transport/control.rs"));
    let frame = code(&root().join("src/tape/wire/frame.rs"));
    let enums = control
        .split("pub enum ")
        .skip(1)
        .filter(|it| it.starts_with("Request ") || it.starts_with("Reply "));
    let mut known = 0;
    for variants in enums.map(|it| it.split("\n}").next().unwrap()) {
        let lines = variants.lines().skip(1);
        let names = lines.filter_map(|line| line.strip_prefix("    "));
        for name in names.filter(|it| it.starts_with(char::is_uppercase)) {
            let end = name.find(|it: char| !it.is_alphanumeric()).unwrap();
            let kebab: String = name[..end]
                .chars()
                .flat_map(|it| {
                    [
                        it.is_uppercase().then_some('-'),
                        Some(it.to_ascii_lowercase()),
                    ]
                })
                .flatten()
                .skip(1)
                .collect();
            assert!(frame.contains(&format!("\"{kebab}\"")), "{kebab}");
            known += 1;
        }
    }
    assert_eq!(known, 15);
}
