//! A lesson that was interrupted: what is gone on with, what is put aside, what is refused.

use std::{fs, os::unix::fs::symlink};

use crate::common::lesson::{Lesson, fails};
use serde_json::{Value, json};

#[test]
fn an_interrupted_lesson_is_gone_on_with_and_a_fresh_one_is_not() {
    let lesson = Lesson::start(&[]);
    let said = json!({ "do": "say", "sender": "bob", "text": "still there?" });
    lesson.command(&said);
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    let (stage, token) = (lesson.told("stage"), lesson.token.clone());
    let lesson = lesson.again(&[]);
    lesson.process.out.says("Going on in scene 5 of 8");
    assert_eq!(lesson.token, token);
    let again = lesson.told("stage");
    assert_eq!(
        (&again["lines"], &again["sides"]),
        (&stage["lines"], &stage["sides"])
    );
    // Another conversation is another lesson, for the same pages.
    let lesson = lesson.again(&["--seed", "8"]);
    assert_eq!((lesson.scene(), &lesson.token), (0, &token));
    let lesson = lesson.again(&["--fresh"]);
    assert_eq!(lesson.scene(), 0);
    assert_ne!(lesson.token, token);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(lesson.path("home/lesson.json"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_number_that_was_drawn_is_the_lessons_until_it_ends() {
    let lesson = Lesson::start(&["--seed", "random"]);
    lesson.command(&json!({ "do": "next" }));
    let seed = lesson.told("state")["seed"].clone();
    let lesson = lesson.again(&[]);
    assert_eq!((lesson.scene(), &lesson.told("state")["seed"]), (1, &seed));
    let lesson = lesson.again(&["--fresh"]);
    assert_ne!(lesson.told("state")["seed"], seed);
}

#[test]
fn a_kept_lesson_that_is_none_is_refused_by_its_name() {
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path().to_str().unwrap();
    for damage in ["", "{", "[]", "{\"at\":0}", &"x".repeat(5 * 1024 * 1024)] {
        fs::write(home.path().join("lesson.json"), damage).unwrap();
        let said = fails(&["--home", home_path]);
        assert!(
            said.contains("lesson.json") && said.contains("--fresh"),
            "{said}"
        );
    }
    // What was kept, altered: never a panic, whatever it says.
    let lesson = Lesson::start(&[]);
    let kept = fs::read_to_string(lesson.path("home/lesson.json")).unwrap();
    drop(lesson);
    let now: Value = serde_json::from_str(&kept).unwrap();
    let long = json!((0..201).map(|_| ("alice", "x")).collect::<Vec<_>>());
    let altered = [
        ("said", long),
        ("said", json!([["mallory", "x"]])),
        ("said", json!([["alice", "x".repeat(281)]])),
        ("said", json!([["alice", ""]])),
        ("scene", json!("nowhere")),
    ];
    for (name, value) in altered {
        let mut kept = now.clone();
        kept["lesson"][name] = value;
        fs::write(home.path().join("lesson.json"), kept.to_string()).unwrap();
        let said = fails(&["--home", home_path]);
        assert!(
            said.contains("it is no lesson") && said.contains("--fresh"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_lesson_that_does_not_fit_the_command_is_put_aside_and_said_to_be() {
    let lesson = Lesson::start(&[]);
    lesson.command(&json!({ "do": "say", "sender": "bob", "text": "keep me" }));
    assert_eq!(lesson.told("state")["resumed"], false);
    // A command that cannot begin puts nothing aside.
    let blocked = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = blocked.local_addr().unwrap().to_string();
    let home = lesson.path("home");
    let other = tempfile::tempdir().unwrap();
    fs::copy(home.join("lesson.json"), other.path().join("lesson.json")).unwrap();
    let said = fails(&[
        "--home",
        other.path().to_str().unwrap(),
        "--seed",
        "8",
        "--listen",
        &taken,
    ]);
    assert!(said.contains(&taken), "{said}");
    drop(blocked);
    assert!(other.path().join("lesson.json").exists());
    let lesson = lesson.again(&["--seed", "8"]);
    lesson.process.out.says("it is in home/lesson.before.json");
    assert_eq!(lesson.told("state")["resumed"], false);
    let aside = lesson.path("home/lesson.before.json");
    assert!(fs::read_to_string(&aside).unwrap().contains("keep me"));
    // And the way back that was told.
    fs::rename(aside, lesson.path("home/lesson.json")).unwrap();
    let lesson = lesson.again(&["--seed", "7"]);
    assert_eq!(lesson.told("state")["resumed"], true);
    assert_eq!(lesson.told("state")["messages"], 9);
}

#[test]
fn an_old_lesson_stops_nobody_whatever_it_is() {
    let lesson = Lesson::start(&[]);
    let old = r#"{ "at": { "secs": 1, "nanos": 0 }, "of": "a version to come" }"#;
    fs::write(lesson.path("home/lesson.json"), old).unwrap();
    let lesson = lesson.again(&[]);
    assert_eq!(lesson.scene(), 0);
}

#[test]
fn what_a_link_in_the_folder_points_to_is_left_as_it_is() {
    let lesson = Lesson::start(&[]);
    let precious = lesson.path("precious.txt");
    fs::write(&precious, "mine").unwrap();
    for name in ["lesson.lock", "lesson.new"] {
        let link = lesson.path("home").join(name);
        let _ = fs::remove_file(&link);
        symlink(&precious, link).unwrap();
    }
    let lesson = lesson.again(&[]);
    lesson.command(&json!({ "do": "next" }));
    assert_eq!(fs::read_to_string(precious).unwrap(), "mine");
}
