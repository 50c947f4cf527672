//! The commands as documented, run as written, output compared.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use snapbox::{Data, assert_data_eq, cmd::Command, file};

#[test]
fn every_console_block_of_the_documents_is_true() {
    let root = crate::common::docs::root();
    let copies = tempfile::tempdir().unwrap();
    let python = on_path("python3");
    for document in documents(root) {
        let copy = copies.path().join(&document);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(root.join(&document), &copy).unwrap();
        for sandbox in ["in", "out"] {
            fs::create_dir(copy.with_extension(sandbox)).unwrap();
        }
        trycmd::TestCases::new()
            .register_bin("python3", python.as_path())
            .case(&copy);
        if env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
            fs::copy(&copy, root.join(&document)).unwrap();
        }
    }
}

#[test]
fn the_walkthrough_can_be_followed_from_top_to_bottom_in_one_folder() {
    let root = crate::common::docs::root();
    let docs = root.join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let evening = tempfile::tempdir().unwrap();
    let mut read = fs::read_to_string(root.join("README.md")).unwrap();
    let mut chapters = 0;
    for (_, link) in summary
        .lines()
        .filter_map(|line| line.split_once("](walkthrough/"))
    {
        let chapter = docs.join("walkthrough").join(link.trim_end_matches(')'));
        read += &fs::read_to_string(chapter).unwrap();
        chapters += 1;
    }
    assert!(chapters > 9, "{chapters}");
    let all = evening.path().join("evening.md");
    fs::write(&all, read).unwrap();
    for sandbox in ["in", "out"] {
        fs::create_dir(all.with_extension(sandbox)).unwrap();
    }
    trycmd::TestCases::new()
        .register_bin("python3", on_path("python3").as_path())
        .case(&all);
}

/// Documents with console blocks, each run in an empty folder of its own.
fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("README.md")];
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root.join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root.join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "md")
                && fs::read_to_string(root.join(&path))
                    .unwrap()
                    .contains("```console")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A program that documents use besides ours.
fn on_path(program: &str) -> PathBuf {
    env::split_paths(&env::var_os("PATH").unwrap())
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{program} is missing: scripts/test installs it"))
}

#[test]
fn the_picture_in_the_readme_is_the_programs_output() {
    let shown = |scene: &str| {
        let output = Command::new(snapbox::cmd::cargo_bin!("doormat"))
            .args(["demo", "--scene", scene])
            .env("CLICOLOR_FORCE", "1")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let picture = on_black(&[shown("3"), shown("5")].join("\n"));
    assert_data_eq!(picture, file!["../../../docs/img/leak.svg": TermSvg]);
}

#[test]
fn the_last_picture_in_the_readme_is_where_the_recorded_session_ends() {
    let path = crate::common::docs::root().join("docs/demo.cast");
    let cast = fs::read_to_string(path).unwrap();
    let events = cast.lines().skip(1);
    let shown: Vec<String> = events
        .map(|line| {
            serde_json::from_str::<(f64, String, String)>(line)
                .unwrap()
                .2
        })
        .collect();
    let mut screens = shown
        .iter()
        .filter_map(|it| it.strip_prefix("\u{1b}[2J\u{1b}[H"));
    let (screen, bar) = screens
        .next_back()
        .unwrap()
        .split_once("\u{1b}[24;1H")
        .unwrap();
    let picture = on_black(&format!("{}\n\n{bar}\n", screen.replace("\r\n", "\n")));
    assert_data_eq!(picture, file!["../../../docs/img/last-scene.svg": TermSvg]);
}

/// A picture of a terminal, on which "faint" would be too faint to read.
fn on_black(text: &str) -> Data {
    Data::text(text.replace("\u{1b}[2m", "\u{1b}[38;5;246m"))
}
