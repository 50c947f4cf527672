//! The lab for CTFd: what its own tool says of the export.

use std::{fs, process::Command};

use crate::common::lab::{Desk, reference, said};
use doormat_app::lab::{answer_search::contains_answer, library};

#[test]
fn ctfd_s_own_tool_takes_every_challenge() {
    let desk = Desk::new();
    desk.does(&["lab", "export", "--ctfd", "ctfd"]);
    let names = exported(&desk);
    assert!(names.len() >= 14, "{names:?}");
    for name in names {
        let output = Command::new("ctf")
            .args(["challenge", "lint", &name])
            .current_dir(desk.path("ctfd"))
            .output()
            .unwrap_or_else(|error| panic!("ctf, which scripts/test installs: {error}"));
        let said = said(&output);
        assert!(
            said.contains("Lint didn't find any issues"),
            "{name}: {said}"
        );
    }
}

#[test]
fn the_tool_does_refuse_a_file_in_which_a_flag_can_be_read() {
    let desk = Desk::new();
    desk.does(&["lab", "export", "--ctfd", "ctfd", "leak"]);
    let tape = desk.path("ctfd/leak/tape.pcapng");
    let mut bytes = fs::read(&tape).unwrap();
    bytes.extend_from_slice(b"flag{oops}");
    fs::write(tape, bytes).unwrap();
    let output = Command::new("ctf")
        .args(["challenge", "lint", "leak"])
        .current_dir(desk.path("ctfd"))
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn the_flag_is_what_the_reference_solution_finds_and_stands_in_no_file() {
    let desk = Desk::new();
    desk.does(&["lab", "export", "--ctfd", "ctfd", "--cohort", "monday"]);
    desk.does(&["lab", "export", "--ctfd", "other", "--cohort", "tuesday"]);
    for exercise in library::all().unwrap() {
        let (name, about) = (&exercise.name, &exercise.about);
        // Two kinds read what is asked from the brief, which CTFd has as a description.
        if !exported(&desk).contains(name)
            || ["fix", "metadata", "dialect", "jurisdictions"].contains(&about.kind.as_str())
        {
            continue;
        }
        let found = reference(&exercise, &desk.path(&format!("ctfd/{name}")));
        let parts = about
            .parts
            .iter()
            .map(|it| it.form.spell(&found.0[&it.name]).unwrap());
        let flag = parts.collect::<Vec<_>>().join(";");
        let challenge = |of: &str| {
            fs::read_to_string(desk.path(&format!("{of}/{name}/challenge.yml"))).unwrap()
        };
        let line = format!("content: \"flag{{{flag}}}\"");
        assert!(challenge("ctfd").contains(&line), "{name}: {line}");
        assert!(!challenge("other").contains(&line), "{name}");
        for entry in fs::read_dir(desk.path(&format!("ctfd/{name}"))).unwrap() {
            let path = entry.unwrap().path();
            if !path.ends_with("challenge.yml") {
                assert!(
                    !contains_answer(&fs::read(&path).unwrap(), &flag),
                    "{path:?}"
                );
            }
        }
    }
}

#[test]
fn the_export_says_what_a_flag_cannot_do() {
    let desk = Desk::new();
    desk.does(&["lab", "course", "new", "--out", "autumn.course"]);
    let said = desk.does(&["lab", "export", "--ctfd", "open"]);
    assert!(said.contains("anybody can compute these flags"), "{said}");
    assert!(
        said.contains("Left out, because a test judges them and not a flag: 1994"),
        "{said}"
    );
    let said = desk.does(&[
        "lab",
        "export",
        "--ctfd",
        "own",
        "--course",
        "autumn.course",
    ]);
    assert!(!said.contains("anybody can compute"), "{said}");
    let readme = fs::read_to_string(desk.path("own/README.md")).unwrap();
    for words in [
        "CTFd binds no flag to a user",
        "--cohort tuesday",
        "no one flag is right: 1994",
    ] {
        assert!(readme.contains(words), "{words}: {readme}");
    }
    let flags = |of: &str| {
        let text = fs::read_to_string(desk.path(of).join("leak/challenge.yml")).unwrap();
        text.lines()
            .filter(|it| it.contains("content: \"flag{"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_ne!(flags("open"), flags("own"));
}

fn exported(desk: &Desk) -> Vec<String> {
    let config = fs::read_to_string(desk.path("ctfd/.ctf/config")).unwrap();
    let (_, challenges) = config.split_once("[challenges]\n").unwrap();
    let names = challenges.lines().filter_map(|it| it.split_once(" = "));
    names.map(|(name, _)| name.to_owned()).collect()
}
