//! The lab for trainees and authors.

use std::{collections::BTreeMap, fs, path::Path, process::Command, thread, time::Duration};

use crate::common::lab::{WorkDir, files, reference, reference_of, stdout};
use doormat_app::lab::{Answers, Course, Handout, Student, library};

#[test]
fn every_exercise_passes_the_authors_check() {
    let dir = WorkDir::new();
    let said = dir.runs("lab verify");
    let lines: Vec<&str> = said.lines().filter(|it| it.starts_with('✓')).collect();
    assert_eq!(lines.len(), library::all().unwrap().len(), "{said}");
    assert!(lines.iter().all(|it| it.contains("10 students")), "{said}");
}

#[test]
fn there_are_fifteen_exercises_and_three_design_repairs() {
    let listed = WorkDir::new().runs("lab list --json");
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let exercises = listed["exercises"].as_array().unwrap();
    assert!(exercises.len() >= 18, "{listed}");
    for exercise in exercises {
        let names: Vec<&String> = exercise.as_object().unwrap().keys().collect();
        assert_eq!(names, ["level", "minutes", "name", "title"]);
        assert!(exercise["minutes"].as_u64().unwrap() >= 10);
    }
    let repair = |it: &&serde_json::Value| it["name"].as_str().unwrap().starts_with("fix-");
    assert_eq!(exercises.iter().filter(repair).count(), 3);
}

#[test]
fn every_exercise_is_solved_from_its_folder_alone_and_then_explained() {
    let dir = WorkDir::new();
    for exercise in library::all().unwrap() {
        let name = &exercise.name;
        dir.runs(&format!("lab start {name} --student Ada"));
        assert!(
            dir.fails(&format!("lab explain {name}"))
                .contains("not solved yet")
        );
        let answers = reference(&exercise, &dir.path(name));
        let typed: Vec<String> = answers
            .0
            .iter()
            .map(|(part, it)| format!("{part}={it}"))
            .collect();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let said = dir.runs_with(&format!("lab check {name}"), &typed);
        assert!(said.contains("Solved."), "{name}: {said}");
        assert!(
            dir.runs(&format!("lab explain {name}"))
                .contains("The story of")
        );
        // From the answer file, in which the typed answers are.
        assert!(dir.runs(&format!("lab status {name}")).contains("✓ solved"));
    }
    assert!(dir.runs("lab list").contains("All of them solved."));
}

#[test]
fn every_command_says_what_to_do_next() {
    let dir = WorkDir::new();
    assert!(
        dir.runs("lab list")
            .contains("Next: doormat lab start listen")
    );
    assert!(
        dir.runs("lab start listen")
            .contains("Next: cd listen, and read brief.md.")
    );
    let within = dir.within("listen");
    for (line, next) in [
        ("lab check listen", "Next: read brief.md"),
        (
            "lab check listen source=nobody",
            "0 of 3 right. Next: try again",
        ),
        ("lab hint listen", "Next: try again."),
        ("lab status listen", "1 attempt, 1 hint"),
    ] {
        let said = within.runs(line);
        assert!(said.contains(next), "{line}: {said}");
    }
    assert!(dir.runs("lab list").contains("Next: go on in listen/"));
}

#[test]
fn check_says_what_is_right_without_giving_away_what_is_not() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    let right = reference_of("leak", &dir.path("leak")).0;
    let where_ = format!("where={}", right["where"].to_uppercase());
    let said = dir.runs_with("lab check leak number=1 when=noon", &[&where_]);
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
fn hints_come_in_order_and_are_recorded() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    let mut before = 0;
    for tier in ["nudge", "concept", "method"] {
        let said = dir.runs("lab hint leak");
        assert!(said.contains(&format!("The {tier}")), "{said}");
        assert!(said.len() > before);
        before = said.len();
        assert_eq!(
            dir.progress("leak")["hints"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()["tier"],
            tier
        );
    }
    dir.runs("lab hint leak");
    assert_eq!(dir.progress("leak")["hints"].as_array().unwrap().len(), 3);
}

#[test]
fn what_was_solved_stays_solved_and_no_wrong_answer_replaces_a_right_one() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    let right = reference_of("leak", &dir.path("leak")).0;
    dir.runs("lab check leak number=1");
    // An answer that is not in its form is not recorded as an attempt.
    dir.runs("lab check leak when=noon");
    let attempts = dir.progress("leak")["attempts"].as_array().unwrap().len();
    assert_eq!(attempts, 1);
    let place = right["where"].trim_start_matches("the ").replace(' ', "");
    let said = dir.runs_with(
        "lab check leak",
        &[
            &format!("where=At {place}"),
            &format!("when={}", right["when"].replace(':', "")),
            &format!("number={}", right["number"]),
        ],
    );
    assert!(said.contains("Solved."), "{said}");
    let file = fs::read_to_string(dir.path("leak/answer.txt")).unwrap();

    let said = dir.runs("lab check leak number=1");
    assert!(said.contains("✗ not right   1\n"), "{said}");
    assert!(said.contains("It stays solved, at attempt 2"), "{said}");
    assert_eq!(
        fs::read_to_string(dir.path("leak/answer.txt")).unwrap(),
        file
    );
    dir.runs("lab hint leak");
    let hints = dir.progress("leak")["hints"].as_array().unwrap().len();
    assert_eq!(hints, 0, "a hint counts for nothing after that");

    fs::write(dir.path("leak/answer.txt"), "number: 1\n").unwrap();
    let said = dir.runs("lab check leak");
    assert!(said.contains("is what is graded"), "{said}");
    for _ in 0..2 {
        assert!(dir.runs("lab status leak").contains("✓ solved"));
        dir.runs("lab explain leak");
        fs::remove_file(dir.path("leak/answer.txt")).ok();
    }
}

#[test]
fn a_folder_without_its_progress_file_is_recognized() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    fs::write(dir.path("leak/progress.json"), "{").unwrap();
    let said = dir.fails("lab status");
    assert!(said.contains("it is damaged, at line 1"), "{said}");
    assert!(said.contains("1 folder could not be read"), "{said}");
    fs::remove_file(dir.path("leak/progress.json")).unwrap();
    for line in ["lab check ./leak/", "lab check ./leak/ --folder leak"] {
        let said = dir.fails(line);
        assert!(said.contains("leak/ has no progress.json"), "{said}");
    }
}

#[test]
fn a_watch_that_gives_up_says_so() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    let said = dir.fails("lab watch leak --seconds 1");
    assert!(said.contains("gave up watching"), "{said}");
}

#[test]
fn a_field_that_still_has_the_key_in_it_is_no_forgery() {
    let exercises = library::all().unwrap();
    let forgery = library::named(&exercises, "1994").unwrap();
    let student = Student::new("ada").unwrap();
    let handout = Handout::of(forgery, &Course::Public, &student).unwrap();
    let marks = handout.decoys().iter().map(|decoy| {
        let answers = Answers([(decoy.part.clone(), decoy.answer.clone())].into());
        format!("{:?}", handout.mark(&answers).0)
    });
    let marks: Vec<String> = marks.collect();
    assert!(marks.iter().all(|it| it.contains("Wrong")), "{marks:?}");
    assert!(
        marks
            .iter()
            .any(|it| it.contains("only the tag was changed")),
        "{marks:?}"
    );
}

#[test]
fn no_two_students_get_the_same_files() {
    let dir = WorkDir::new();
    for exercise in library::all().unwrap() {
        let folders = ["ada", "bela"].map(|student| {
            let folder = format!("{student}-{}", exercise.name);
            let name = &exercise.name;
            dir.runs(&format!(
                "lab start {name} --student {student} --folder {folder}"
            ));
            files(&dir.path(&folder))
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
fn a_folder_is_resumed_and_reset() {
    let dir = WorkDir::new();
    dir.runs("lab start listen --student ada");
    let before = files(&dir.path("listen"));
    assert!(dir.runs("lab start listen").contains("already"));
    assert!(
        dir.fails("lab start listen --student bela")
            .contains("is ada's")
    );
    assert_eq!(files(&dir.path("listen")), before);
    fs::write(dir.path("listen/tape.pcapng"), "scratched").unwrap();
    fs::remove_file(dir.path("listen/brief.md")).unwrap();
    let said = dir.runs("lab check listen source=nobody");
    assert!(
        said.contains("Not as handed out any more: brief.md, tape.pcapng"),
        "{said}"
    );
    dir.runs("lab reset listen");
    let mut after = files(&dir.path("listen"));
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
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    let right = reference_of("leak", &dir.path("leak")).0;
    let mut watch = crate::common::process::Process::start(
        Command::new(env!("CARGO_BIN_EXE_doormat"))
            .args(["lab", "watch", "leak", "--seconds", "60"])
            .current_dir(dir.path("")),
    );
    watch.out.says("Watching leak/answer.txt");
    watch.out.says("no answer yet");
    let write = |text: &str| fs::write(dir.path("leak/answer.txt"), text).unwrap();
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
fn an_edited_progress_file_does_not_count() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    dir.runs("lab check leak number=1");
    let path = dir.path("leak/progress.json");
    let text = fs::read_to_string(&path).unwrap();
    let solved = text.replace("\"solved\": false", "\"solved\": true");
    assert_ne!(solved, text);
    fs::write(&path, &solved).unwrap();
    assert!(dir.fails("lab explain leak").contains("not solved yet"));
    assert!(dir.runs("lab status leak").contains("not solved yet"));
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
        let said = dir.fails("lab check leak --folder leak");
        assert!(
            said.contains("progress.json") || said.contains("no exercise"),
            "{said}"
        );
    }
}

#[test]
fn bad_input_is_answered_with_what_to_do() {
    let dir = WorkDir::new();
    dir.runs("lab start leak");
    fs::create_dir(dir.path("full")).unwrap();
    fs::write(dir.path("full/mine.txt"), "mine").unwrap();
    fs::write(
        dir.path("no.course"),
        "doormat lab course, version 1\nid: 00\n",
    )
    .unwrap();
    for (line, words) in [
        ("lab start lissten", "Did you mean `listen`?"),
        ("lab start zzzzzz", "`doormat lab list` has all of them."),
        ("lab check listen", "`doormat lab start listen` makes it"),
        ("lab check listen --folder leak", "it is a folder of `leak`"),
        ("lab check leak --folder full", "no folder of the lab's"),
        ("lab check leak ice-rink", "does not say what it answers"),
        (
            "lab check leak who=me",
            "what is asked: where, when, number",
        ),
        (
            "lab start listen --folder full",
            "something else in this folder",
        ),
        ("lab start listen --student ../x", "a student's id is"),
        (
            "lab start listen --course no.course",
            "64 hexadecimal digits",
        ),
        ("lab start listen --course none", "no such course file"),
    ] {
        let said = dir.fails(line);
        assert!(said.contains(words), "{line}: {said}");
    }
    assert_eq!(fs::read(dir.path("full/mine.txt")).unwrap(), b"mine");
    fs::write(dir.path("leak/answer.txt"), [0xff, 0xfe, 0]).unwrap();
    assert!(dir.fails("lab check leak").contains("answer.txt"));
}

#[test]
fn a_wrong_choice_is_answered_with_what_the_attack_read() {
    let dir = WorkDir::new();
    dir.runs("lab start fix-the-phone");
    let brief = fs::read_to_string(dir.path("fix-the-phone/brief.md")).unwrap();
    let choices: Vec<(&str, &str)> = brief
        .lines()
        .filter_map(|it| it.strip_prefix("- **")?.split_once("**: "))
        .collect();
    assert_eq!(choices.len(), 5);
    let mut verdicts = BTreeMap::new();
    for (code, _) in &choices {
        let said = dir.runs_with("lab check fix-the-phone", &[code]);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        // What was measured is reported for the correct choice too.
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

#[test]
fn a_change_to_the_generator_that_does_not_help_is_answered_with_what_was_read() {
    let dir = WorkDir::new();
    dir.runs("lab start the-generator");
    let brief = fs::read_to_string(dir.path("the-generator/brief.md")).unwrap();
    let numbers: Vec<&str> = brief
        .lines()
        .filter_map(|it| Some(it.strip_prefix("- **")?.split_once("**: ")?.0))
        .collect();
    assert_eq!(numbers.len(), 6);
    let says = |fixes: &str| {
        let said = dir.runs(&format!("lab check the-generator fixes={fixes}"));
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = says(&numbers.join(","));
    assert!(said.contains("2 of 2 messages before the theft"), "{said}");
    let right = reference_of("the-generator", &dir.path("the-generator")).0["fixes"].clone();
    let (_, most) = right.split_once(',').unwrap();
    let said = says(most);
    assert!(
        said.contains("so does something that you did not"),
        "{said}"
    );
    assert!(says("none").contains("there are changes among them"));
    assert!(says("1").contains("no change in the brief"));
    assert!(says(&right).contains("1 of 5 right"));
}

#[test]
fn one_build_of_five_is_not_what_was_published() {
    let dir = WorkDir::new();
    dir.runs("lab start the-parcel");
    let right = reference_of("the-parcel", &dir.path("the-parcel")).0;
    let output = Command::new("sha256sum")
        .args(["-c", "published.sha256"])
        .current_dir(dir.path("the-parcel"))
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.matches(": OK").count(), 4, "{said}");
    let differs = format!("{}.build: FAILED", right["client"]);
    assert!(said.contains(&differs), "{said}");
}

/// The reader uses PyPI's `cryptography` and the specification, and no code of this program.
#[test]
fn a_reader_in_another_language_solves_your_own_attacker() {
    let dir = WorkDir::new();
    for student in ["ada", "bela", "chidi"] {
        dir.runs(&format!(
            "lab start your-own-attacker --student {student} --folder {student}"
        ));
        let brief = fs::read_to_string(dir.path(student).join("brief.md")).unwrap();
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
            .current_dir(dir.path(student))
            .output()
            .unwrap_or_else(|error| panic!("doormat-python, which scripts/test makes: {error}"));
        let texts = stdout(&output);
        let code = texts.split('"').nth(1).unwrap();
        let numbers = texts.split(|it: char| !it.is_ascii_digit());
        let number = numbers.filter(|it| it.len() == 6).find(|number| {
            let said = dir.runs_with(
                &format!("lab check your-own-attacker --folder {student} number={number}"),
                &[&format!("code={code}")],
            );
            said.contains("Solved.")
        });
        assert!(number.is_some(), "{student}: {texts}");
    }
}

#[test]
fn nothing_is_written_outside_the_folder() {
    let dir = WorkDir::new();
    dir.runs("lab list");
    dir.runs("lab start listen");
    dir.runs("lab check listen source=nobody");
    let found: Vec<_> = fs::read_dir(dir.path(""))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    assert_eq!(found, ["listen"]);
}
