//! Interrupted lessons: when one is resumed, put aside or refused.

use std::{fs, os::unix::fs::symlink, process::Command};

use crate::common::{
    lesson::{LessonProcess, present_fails},
    process::{Process, until},
};
use serde_json::{Value, json};

#[test]
fn an_interrupted_lesson_is_resumed_unless_a_fresh_one_is_asked_for() {
    let lesson = LessonProcess::start(&[]);
    let said = json!({ "do": "say", "sender": "bob", "text": "still there?" });
    lesson.command(&said);
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    let (stage, token) = (lesson.event("stage"), lesson.token.clone());
    let lesson = lesson.restart(&[]);
    lesson.process.out.says("Going on in scene 5 of 8");
    assert_eq!(lesson.token, token);
    let again = lesson.event("stage");
    assert_eq!(
        (&again["lines"], &again["sides"]),
        (&stage["lines"], &stage["sides"])
    );
    // With another seed it is another lesson; the pages' token stays.
    let lesson = lesson.restart(&["--seed", "8"]);
    assert_eq!((lesson.scene(), &lesson.token), (0, &token));
    let lesson = lesson.restart(&["--fresh"]);
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
fn a_random_seed_is_kept_when_the_lesson_resumes() {
    let lesson = LessonProcess::start(&["--seed", "random"]);
    lesson.command(&json!({ "do": "next" }));
    let seed = lesson.event("state")["seed"].clone();
    let lesson = lesson.restart(&[]);
    assert_eq!((lesson.scene(), &lesson.event("state")["seed"]), (1, &seed));
    let lesson = lesson.restart(&["--fresh"]);
    assert_ne!(lesson.event("state")["seed"], seed);
}

#[test]
fn a_damaged_saved_lesson_is_refused_by_its_name() {
    let home = tempfile::tempdir().unwrap();
    let home_path = home.path().to_str().unwrap();
    for damage in ["", "{", "[]", "{\"at\":0}", &"x".repeat(5 * 1024 * 1024)] {
        fs::write(home.path().join("lesson.json"), damage).unwrap();
        let said = present_fails(&["--home", home_path]);
        assert!(
            said.contains("lesson.json") && said.contains("--fresh"),
            "{said}"
        );
    }
    // Valid JSON that no lesson can have saved.
    let lesson = LessonProcess::start(&[]);
    let saved = fs::read_to_string(lesson.path("home/lesson.json")).unwrap();
    drop(lesson);
    let now: Value = serde_json::from_str(&saved).unwrap();
    let long = json!((0..201).map(|_| ("alice", "x")).collect::<Vec<_>>());
    let altered = [
        ("said", long),
        ("said", json!([["mallory", "x"]])),
        ("said", json!([["alice", "x".repeat(281)]])),
        ("said", json!([["alice", ""]])),
        ("scene", json!("nowhere")),
    ];
    for (name, value) in altered {
        let mut saved = now.clone();
        saved["lesson"][name] = value;
        fs::write(home.path().join("lesson.json"), saved.to_string()).unwrap();
        let said = present_fails(&["--home", home_path]);
        assert!(
            said.contains("it is no lesson") && said.contains("--fresh"),
            "{name}: {said}"
        );
    }
}

#[test]
fn a_lesson_that_does_not_fit_the_options_is_put_aside_with_a_notice() {
    let lesson = LessonProcess::start(&[]);
    lesson.command(&json!({ "do": "say", "sender": "bob", "text": "keep me" }));
    assert_eq!(lesson.event("state")["resumed"], false);
    // A server that cannot start puts nothing aside.
    let blocked = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = blocked.local_addr().unwrap().to_string();
    let home = lesson.path("home");
    let other = tempfile::tempdir().unwrap();
    fs::copy(home.join("lesson.json"), other.path().join("lesson.json")).unwrap();
    let said = present_fails(&[
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
    let lesson = lesson.restart(&["--seed", "8"]);
    lesson.process.out.says("it is in home/lesson.before.json");
    assert_eq!(lesson.event("state")["resumed"], false);
    let aside = lesson.path("home/lesson.before.json");
    assert!(fs::read_to_string(&aside).unwrap().contains("keep me"));
    // The way back that the notice gives.
    fs::rename(aside, lesson.path("home/lesson.json")).unwrap();
    let lesson = lesson.restart(&["--seed", "7"]);
    assert_eq!(lesson.event("state")["resumed"], true);
    assert_eq!(lesson.event("state")["messages"], 9);
}

#[test]
fn an_old_lesson_is_ignored_in_whatever_format() {
    let lesson = LessonProcess::start(&[]);
    let old = r#"{ "at": { "secs": 1, "nanos": 0 }, "of": "a version to come" }"#;
    fs::write(lesson.path("home/lesson.json"), old).unwrap();
    let lesson = lesson.restart(&[]);
    assert_eq!(lesson.scene(), 0);
}

#[test]
fn links_in_the_folder_are_not_followed() {
    let lesson = LessonProcess::start(&[]);
    let precious = lesson.path("precious.txt");
    fs::write(&precious, "mine").unwrap();
    for name in ["lesson.lock", "lesson.new"] {
        let link = lesson.path("home").join(name);
        let _ = fs::remove_file(&link);
        symlink(&precious, link).unwrap();
    }
    let lesson = lesson.restart(&[]);
    lesson.command(&json!({ "do": "next" }));
    assert_eq!(fs::read_to_string(precious).unwrap(), "mine");
}

/// Changes when a lesson was saved, as if the clock had been set since.
fn saved_at(lesson: &LessonProcess, at: impl Fn(u64) -> u64) {
    let file = lesson.path("home/lesson.json");
    let mut saved: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let seconds = saved["at"]["secs"].as_u64().unwrap();
    saved["at"]["secs"] = json!(at(seconds));
    fs::write(&file, saved.to_string()).unwrap();
}

#[test]
fn a_clock_that_was_set_costs_no_lesson() {
    let mut lesson = LessonProcess::start(&[]);
    lesson.command(&json!({ "do": "say", "sender": "bob", "text": "still there?" }));
    lesson.command(&json!({ "do": "jump", "scene": 4 }));
    // Set back: the lesson was saved in the future, and goes on.
    for later in [600, 10_000_000] {
        lesson.process.kill();
        saved_at(&lesson, |seconds| seconds + later);
        lesson = lesson.restart(&[]);
        lesson.process.out.says("Going on in scene 5 of 8");
    }
    // Set forward: it looks old. A new one begins, and the old one is put aside.
    lesson.process.kill();
    saved_at(&lesson, |seconds| seconds - 3 * 60 * 60);
    lesson = lesson.restart(&[]);
    lesson.process.out.says("is more than two hours old");
    let aside = fs::read_to_string(lesson.path("home/lesson.before.json")).unwrap();
    assert!(aside.contains("still there?"));
}

#[test]
fn the_token_is_on_no_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("xdg-open");
    let asked = folder.path().join("asked");
    let text = format!("#!/bin/sh\necho \"$@\" > {}\n", asked.display());
    fs::write(&script, text).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&script, executable).unwrap();
    let path = format!(
        "{}:{}",
        folder.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_doormat"));
    command
        .args([
            "present",
            "--open",
            "--home",
            "home",
            "--listen",
            "127.0.0.1:0",
        ])
        .env("PATH", path)
        .current_dir(folder.path());
    let lesson = Process::start(&mut command);
    let line = lesson.out.says("projector");
    let page = line.split_whitespace().last().unwrap();
    let (_, token) = page.split_once('#').unwrap();
    until("the browser is started", || {
        fs::read_to_string(&asked).is_ok_and(|it| it.ends_with('\n'))
    });
    let asked = fs::read_to_string(&asked).unwrap();
    assert!(!asked.contains(token), "{asked}");
    assert!(fs::read_to_string(asked.trim()).unwrap().contains(page));
    let permissions = fs::metadata(asked.trim()).unwrap().permissions();
    let mode = std::os::unix::fs::PermissionsExt::mode(&permissions);
    assert_eq!(mode & 0o777, 0o600);
}
