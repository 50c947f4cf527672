//! The export for CTFd, as its tool `ctfcli` checks it.

use std::{fs, process::Command};

use crate::common::lab::{WorkDir, reference, stdout};
use doormat_app::lab::{answer_search::contains_answer, library};

#[test]
fn ctfcli_accepts_every_challenge() {
    let dir = WorkDir::new();
    dir.runs("lab export --ctfd ctfd");
    let names = exported(&dir);
    assert!(names.len() >= 17, "{names:?}");
    for name in names {
        let output = Command::new("ctf")
            .args(["challenge", "lint", &name])
            .current_dir(dir.path("ctfd"))
            .output()
            .unwrap_or_else(|error| panic!("ctf, which scripts/test installs: {error}"));
        let said = stdout(&output);
        assert!(
            said.contains("Lint didn't find any issues"),
            "{name}: {said}"
        );
    }
}

#[test]
fn ctfcli_refuses_a_file_that_contains_a_flag() {
    let dir = WorkDir::new();
    dir.runs("lab export --ctfd ctfd leak");
    let tape = dir.path("ctfd/leak/tape.pcapng");
    let mut bytes = fs::read(&tape).unwrap();
    bytes.extend_from_slice(b"flag{oops}");
    fs::write(tape, bytes).unwrap();
    let output = Command::new("ctf")
        .args(["challenge", "lint", "leak"])
        .current_dir(dir.path("ctfd"))
        .output()
        .unwrap();
    assert!(!output.status.success(), "{output:?}");
}

#[test]
fn the_flag_is_the_reference_solution_and_is_in_no_file() {
    let dir = WorkDir::new();
    dir.runs("lab export --ctfd ctfd --cohort monday");
    dir.runs("lab export --ctfd other --cohort tuesday");
    for exercise in library::all().unwrap() {
        let (name, about) = (&exercise.name, &exercise.about);
        // These kinds' solutions read the brief, which the export has as a description only.
        if !exported(&dir).contains(name)
            || ["fix", "generator", "metadata", "dialect", "jurisdictions"]
                .contains(&about.kind.as_str())
        {
            continue;
        }
        let found = reference(&exercise, &dir.path(&format!("ctfd/{name}")));
        let parts = about
            .parts
            .iter()
            .map(|it| it.form.spell(&found.0[&it.name]).unwrap());
        let flag = parts.collect::<Vec<_>>().join(";");
        let challenge =
            |of: &str| fs::read_to_string(dir.path(&format!("{of}/{name}/challenge.yml"))).unwrap();
        let line = format!("content: \"flag{{{flag}}}\"");
        assert!(challenge("ctfd").contains(&line), "{name}: {line}");
        assert!(!challenge("other").contains(&line), "{name}");
        for entry in fs::read_dir(dir.path(&format!("ctfd/{name}"))).unwrap() {
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
    let dir = WorkDir::new();
    dir.runs("lab course new --out autumn.course");
    let said = dir.runs("lab export --ctfd open");
    assert!(said.contains("anybody can compute these flags"), "{said}");
    assert!(
        said.contains("Left out, because a test judges them and not a flag: 1994"),
        "{said}"
    );
    let said = dir.runs("lab export --ctfd own --course autumn.course");
    assert!(!said.contains("anybody can compute"), "{said}");
    let readme = fs::read_to_string(dir.path("own/README.md")).unwrap();
    for words in [
        "CTFd binds no flag to a user",
        "--cohort tuesday",
        "no one flag is right: 1994",
    ] {
        assert!(readme.contains(words), "{words}: {readme}");
    }
    let flags = |of: &str| {
        let text = fs::read_to_string(dir.path(of).join("leak/challenge.yml")).unwrap();
        text.lines()
            .filter(|it| it.contains("content: \"flag{"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_ne!(flags("open"), flags("own"));
}

fn exported(dir: &WorkDir) -> Vec<String> {
    let config = fs::read_to_string(dir.path("ctfd/.ctf/config")).unwrap();
    let (_, challenges) = config.split_once("[challenges]\n").unwrap();
    let names = challenges.lines().filter_map(|it| it.split_once(" = "));
    names.map(|(name, _)| name.to_owned()).collect()
}
