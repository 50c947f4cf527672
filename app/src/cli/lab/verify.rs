//! `lab verify`: the author's check.

use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
};

use clap::Args;

use super::common::chosen;
use crate::cli::shared::{failure::Failure, files, progress::Progress, terminal};
use crate::lab::{
    Course, Exercise, Handout, Student,
    kind::material::BRIEF,
    verify::{Verified, verify as verify_one},
};
use crate::text::column;

/// Prove of each exercise that it is unsolved as shipped, and solved by its reference
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The exercises; all unless said otherwise
    names: Vec<String>,
    /// For how many students
    #[arg(long, value_name = "N", default_value_t = 10)]
    students: usize,
}

pub(super) fn verify(all: &[Exercise], args: &VerifyArgs) -> Result<(), Failure> {
    let asked = chosen(all, &args.names)?;
    let progress = Progress::new(u64::try_from(asked.len()).unwrap_or(0), "verifying");
    let (mut lines, mut bad) = (Vec::new(), 0_usize);
    for exercise in asked {
        let mut verified = verify_one(exercise, args.students);
        let commands = match commands(exercise) {
            Ok(count) => count,
            Err(fault) => {
                verified.faults.push(fault);
                0
            }
        };
        bad += verified.faults.len();
        lines.extend(result_lines(&verified, commands));
        progress.advance(1);
    }
    terminal::print(lines)?;
    if bad == 0 {
        return Ok(());
    }
    Err(Failure::new(
        format!("{bad} not as it should be"),
        "Mend the exercise, or the kind that makes it.",
    ))
}

fn result_lines(verified: &Verified, commands: usize) -> Vec<String> {
    let name = column(&verified.exercise, 22);
    if verified.faults.is_empty() {
        return vec![format!(
            "✓ {name} {} students, {} decoys, {commands} commands",
            verified.students, verified.decoys
        )];
    }
    let faults = verified.faults.iter().map(|fault| format!("    {fault}"));
    [format!("✗ {name}")].into_iter().chain(faults).collect()
}

/// Runs the commands of one student's brief in a temporary folder: how many there are.
fn commands(exercise: &Exercise) -> Result<usize, String> {
    let make = || {
        let student = Student::new("verify-1").map_err(|it| exercise.wrong("verify", it))?;
        Handout::of(exercise, &Course::Public, &student)
    };
    let handout = make().map_err(|error| error.to_string())?;
    let folder = env::temp_dir().join(format!(
        "doormat-verify-{}-{}",
        std::process::id(),
        exercise.name
    ));
    let ran = run(&handout, &folder);
    let _ = fs::remove_dir_all(&folder);
    ran
}

fn run(handout: &Handout<'_>, folder: &Path) -> Result<usize, String> {
    let describe = |error: std::io::Error| files::describe(&error);
    fs::create_dir_all(folder).map_err(describe)?;
    for (name, bytes) in &handout.files.0 {
        fs::write(folder.join(name), bytes).map_err(describe)?;
    }
    let brief = handout
        .files
        .text(BRIEF)
        .map_err(|error| error.to_string())?;
    let program = env::current_exe().map_err(describe)?;
    let mut ran = 0;
    for line in brief.lines().filter_map(|line| line.strip_prefix("$ ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["doormat", args @ ..] = words.as_slice() else {
            return Err(format!("the brief's command `{line}` is none of ours"));
        };
        let output = Command::new(&program)
            .args(args)
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .map_err(describe)?;
        if !output.status.success() {
            return Err(format!("the brief's command `{line}` fails"));
        }
        ran += 1;
    }
    Ok(ran)
}
