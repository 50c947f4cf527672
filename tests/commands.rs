//! The commands as documented, run as written, output compared.

#![allow(missing_docs, clippy::unwrap_used)]

use std::{env, fs, path::Path};

use snapbox::{Data, assert_data_eq, cmd::Command, file};

/// Documents whose console blocks are run, each in an empty folder of its own.
const DOCUMENTS: [&str; 2] = ["README.md", "docs/commands.md"];

#[test]
fn every_console_block_of_the_documents_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copies = tempfile::tempdir().unwrap();
    for document in DOCUMENTS {
        let copy = copies.path().join(document);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(root.join(document), &copy).unwrap();
        for sandbox in ["in", "out"] {
            fs::create_dir(copy.with_extension(sandbox)).unwrap();
        }
        trycmd::TestCases::new().case(&copy);
        if env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
            fs::copy(&copy, root.join(document)).unwrap();
        }
    }
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
    let picture = [shown("3"), shown("5")].join("\n");
    assert_data_eq!(Data::text(picture), file!["../docs/img/leak.svg": TermSvg]);
}
