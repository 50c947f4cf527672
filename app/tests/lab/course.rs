//! The lab for instructors: a course of their own, a class, grading.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use crate::common::lab::{WorkDir, reference_of};

/// A course, a roster of `students`, and their folders; `options` are exercises and flags.
fn class(students: usize, options: &str) -> WorkDir {
    let dir = WorkDir::new();
    dir.runs("lab course new --out autumn.course");
    let roster: Vec<String> = (1..=students)
        .map(|it| format!("s{it},Student {it}"))
        .collect();
    fs::write(
        dir.path("class.csv"),
        format!("Student_ID,name\n{}\n", roster.join("\n")),
    )
    .unwrap();
    dir.runs(&format!("{HAND_OUT} {options}"));
    dir
}

const HAND_OUT: &str =
    "lab course hand-out --course autumn.course --roster class.csv --out folders";
const GRADE: &str = "lab grade folders --roster class.csv --course autumn.course";

/// Writes the correct answers into a student's folder.
fn solve(dir: &WorkDir, student: &str, exercise: &str) -> String {
    let folder = dir.path(&format!("folders/{student}/{exercise}"));
    let answers = reference_of(exercise, &folder);
    let lines: Vec<String> = answers
        .0
        .iter()
        .map(|(part, it)| format!("{part}: {it}\n"))
        .collect();
    fs::write(folder.join("answer.txt"), lines.concat()).unwrap();
    lines.concat()
}

fn graded(dir: &WorkDir) -> Vec<serde_json::Value> {
    let said = dir.runs(&format!("{GRADE} --json"));
    let graded: serde_json::Value = serde_json::from_str(&said).unwrap();
    graded["rows"].as_array().unwrap().clone()
}

#[test]
fn a_courses_secret_is_readable_by_its_owner_only_and_never_overwritten() {
    let dir = WorkDir::new();
    dir.runs("lab course new --out autumn.course");
    let mode = fs::metadata(dir.path("autumn.course"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(dir.path("autumn.course")).unwrap();
    assert!(
        dir.fails("lab course new --out autumn.course")
            .contains("it exists already")
    );
    assert_eq!(fs::read(dir.path("autumn.course")).unwrap(), before);
    dir.runs("lab course new --out spring.course");
    assert_ne!(fs::read(dir.path("spring.course")).unwrap(), before);
}

#[test]
fn a_class_of_thirty_is_made_and_graded() {
    let dir = class(30, "listen leak two-of-three");
    for student in 1..=10 {
        solve(&dir, &format!("s{student}"), "leak");
    }
    let rows = graded(&dir);
    assert_eq!(rows.len(), 90);
    for row in &rows {
        let number: u32 = row["student"].as_str().unwrap()[1..].parse().unwrap();
        let solved = row["exercise"] == "leak" && number <= 10;
        assert_eq!(row["solved"], solved, "{row}");
        assert_eq!(row["name"], format!("Student {number}"));
        assert_eq!(row["notes"].as_array().unwrap().len(), 0, "{row}");
    }
    let csv = dir.runs(&format!("{GRADE} --csv"));
    assert_eq!(csv.lines().count(), 91);
    assert!(
        csv.lines()
            .nth(2)
            .unwrap()
            .starts_with("s1,Student 1,leak,yes,3,3,50,"),
        "{csv}"
    );
    assert!(dir.runs(GRADE).contains("10 of 90 folders solved."));
}

#[test]
fn without_the_secret_a_folder_gives_no_answer_away() {
    let dir = class(1, "leak");
    let folder = dir.path("folders/s1/leak");
    let right = solve(&dir, "s1", "leak");
    let at = "--folder folders/s1/leak";
    let wrong = dir.runs(&format!("lab check leak number=1 {at}"));
    let noted = dir.runs(&format!("lab check leak {at}"));
    assert_eq!(wrong, noted, "right or wrong, nothing is said");
    assert!(noted.contains("your instructor keeps"), "{noted}");
    for refused in ["explain", "reset"] {
        assert!(
            dir.fails(&format!("lab {refused} leak {at}"))
                .contains("your instructor")
        );
    }
    assert!(
        !fs::read_to_string(folder.join("progress.json"))
            .unwrap()
            .contains("variant")
    );
    // A folder that claims the public course is marked with the public variant.
    fs::write(folder.join("answer.txt"), right).unwrap();
    let progress = fs::read_to_string(folder.join("progress.json")).unwrap();
    let id = dir.progress("folders/s1/leak")["course"]
        .as_str()
        .unwrap()
        .to_owned();
    fs::write(
        folder.join("progress.json"),
        progress.replace(&id, "public"),
    )
    .unwrap();
    let judged = dir.runs(&format!("lab check leak {at}"));
    assert!(!judged.contains("Solved."), "{judged}");
    let row = &graded(&dir)[0];
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
fn with_self_check_answers_are_marked_at_once() {
    let dir = class(2, "leak --self-check");
    solve(&dir, "s2", "leak");
    let at = "--folder folders/s2/leak";
    assert!(
        dir.runs(&format!("lab check leak {at}"))
            .contains("Solved.")
    );
    assert!(
        dir.runs(&format!("lab explain leak {at}"))
            .contains("The story of")
    );
}

#[test]
fn a_copied_answer_is_noted_and_what_a_folder_claims_does_not_count() {
    let dir = class(4, "leak 1994");
    for exercise in ["leak", "1994"] {
        let theirs = solve(&dir, "s1", exercise);
        fs::write(
            dir.path(&format!("folders/s2/{exercise}/answer.txt")),
            theirs,
        )
        .unwrap();
    }
    // Two attempts and a hint, in a folder that claims to be solved.
    let at = "--folder folders/s3/leak";
    for answer in ["number=1", "number=2"] {
        dir.runs(&format!("lab check leak {answer} {at}"));
    }
    dir.runs(&format!("lab hint leak {at}"));
    let path = dir.path("folders/s3/leak/progress.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"solved\": false", "\"solved\": true")).unwrap();
    fs::write(dir.path("folders/s4/leak/tape.pcapng"), "not mine").unwrap();
    fs::write(dir.path("folders/s4/1994/progress.json"), "{").unwrap();
    // A pipe does not block grading, and no control character reaches the terminal.
    crate::common::process::shell(&format!(
        "cd {} && rm answer.txt && mkfifo answer.txt",
        dir.path("folders/s3/1994").display()
    ));
    let hostile = r#"{"\u001b[2J":1}"#;
    fs::create_dir(dir.path("folders/s4/own")).unwrap();
    fs::write(dir.path("folders/s4/own/progress.json"), hostile).unwrap();

    let rows = graded(&dir);
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
    let said = dir.runs(&format!("{GRADE} --json"));
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(
        said.contains("\"unreadable\":[{\"folder\":\"folders/s4/1994\""),
        "{said}"
    );
}

#[test]
fn a_missing_folder_and_a_student_who_is_not_on_the_roster_are_noted() {
    let dir = class(2, "leak");
    fs::write(
        dir.path("class.csv"),
        "s1,=HYPERLINK(\"http://x\")\ns3,\"Last, First\"\n",
    )
    .unwrap();
    let csv = dir.runs(&format!("{GRADE} --csv"));
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
    let dir = class(1, "leak");
    fs::write(dir.path("twice.csv"), "id\nada\n# nobody\nbela\nADA,Ada\n").unwrap();
    fs::write(dir.path("odd.csv"), "ada\nb/e/l/a\n").unwrap();
    fs::write(dir.path("empty.csv"), "id,name\n").unwrap();
    fs::create_dir(dir.path("nothing")).unwrap();
    let secret = fs::read_to_string(dir.path("autumn.course")).unwrap();
    let changed = if secret.contains("secret: 0") {
        "secret: 1"
    } else {
        "secret: 0"
    };
    let at = secret.find("secret: ").unwrap();
    let wrong = format!("{}{changed}{}", &secret[..at], &secret[at + 9..]);
    fs::write(dir.path("wrong.course"), wrong).unwrap();
    for (line, words) in [
        (
            "grade folders --course autumn.course --roster twice.csv",
            "twice.csv: line 5: ada is on it already, in line 2",
        ),
        (
            "grade folders --course autumn.course --roster odd.csv",
            "odd.csv: line 2: a student's id is",
        ),
        (
            "grade folders --course autumn.course --roster empty.csv",
            "empty.csv: there is no student in it",
        ),
        (
            "grade folders --course autumn.course --roster none.csv",
            "none.csv: there is no such file",
        ),
        ("grade folders --roster class.csv", "no --course was given"),
        (
            "grade folders --roster class.csv --course none",
            "there is no such course file",
        ),
        (
            "grade folders --roster class.csv --course wrong.course",
            "`id` does not belong to `secret`",
        ),
        (
            "grade folders --roster class.csv --course class.csv",
            "it is not a course file",
        ),
        (
            "grade absent --roster class.csv",
            "absent: there is no such folder",
        ),
        ("export --ctfd folders", "folders: it exists already"),
    ] {
        let said = dir.fails(&format!("lab {line}"));
        assert!(said.contains(words), "{line}: {said}");
    }
}

#[test]
fn handing_out_again_adds_what_is_missing_and_leaves_what_is_there() {
    let dir = class(3, "leak");
    let mine = dir.path("folders/s1/leak/answer.txt");
    fs::write(&mine, "where: here\n").unwrap();
    fs::remove_dir_all(dir.path("folders/s2/leak")).unwrap();
    let said = dir.runs(&format!("{HAND_OUT} leak listen"));
    assert!(said.contains("2 folders were there already"), "{said}");
    assert!(said.contains("folders/: 4 folders"), "{said}");
    assert_eq!(fs::read_to_string(mine).unwrap(), "where: here\n");
    assert!(dir.path("folders/s2/leak/tape.pcapng").exists());
    assert!(dir.path("folders/s3/listen/tape.pcapng").exists());
}

#[test]
fn what_is_handed_in_twice_counts_once() {
    let dir = class(2, "leak");
    solve(&dir, "s1", "leak");
    let copy = dir.path("folders/copy");
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir(dir.path("folders/s1/leak")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
    }
    let rows = graded(&dir);
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
    let dir = class(1, "leak");
    fs::write(dir.path("precious"), "mine").unwrap();
    for name in ["answer.txt.new", "progress.json.new"] {
        let link = dir.path("folders/s1/leak").join(name);
        std::os::unix::fs::symlink("../../../precious", link).unwrap();
    }
    dir.runs("lab check leak --folder folders/s1/leak --course autumn.course when=10:00");
    assert_eq!(fs::read_to_string(dir.path("precious")).unwrap(), "mine");
}

#[test]
fn two_hundred_students_are_graded_in_under_ten_seconds() {
    let dir = class(200, "listen leak seized-phone");
    for student in (1..=200).step_by(20) {
        solve(&dir, &format!("s{student}"), "leak");
    }
    // The worst case for the search for copies: everybody gives the same answer.
    let theirs = solve(&dir, "s1", "seized-phone");
    for student in 2..=200 {
        fs::write(
            dir.path(&format!("folders/s{student}/seized-phone/answer.txt")),
            &theirs,
        )
        .unwrap();
    }
    let begun = Instant::now();
    let rows = graded(&dir);
    let took = begun.elapsed();
    assert_eq!(rows.len(), 600);
    let told = rows
        .iter()
        .filter(|it| it["notes"].to_string().contains("the answer is s1's"));
    assert_eq!(told.count(), 199);
    // The limit holds for the optimized program only.
    assert!(
        cfg!(debug_assertions) || took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[test]
fn every_folder_is_graded_or_named_with_the_reason_and_the_summary_adds_up() {
    let dir = class(4, "leak");
    fs::remove_dir_all(dir.path("folders/s4")).unwrap();
    fs::rename(dir.path("folders/s3"), dir.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(dir.path("elsewhere"), dir.path("folders/s3")).unwrap();
    fs::write(dir.path("folders/s2/leak/progress.json"), "{").unwrap();
    fs::create_dir_all(dir.path("folders/a/b/c/d/e")).unwrap();
    let output = dir.doormat(GRADE, &[]);
    let [table, named] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    let sum = "4 folders: 1 graded, 3 that could not be. 3 of the roster not handed in.";
    assert!(table.contains(sum), "{table}{named}");
    for why in [
        "folders/s2/leak: ",
        "folders/s3: it is a link, and is not followed",
        "folders/a/b/c: it is too deep to be searched further",
    ] {
        assert!(named.contains(why), "{named}");
    }
}
