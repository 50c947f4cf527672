//! The book builds, its links lead to existing places, and the source that it shows is the
//! real source.
//!
//! `UPDATE_DOCS=1 cargo test --test documents` writes the generated parts anew.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::common::docs::{assert_generated, root};
use doormat_app::present::lesson::LessonScene;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

#[test]
fn the_two_modes_are_shown_as_in_the_source() {
    for mode in ["e2e", "escrow"] {
        let source = fs::read_to_string(root().join(format!("src/mode/{mode}.rs"))).unwrap();
        let shown = source.split_once("impl Mode for").unwrap().1;
        let text = format!("```rust,ignore\nimpl Mode for{shown}```\n");
        assert_generated("docs/walkthrough/two-modes.md", mode, &text);
    }
}

#[test]
fn the_book_builds_without_a_warning() {
    let out = tempfile::tempdir().unwrap();
    let built = Command::new("mdbook")
        .arg("build")
        .arg(root().join("docs"))
        .arg("--dest-dir")
        .arg(out.path())
        .output()
        .expect("mdbook, which scripts/test installs");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    assert!(out.path().join("walkthrough/why.html").exists());
}

#[test]
fn every_chapter_is_in_the_summary() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    for document in documents() {
        let name = document.strip_prefix("docs").unwrap().to_str().unwrap();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "{name} is not in docs/SUMMARY.md"
        );
    }
}

#[test]
fn every_link_within_the_documents_leads_to_an_existing_place() {
    let mut all = documents();
    all.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(PathBuf::from));
    for document in &all {
        for link in links(document) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                document.clone()
            } else {
                document.parent().unwrap().join(path)
            };
            let shown = document.display();
            assert!(root().join(&target).exists(), "{shown}: {link}");
            if !anchor.is_empty() && target.extension().is_some_and(|ext| ext == "md") {
                assert!(anchors(&target).contains(anchor), "{shown}: {link}");
            }
        }
    }
}

/// Every Markdown file of the book.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ext| ext == "md") {
                found.push(path);
            }
        }
    }
    found
}

fn links(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    Parser::new_ext(&text, Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// The anchors of a document's headings, as code hosts and mdBook make them.
fn anchors(document: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap().to_lowercase();
                let kept = text
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
                    .map(|c| if c == ' ' { '-' } else { c });
                found.insert(kept.collect());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    *heading += &text;
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_scenes_of_the_projector_page_are_told_as_they_are() {
    let mut scenes = String::from("| | scene | on the wall | ask |\n|---|---|---|---|\n");
    let mut plan = String::from("| minute | scene | ask |\n|---|---|---|\n");
    for scene in LessonScene::ALL {
        let words = scene.text();
        let (number, title) = (scene.index() + 1, words.title);
        scenes += &format!("| {number} | {title} | {} | {} |\n", words.says, words.ask);
        if let Some(minute) = words.minute {
            plan += &format!("| {minute} | {number}, {title} | {} |\n", words.ask);
        }
    }
    assert_generated("docs/instructors/projector-page.md", "scenes", &scenes);
    assert_generated("docs/instructors/fifteen-minutes.md", "plan", &plan);
}

#[test]
fn the_page_and_the_terminal_keep_the_same_time() {
    let lesson = fs::read_to_string(root().join("docs/instructors/fifteen-minutes.md")).unwrap();
    let terminal = lesson.split_once("In the terminal:").unwrap().1;
    for scene in LessonScene::ALL {
        if let Some(minute) = scene.text().minute {
            assert!(terminal.contains(&format!("\n| {minute} | ")), "{scene:?}");
        }
    }
}
