//! A reader of the format that shares nothing with this program: plain Python,
//! written from `docs/spec.md` alone.

#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    path::Path,
    process::{Command, Output},
};

#[test]
fn a_decryptor_in_another_language_reads_what_the_attack_reads() {
    let folder = tempfile::tempdir().unwrap();
    for schedule in ["ratchet", "static"] {
        let doormat = |args: &[&str]| {
            run(Command::new(env!("CARGO_BIN_EXE_doormat"))
                .args(args)
                .current_dir(folder.path()))
        };
        doormat(&[
            "demo",
            "--json",
            "--schedule",
            schedule,
            "--captures",
            schedule,
        ]);
        for mode in ["escrow", "e2e"] {
            let capture = format!("{schedule}/{mode}.pcapng");
            let key = format!("{schedule}/escrow.key");
            let ours = doormat(&["attack", &capture, "--escrow-key", &key, "--out", "-"]);
            let theirs = run(Command::new("python3")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/decryptor.py"))
                .args([&capture, &key])
                .current_dir(folder.path()));
            let lines = |output: &Output| -> Vec<serde_json::Value> {
                String::from_utf8_lossy(&output.stdout)
                    .lines()
                    .map(|line| serde_json::from_str(line).unwrap())
                    .collect()
            };
            assert_eq!(lines(&ours).len(), 8);
            assert_eq!(lines(&ours), lines(&theirs), "{capture}");
        }
    }
}

fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} does not run: {error}"));
    assert!(output.status.success(), "{output:?}");
    output
}
