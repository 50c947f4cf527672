//! The lab for instructors: a course of their own, a class, marks that nobody wrote by hand.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use crate::common::lab::{Desk, reference};
use doormat_app::lab::library;

/// A course, a roster of so many, and their folders.
fn class(students: usize, exercises: &[&str], how: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.does(&["lab", "course", "new", "--out", "autumn.course"]);
    let roster: Vec<String> = (1..=students)
        .map(|it| format!("s{it},Student {it}"))
        .collect();
    fs::write(
        desk.path("class.csv"),
        format!("Student_ID,name\n{}\n", roster.join("\n")),
    )
    .unwrap();
    let mut args = vec![
        "lab",
        "course",
        "hand-out",
        "--course",
        "autumn.course",
        "--roster",
        "class.csv",
        "--out",
        "folders",
    ];
    args.extend(how);
    args.extend(exercises);
    desk.does(&args);
    desk
}

/// Writes the right answers into a student's folder.
fn solve(desk: &Desk, student: &str, exercise: &str) -> String {
    let all = library::all().unwrap();
    let exercise = library::named(&all, exercise).unwrap();
    let folder = desk.path(&format!("folders/{student}/{}", exercise.name));
    let answers = reference(exercise, &folder);
    let lines: Vec<String> = answers
        .0
        .iter()
        .map(|(part, it)| format!("{part}: {it}\n"))
        .collect();
    fs::write(folder.join("answer.txt"), lines.concat()).unwrap();
    lines.concat()
}

const GRADE: [&str; 7] = [
    "lab",
    "grade",
    "folders",
    "--roster",
    "class.csv",
    "--course",
    "autumn.course",
];

fn graded(desk: &Desk) -> Vec<serde_json::Value> {
    let said = desk.does(&[&GRADE[..], &["--json"]].concat());
    let graded: serde_json::Value = serde_json::from_str(&said).unwrap();
    graded["rows"].as_array().unwrap().clone()
}

#[test]
fn a_courses_secret_is_its_makers_and_is_never_overwritten() {
    let desk = Desk::new();
    desk.does(&["lab", "course", "new", "--out", "autumn.course"]);
    let mode = fs::metadata(desk.path("autumn.course"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(desk.path("autumn.course")).unwrap();
    assert!(
        desk.fails(&["lab", "course", "new", "--out", "autumn.course"])
            .contains("it exists already")
    );
    assert_eq!(fs::read(desk.path("autumn.course")).unwrap(), before);
    desk.does(&["lab", "course", "new", "--out", "spring.course"]);
    assert_ne!(fs::read(desk.path("spring.course")).unwrap(), before);
}

#[test]
fn a_class_of_thirty_is_made_and_graded() {
    let names = ["listen", "leak", "two-of-three"];
    let desk = class(30, &names, &[]);
    for student in 1..=10 {
        solve(&desk, &format!("s{student}"), "leak");
    }
    let rows = graded(&desk);
    assert_eq!(rows.len(), 90);
    for row in &rows {
        let number: u32 = row["student"].as_str().unwrap()[1..].parse().unwrap();
        let solved = row["exercise"] == "leak" && number <= 10;
        assert_eq!(row["solved"], solved, "{row}");
        assert_eq!(row["name"], format!("Student {number}"));
        assert_eq!(row["notes"].as_array().unwrap().len(), 0, "{row}");
    }
    let csv = desk.does(&[&GRADE[..], &["--csv"]].concat());
    assert_eq!(csv.lines().count(), 91);
    assert!(
        csv.lines()
            .nth(2)
            .unwrap()
            .starts_with("s1,Student 1,leak,yes,3,3,50,"),
        "{csv}"
    );
    assert!(desk.does(&GRADE).contains("10 of 90 folders solved."));
}

#[test]
fn without_the_secret_a_folder_gives_no_answer_away() {
    let desk = class(1, &["leak"], &[]);
    let folder = desk.path("folders/s1/leak");
    let right = solve(&desk, "s1", "leak");
    let at = ["--folder", "folders/s1/leak"];
    let wrong = desk.does(&[&["lab", "check", "leak", "number=1"], &at[..]].concat());
    let noted = desk.does(&[&["lab", "check", "leak"], &at[..]].concat());
    assert_eq!(wrong, noted, "right or wrong, nothing is said");
    assert!(noted.contains("your instructor keeps"), "{noted}");
    for refused in ["explain", "reset"] {
        assert!(
            desk.fails(&[&["lab", refused, "leak"], &at[..]].concat())
                .contains("your instructor")
        );
    }
    assert!(
        !fs::read_to_string(folder.join("progress.json"))
            .unwrap()
            .contains("variant")
    );
    // Whoever says that the course is the public one is judged by another variant.
    fs::write(folder.join("answer.txt"), right).unwrap();
    let progress = fs::read_to_string(folder.join("progress.json")).unwrap();
    let id = desk.progress("folders/s1/leak")["course"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::write(
        folder.join("progress.json"),
        progress.replace(&id, "public"),
    )
    .unwrap();
    let judged = desk.does(&[&["lab", "check", "leak"], &at[..]].concat());
    assert!(!judged.contains("Solved."), "{judged}");
    let row = &graded(&desk)[0];
    assert_eq!(row["solved"], true);
    assert!(
        row["notes"][0]
            .as_str()
            .unwrap()
            .contains("made for course `public`"),
        "{row}"
    );
}

#[test]
fn a_class_that_may_check_itself_is_told_at_once() {
    let desk = class(2, &["leak"], &["--self-check"]);
    solve(&desk, "s2", "leak");
    let at = ["--folder", "folders/s2/leak"];
    assert!(
        desk.does(&[&["lab", "check", "leak"], &at[..]].concat())
            .contains("Solved.")
    );
    assert!(
        desk.does(&[&["lab", "explain", "leak"], &at[..]].concat())
            .contains("The story of")
    );
}

#[test]
fn an_answer_of_somebody_elses_is_reported_and_no_word_of_a_folder_is_believed() {
    let desk = class(4, &["leak", "1994"], &[]);
    for exercise in ["leak", "1994"] {
        let theirs = solve(&desk, "s1", exercise);
        fs::write(
            desk.path(&format!("folders/s2/{exercise}/answer.txt")),
            theirs,
        )
        .unwrap();
    }
    // Two attempts and a hint, and a story of success.
    let at = ["--folder", "folders/s3/leak"];
    for answer in ["number=1", "number=2"] {
        desk.does(&[&["lab", "check", "leak", answer], &at[..]].concat());
    }
    desk.does(&[&["lab", "hint", "leak"], &at[..]].concat());
    let path = desk.path("folders/s3/leak/progress.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"solved\": false", "\"solved\": true")).unwrap();
    fs::write(desk.path("folders/s4/leak/tape.pcapng"), "not mine").unwrap();
    fs::write(desk.path("folders/s4/1994/progress.json"), "{").unwrap();
    // Nothing in a folder is waited for, and nothing steers the instructor's terminal.
    crate::common::process::shell(&format!(
        "cd {} && rm answer.txt && mkfifo answer.txt",
        desk.path("folders/s3/1994").display()
    ));
    let hostile = r#"{"\u001b[2J":1}"#;
    fs::create_dir(desk.path("folders/s4/own")).unwrap();
    fs::write(desk.path("folders/s4/own/progress.json"), hostile).unwrap();

    let rows = graded(&desk);
    let notes = |student: &str, exercise: &str| {
        let row = rows
            .iter()
            .find(|it| it["student"] == student && it["exercise"] == exercise);
        let row = row.unwrap();
        (row["solved"].as_bool().unwrap(), row["notes"].to_string())
    };
    for exercise in ["leak", "1994"] {
        assert_eq!(notes("s1", exercise), (true, "[]".into()));
        assert_eq!(
            notes("s2", exercise),
            (false, "[\"the answer is s1's\"]".into())
        );
    }
    let (solved, noted) = notes("s3", "leak");
    assert!(
        !solved && noted.contains("says solved; its answers are not"),
        "{noted}"
    );
    let row = rows
        .iter()
        .find(|it| it["student"] == "s3" && it["exercise"] == "leak")
        .unwrap();
    assert_eq!((&row["attempts"], &row["hints"]), (&2.into(), &1.into()));
    assert!(
        notes("s4", "leak")
            .1
            .contains("not as handed out: tape.pcapng")
    );
    assert!(notes("s3", "1994").1.contains("it is not a file"));
    let said = desk.does(&[&GRADE[..], &["--json"]].concat());
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(
        said.contains("\"unreadable\":[{\"folder\":\"folders/s4/1994\""),
        "{said}"
    );
}

#[test]
fn somebody_without_a_folder_and_somebody_without_a_place_are_both_told() {
    let desk = class(2, &["leak"], &[]);
    fs::write(
        desk.path("class.csv"),
        "s1,=HYPERLINK(\"http://x\")\ns3,\"Last, First\"\n",
    )
    .unwrap();
    let csv = desk.does(&[&GRADE[..], &["--csv"]].concat());
    assert!(
        csv.contains("s1,\"'=HYPERLINK(\"\"http://x\"\")\",leak,no,"),
        "{csv}"
    );
    assert!(
        csv.contains("s3,\"Last, First\",leak,no,0,0,0,0,0,,,nothing handed in"),
        "{csv}"
    );
    assert!(
        csv.contains("s2,,leak,no,") && csv.contains("not on the roster"),
        "{csv}"
    );
}

#[test]
fn bad_input_is_answered_with_what_to_do() {
    let desk = class(1, &["leak"], &[]);
    fs::write(desk.path("twice.csv"), "id\nada\n# nobody\nbela\nADA,Ada\n").unwrap();
    fs::write(desk.path("odd.csv"), "ada\nb/e/l/a\n").unwrap();
    fs::write(desk.path("empty.csv"), "id,name\n").unwrap();
    fs::create_dir(desk.path("nothing")).unwrap();
    let secret = fs::read_to_string(desk.path("autumn.course")).unwrap();
    let changed = if secret.contains("secret: 0") {
        "secret: 1"
    } else {
        "secret: 0"
    };
    let at = secret.find("secret: ").unwrap();
    let wrong = format!("{}{changed}{}", &secret[..at], &secret[at + 9..]);
    fs::write(desk.path("wrong.course"), wrong).unwrap();
    let roster = |file| {
        vec![
            "lab",
            "grade",
            "folders",
            "--roster",
            file,
            "--course",
            "autumn.course",
        ]
    };
    for (args, words) in [
        (
            roster("twice.csv"),
            "twice.csv: line 5: ada is on it already, in line 2",
        ),
        (roster("odd.csv"), "odd.csv: line 2: a student's id is"),
        (roster("empty.csv"), "empty.csv: there is no student in it"),
        (roster("none.csv"), "none.csv: there is no such file"),
        (
            vec!["lab", "grade", "folders", "--roster", "class.csv"],
            "no --course was given",
        ),
        (
            vec![
                "lab",
                "grade",
                "folders",
                "--roster",
                "class.csv",
                "--course",
                "none",
            ],
            "there is no such course file",
        ),
        (
            vec![
                "lab",
                "grade",
                "folders",
                "--roster",
                "class.csv",
                "--course",
                "wrong.course",
            ],
            "`id` does not belong to `secret`",
        ),
        (
            vec![
                "lab",
                "grade",
                "folders",
                "--roster",
                "class.csv",
                "--course",
                "class.csv",
            ],
            "it is not a course file",
        ),
        (
            vec!["lab", "grade", "absent", "--roster", "class.csv"],
            "absent: there is no such folder",
        ),
        (
            vec!["lab", "export", "--ctfd", "folders"],
            "folders: it exists already",
        ),
    ] {
        let said = desk.fails(&args);
        assert!(said.contains(words), "{args:?}: {said}");
    }
}

#[test]
fn handing_out_again_adds_what_is_missing_and_leaves_what_is_there() {
    let desk = class(3, &["leak"], &[]);
    let mine = desk.path("folders/s1/leak/answer.txt");
    fs::write(&mine, "where: here\n").unwrap();
    fs::remove_dir_all(desk.path("folders/s2/leak")).unwrap();
    let said = desk.does(&[
        "lab",
        "course",
        "hand-out",
        "--course",
        "autumn.course",
        "--roster",
        "class.csv",
        "--out",
        "folders",
        "leak",
        "listen",
    ]);
    assert!(said.contains("2 folders were there already"), "{said}");
    assert!(said.contains("folders/: 4 folders"), "{said}");
    assert_eq!(fs::read_to_string(mine).unwrap(), "where: here\n");
    assert!(desk.path("folders/s2/leak/tape.pcapng").exists());
    assert!(desk.path("folders/s3/listen/tape.pcapng").exists());
}

#[test]
fn what_is_handed_in_twice_counts_once() {
    let desk = class(2, &["leak"], &[]);
    solve(&desk, "s1", "leak");
    let copy = desk.path("folders/copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(desk.path("folders/s1/leak")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let rows = graded(&desk);
    let points: Vec<u64> = rows
        .iter()
        .filter(|it| it["student"] == "s1")
        .map(|it| it["points"].as_u64().unwrap())
        .collect();
    assert_eq!(points.len(), 2);
    assert_eq!(points.iter().filter(|it| **it > 0).count(), 1, "{points:?}");
}

#[cfg(unix)]
#[test]
fn a_link_in_a_students_folder_is_not_written_through() {
    let desk = class(1, &["leak"], &[]);
    fs::write(desk.path("precious"), "mine").unwrap();
    for name in ["answer.txt.new", "progress.json.new"] {
        let link = desk.path("folders/s1/leak").join(name);
        std::os::unix::fs::symlink("../../../precious", link).unwrap();
    }
    desk.does(&[
        "lab",
        "check",
        "leak",
        "--folder",
        "folders/s1/leak",
        "--course",
        "autumn.course",
        "when=10:00",
    ]);
    assert_eq!(fs::read_to_string(desk.path("precious")).unwrap(), "mine");
}

#[test]
fn two_hundred_students_are_graded_in_under_ten_seconds() {
    let desk = class(200, &["listen", "leak", "seized-phone"], &[]);
    for student in (1..=200).step_by(20) {
        solve(&desk, &format!("s{student}"), "leak");
    }
    // The worst case for the search of whose it is: everybody gives one answer.
    let theirs = solve(&desk, "s1", "seized-phone");
    for student in 2..=200 {
        fs::write(
            desk.path(&format!("folders/s{student}/seized-phone/answer.txt")),
            &theirs,
        )
        .unwrap();
    }
    let begun = Instant::now();
    let rows = graded(&desk);
    let took = begun.elapsed();
    assert_eq!(rows.len(), 600);
    let told = rows
        .iter()
        .filter(|it| it["notes"].to_string().contains("the answer is s1's"));
    assert_eq!(told.count(), 199);
    // A clock proves something of the optimized program only.
    assert!(
        cfg!(debug_assertions) || took < Duration::from_secs(10),
        "{took:?}"
    );
}
