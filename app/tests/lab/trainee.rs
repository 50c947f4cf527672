//! The lab: what a trainee and an author are promised.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use crate::common::lab::{Desk, reference, said};
use doormat_app::lab::{Answers, Course, Handout, Student, Variant, library};

#[test]
fn every_exercise_is_unsolved_as_shipped_solved_by_its_reference_and_another_for_each_student() {
    let desk = Desk::new();
    let said = desk.does(&["lab", "verify"]);
    let lines: Vec<&str> = said.lines().filter(|it| it.starts_with('✓')).collect();
    assert_eq!(lines.len(), library::all().unwrap().len(), "{said}");
    assert!(lines.iter().all(|it| it.contains("10 students")), "{said}");
}

#[test]
fn there_are_twelve_exercises_and_three_to_mend() {
    let listed = Desk::new().does(&["lab", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let exercises = listed["exercises"].as_array().unwrap();
    assert!(exercises.len() >= 15, "{listed}");
    for exercise in exercises {
        let names: Vec<&String> = exercise.as_object().unwrap().keys().collect();
        assert_eq!(names, ["level", "minutes", "name", "title"]);
        assert!(exercise["minutes"].as_u64().unwrap() >= 10);
    }
    let mend = |it: &&serde_json::Value| it["name"].as_str().unwrap().starts_with("fix-");
    assert_eq!(exercises.iter().filter(mend).count(), 3);
}

#[test]
fn every_exercise_is_solved_from_its_folder_alone_and_then_told() {
    let desk = Desk::new();
    for exercise in library::all().unwrap() {
        let name = &exercise.name;
        desk.does(&["lab", "start", name, "--student", "Ada"]);
        assert!(
            desk.fails(&["lab", "explain", name])
                .contains("not solved yet")
        );
        let answers = reference(&exercise, &desk.path(name));
        let typed: Vec<String> = answers
            .0
            .iter()
            .map(|(part, it)| format!("{part}={it}"))
            .collect();
        let mut args = vec!["lab", "check", name];
        args.extend(typed.iter().map(String::as_str));
        let said = desk.does(&args);
        assert!(said.contains("Solved."), "{name}: {said}");
        assert!(
            desk.does(&["lab", "explain", name])
                .contains("The story of")
        );
        // Believed from the answer file, not from what was typed once.
        assert!(desk.does(&["lab", "status", name]).contains("✓ solved"));
    }
    assert!(desk.does(&["lab", "list"]).contains("All of them solved."));
}

#[test]
fn a_trainee_is_always_told_what_comes_next() {
    let desk = Desk::new();
    assert!(
        desk.does(&["lab", "list"])
            .contains("Next: doormat lab start listen")
    );
    assert!(
        desk.does(&["lab", "start", "listen"])
            .contains("Next: cd listen, and read brief.md.")
    );
    let within = desk.within("listen");
    for (args, next) in [
        (vec!["lab", "check", "listen"], "Next: read brief.md"),
        (
            vec!["lab", "check", "listen", "source=nobody"],
            "0 of 3 right. Next: try again",
        ),
        (vec!["lab", "hint", "listen"], "Next: try again."),
        (vec!["lab", "status", "listen"], "1 attempt, 1 hint"),
    ] {
        let said = within.does(&args);
        assert!(said.contains(next), "{args:?}: {said}");
    }
    assert!(
        desk.does(&["lab", "list"])
            .contains("Next: go on in listen/")
    );
}

#[test]
fn check_says_what_is_right_without_giving_away_what_is_not() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    let exercises = library::all().unwrap();
    let leak = library::named(&exercises, "leak").unwrap();
    let right = reference(leak, &desk.path("leak")).0;
    let where_ = format!("where={}", right["where"].to_uppercase());
    let said = desk.does(&["lab", "check", "leak", &where_, "number=1", "when=noon"]);
    assert!(said.contains("✓ right"), "{said}");
    assert!(said.contains("✗ not right   1\n"), "{said}");
    assert!(said.contains("Give a time of day"), "{said}");
    assert!(said.contains("when=12:00"), "{said}");
    assert!(said.contains("1 of 3 right."), "{said}");
    for part in ["number", "when"] {
        assert!(!said.contains(&right[part]), "{said}");
    }
}

#[test]
fn hints_come_in_order_are_noted_and_say_more_each_time() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    let mut before = 0;
    for tier in ["nudge", "concept", "method"] {
        let said = desk.does(&["lab", "hint", "leak"]);
        assert!(said.contains(&format!("The {tier}")), "{said}");
        assert!(said.len() > before);
        before = said.len();
        assert_eq!(
            desk.progress("leak")["hints"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()["tier"],
            tier
        );
    }
    desk.does(&["lab", "hint", "leak"]);
    assert_eq!(desk.progress("leak")["hints"].as_array().unwrap().len(), 3);
}

#[test]
fn what_was_solved_stays_solved_and_no_wrong_answer_replaces_a_right_one() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    let exercises = library::all().unwrap();
    let leak = library::named(&exercises, "leak").unwrap();
    let right = reference(leak, &desk.path("leak")).0;
    desk.does(&["lab", "check", "leak", "number=1"]);
    // What has no form that could be right is no attempt.
    desk.does(&["lab", "check", "leak", "when=noon"]);
    let attempts = desk.progress("leak")["attempts"].as_array().unwrap().len();
    assert_eq!(attempts, 1);
    let place = right["where"].trim_start_matches("the ").replace(' ', "");
    let said = desk.does(&[
        "lab",
        "check",
        "leak",
        &format!("where=At {place}"),
        &format!("when={}", right["when"].replace(':', "")),
        &format!("number={}", right["number"]),
    ]);
    assert!(said.contains("Solved."), "{said}");
    let file = fs::read_to_string(desk.path("leak/answer.txt")).unwrap();

    let said = desk.does(&["lab", "check", "leak", "number=1"]);
    assert!(said.contains("✗ not right   1\n"), "{said}");
    assert!(said.contains("It stays solved, at attempt 2"), "{said}");
    assert_eq!(
        fs::read_to_string(desk.path("leak/answer.txt")).unwrap(),
        file
    );
    desk.does(&["lab", "hint", "leak"]);
    let hints = desk.progress("leak")["hints"].as_array().unwrap().len();
    assert_eq!(hints, 0, "a hint counts for nothing after that");

    fs::write(desk.path("leak/answer.txt"), "number: 1\n").unwrap();
    let said = desk.does(&["lab", "check", "leak"]);
    assert!(said.contains("is what is graded"), "{said}");
    for _ in 0..2 {
        assert!(desk.does(&["lab", "status", "leak"]).contains("✓ solved"));
        desk.does(&["lab", "explain", "leak"]);
        fs::remove_file(desk.path("leak/answer.txt")).ok();
    }
}

#[test]
fn a_folder_without_its_progress_file_is_told_what_it_is() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    fs::write(desk.path("leak/progress.json"), "{").unwrap();
    let said = desk.fails(&["lab", "status"]);
    assert!(said.contains("it is damaged, at line 1"), "{said}");
    assert!(said.contains("1 folder could not be read"), "{said}");
    fs::remove_file(desk.path("leak/progress.json")).unwrap();
    for folder in [None, Some(["--folder", "leak"])] {
        let mut args = vec!["lab", "check", "./leak/"];
        args.extend(folder.into_iter().flatten());
        let said = desk.fails(&args);
        assert!(said.contains("leak/ has no progress.json"), "{said}");
    }
}

#[test]
fn a_watch_that_gives_up_says_so() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    let said = desk.fails(&["lab", "watch", "leak", "--seconds", "1"]);
    assert!(said.contains("gave up watching"), "{said}");
}

#[test]
fn a_field_that_still_has_the_key_in_it_is_no_forgery() {
    let exercises = library::all().unwrap();
    let forgery = library::named(&exercises, "1994").unwrap();
    let student = Student::new("ada").unwrap();
    let variant = Variant::of(&Course::Public, &student, "1994");
    let made = Handout::make(forgery, &student, &variant).unwrap();
    let told = made.decoys().iter().map(|decoy| {
        let answers = Answers([(decoy.part.clone(), decoy.answer.clone())].into());
        format!("{:?}", made.mark(&answers).0)
    });
    let told: Vec<String> = told.collect();
    assert!(told.iter().all(|it| it.contains("Wrong")), "{told:?}");
    assert!(
        told.iter()
            .any(|it| it.contains("only the tag was changed")),
        "{told:?}"
    );
}

#[test]
fn no_two_students_get_the_same_files() {
    let desk = Desk::new();
    for exercise in library::all().unwrap() {
        let folders = ["ada", "bela"].map(|student| {
            let folder = format!("{student}-{}", exercise.name);
            desk.does(&[
                "lab",
                "start",
                &exercise.name,
                "--student",
                student,
                "--folder",
                &folder,
            ]);
            files(&desk.path(&folder))
        });
        let same = folders[0].iter().filter(|(name, bytes)| {
            !["answer.txt", "brief.md", "progress.json"].contains(&name.as_str())
                && folders[1].get(*name) == Some(bytes)
        });
        let same: Vec<&String> = same.map(|(name, _)| name).collect();
        assert_eq!(same, Vec::<&String>::new(), "{}", exercise.name);
    }
}

#[test]
fn a_folder_is_resumed_and_put_back() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "listen", "--student", "ada"]);
    let before = files(&desk.path("listen"));
    assert!(desk.does(&["lab", "start", "listen"]).contains("already"));
    assert!(
        desk.fails(&["lab", "start", "listen", "--student", "bela"])
            .contains("is ada's")
    );
    assert_eq!(files(&desk.path("listen")), before);
    fs::write(desk.path("listen/tape.pcapng"), "scratched").unwrap();
    fs::remove_file(desk.path("listen/brief.md")).unwrap();
    let said = desk.does(&["lab", "check", "listen", "source=nobody"]);
    assert!(
        said.contains("Not as handed out any more: brief.md, tape.pcapng"),
        "{said}"
    );
    desk.does(&["lab", "reset", "listen"]);
    let mut after = files(&desk.path("listen"));
    let answers = after.insert("answer.txt".into(), before["answer.txt"].clone());
    let answers = String::from_utf8(answers.unwrap()).unwrap();
    assert!(answers.contains("source: nobody"), "answers are kept");
    let noted = after
        .insert("progress.json".into(), before["progress.json"].clone())
        .unwrap();
    assert_eq!(after, before);
    assert!(
        String::from_utf8(noted).unwrap().contains("nobody"),
        "attempts stay noted"
    );
}

#[test]
fn watch_checks_again_when_the_answer_file_changes() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    let exercises = library::all().unwrap();
    let right = reference(
        library::named(&exercises, "leak").unwrap(),
        &desk.path("leak"),
    )
    .0;
    let mut watch = crate::common::process::Process::start(
        Command::new(env!("CARGO_BIN_EXE_doormat"))
            .args(["lab", "watch", "leak", "--seconds", "60"])
            .current_dir(desk.path("")),
    );
    watch.out.says("Watching leak/answer.txt");
    watch.out.says("no answer yet");
    let write = |text: &str| fs::write(desk.path("leak/answer.txt"), text).unwrap();
    write("where: the moon\n");
    watch.out.says("0 of 3 right.");
    thread::sleep(Duration::from_millis(50));
    write("this is no answer\n");
    watch.err.says("line 1 is not of the form");
    let all: Vec<String> = right
        .iter()
        .map(|(part, it)| format!("{part}: {it}"))
        .collect();
    write(&all.join("\n"));
    watch.out.says("Solved.");
    assert!(watch.ends().success());
}

#[test]
fn a_progress_file_edited_by_hand_is_not_believed() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    desk.does(&["lab", "check", "leak", "number=1"]);
    let path = desk.path("leak/progress.json");
    let text = fs::read_to_string(&path).unwrap();
    let solved = text.replace("\"solved\": false", "\"solved\": true");
    assert_ne!(solved, text);
    fs::write(&path, &solved).unwrap();
    assert!(
        desk.fails(&["lab", "explain", "leak"])
            .contains("not solved yet")
    );
    assert!(
        desk.does(&["lab", "status", "leak"])
            .contains("not solved yet")
    );
    for (found, put) in [
        ("\"leak\"", "\"../leak\""),
        ("\"self-study\"", "\"../../etc\""),
        ("\"started\": 1", "\"started\": -1"),
        ("version 1", "version 2"),
        ("\"hints\"", "\"sins\""),
    ] {
        let broken = text.replace(found, put);
        assert_ne!(broken, text, "{found}");
        fs::write(&path, broken).unwrap();
        let said = desk.fails(&["lab", "check", "leak", "--folder", "leak"]);
        assert!(
            said.contains("progress.json") || said.contains("no exercise"),
            "{said}"
        );
    }
}

#[test]
fn bad_input_is_answered_with_what_to_do() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "leak"]);
    fs::create_dir(desk.path("full")).unwrap();
    fs::write(desk.path("full/mine.txt"), "mine").unwrap();
    fs::write(
        desk.path("no.course"),
        "doormat lab course, version 1\nid: 00\n",
    )
    .unwrap();
    for (args, words) in [
        (vec!["lab", "start", "lissten"], "Did you mean `listen`?"),
        (
            vec!["lab", "start", "zzzzzz"],
            "`doormat lab list` has all of them.",
        ),
        (
            vec!["lab", "check", "listen"],
            "`doormat lab start listen` makes it",
        ),
        (
            vec!["lab", "check", "listen", "--folder", "leak"],
            "it is a folder of `leak`",
        ),
        (
            vec!["lab", "check", "leak", "--folder", "full"],
            "no folder of the lab's",
        ),
        (
            vec!["lab", "check", "leak", "the ice rink"],
            "does not say what it answers",
        ),
        (
            vec!["lab", "check", "leak", "who=me"],
            "what is asked: where, when, number",
        ),
        (
            vec!["lab", "start", "listen", "--folder", "full"],
            "something else in this folder",
        ),
        (
            vec!["lab", "start", "listen", "--student", "../x"],
            "a student's id is",
        ),
        (
            vec!["lab", "start", "listen", "--course", "no.course"],
            "64 hexadecimal digits",
        ),
        (
            vec!["lab", "start", "listen", "--course", "none"],
            "no such course file",
        ),
    ] {
        let said = desk.fails(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
    assert_eq!(fs::read(desk.path("full/mine.txt")).unwrap(), b"mine");
    fs::write(desk.path("leak/answer.txt"), [0xff, 0xfe, 0]).unwrap();
    assert!(desk.fails(&["lab", "check", "leak"]).contains("answer.txt"));
}

#[test]
fn a_wrong_choice_is_told_from_what_the_attack_really_read() {
    let desk = Desk::new();
    desk.does(&["lab", "start", "fix-the-phone"]);
    let brief = fs::read_to_string(desk.path("fix-the-phone/brief.md")).unwrap();
    let choices: Vec<(&str, &str)> = brief
        .lines()
        .filter_map(|it| it.strip_prefix("- **")?.split_once("**: "))
        .collect();
    assert_eq!(choices.len(), 5);
    let mut verdicts = BTreeMap::new();
    for (code, _) in &choices {
        let said = desk.does(&["lab", "check", "fix-the-phone", code]);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        // Of the right one too it is told what was measured.
        assert!(said.contains("Built and attacked."), "{said}");
        let count = verdicts.entry(said.contains("Solved.")).or_insert(0);
        *count += 1;
        if !said.contains("Solved.") {
            assert!(said.contains("Built and attacked."), "{said}");
            assert!(
                said.contains("messages before the theft were read"),
                "{said}"
            );
        }
    }
    assert_eq!(verdicts, [(false, 4), (true, 1)].into());
}

/// PyPI's `cryptography` and the specification, nothing of ours.
#[test]
fn a_reader_in_another_language_solves_your_own_attacker() {
    let desk = Desk::new();
    for student in ["ada", "bela", "chidi"] {
        desk.does(&[
            "lab",
            "start",
            "your-own-attacker",
            "--student",
            student,
            "--folder",
            student,
        ]);
        let brief = fs::read_to_string(desk.path(student).join("brief.md")).unwrap();
        let label = |of: &str| {
            let line = brief
                .lines()
                .find(|it| it.starts_with(&format!("| `doormat v1 {of}`")));
            line.unwrap().split('`').nth(3).unwrap().to_owned()
        };
        let script = "src/lab/exercises/your-own-attacker/reference.py";
        let output = Command::new("doormat-python")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args([
                "tape.pcapng",
                "escrow.key",
                &label("access"),
                &label("chain"),
            ])
            .current_dir(desk.path(student))
            .output()
            .unwrap_or_else(|error| panic!("doormat-python, which scripts/test makes: {error}"));
        let texts = said(&output);
        let code = texts.split('"').nth(1).unwrap();
        let numbers = texts.split(|it: char| !it.is_ascii_digit());
        let number = numbers.filter(|it| it.len() == 6).find(|number| {
            let said = desk.does(&[
                "lab",
                "check",
                "your-own-attacker",
                "--folder",
                student,
                &format!("code={code}"),
                &format!("number={number}"),
            ]);
            said.contains("Solved.")
        });
        assert!(number.is_some(), "{student}: {texts}");
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .map(|path: PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn nothing_is_written_but_into_the_folder() {
    let desk = Desk::new();
    desk.does(&["lab", "list"]);
    desk.does(&["lab", "start", "listen"]);
    desk.does(&["lab", "check", "listen", "source=nobody"]);
    let found: Vec<_> = fs::read_dir(desk.path(""))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(found, ["listen"]);
}
