//! Exercises for CTFd, in the format of its tool `ctfcli`: a folder each, with a
//! `challenge.yml`, the files to hand out, and the explanation for those who have solved it.
//!
//! CTFd has one flag for everybody. So an export contains one variant, for a cohort; several
//! cohorts need several exports.

use super::{Course, Exercise, Handout, LabError, Student, exercise::TIERS, kind::material::BRIEF};

/// Files by their path in the export's folder, and what they are about.
#[derive(Debug, Default)]
pub struct CtfdExport {
    /// The files.
    pub files: Vec<(String, Vec<u8>)>,
    /// Exercises in it.
    pub exported: Vec<String>,
    /// Exercises that have no single correct answer.
    pub left_out: Vec<String>,
}

/// Writes exercises for one cohort.
///
/// # Errors
/// [`LabError`] if an exercise does not meet what its kind requires.
pub fn export<'a>(
    exercises: impl IntoIterator<Item = &'a Exercise>,
    course: &Course,
    cohort: &Student,
) -> Result<CtfdExport, LabError> {
    let mut out = CtfdExport::default();
    for exercise in exercises {
        let name = &exercise.name;
        let handout = Handout::of(exercise, course, cohort)?;
        let correct: Option<Vec<&str>> = handout.correct().map(|(_, known)| known).collect();
        let Some(correct) = correct else {
            out.left_out.push(name.clone());
            continue;
        };
        let challenge = challenge(&handout, &correct, cohort);
        let mut add =
            |file: &str, bytes: Vec<u8>| out.files.push((format!("{name}/{file}"), bytes));
        add("challenge.yml", challenge.into_bytes());
        add(
            "solution.md",
            handout.explanation.trim().as_bytes().to_vec(),
        );
        for (file, bytes) in handout
            .files
            .0
            .into_iter()
            .filter(|(file, _)| file != BRIEF)
        {
            add(&file, bytes);
        }
        out.exported.push(name.clone());
    }
    let (config, readme) = (config(&out.exported), readme(&out, course, cohort));
    out.files.push((".ctf/config".into(), config.into_bytes()));
    out.files.push(("README.md".into(), readme.into_bytes()));
    Ok(out)
}

/// `challenge.yml`. Every text in it is a JSON string, which is valid YAML.
fn challenge(handout: &Handout<'_>, correct: &[&str], cohort: &Student) -> String {
    let about = &handout.exercise.about;
    let asks: String = about
        .parts
        .iter()
        .zip(&handout.asks)
        .map(|(part, ask)| format!("- `{}`: {ask} Give {}.\n", part.name, part.form.advice()))
        .collect();
    let names: Vec<&str> = about.parts.iter().map(|it| it.name.as_str()).collect();
    let examples = about.parts.iter().map(|part| {
        let spelled = part.form.spell(&part.example);
        spelled.unwrap_or_else(|_| part.example.clone())
    });
    let description = format!(
        "{}\n\n## What is asked\n\n{asks}\nThe flag is `flag{{{}}}`: the answers in this order with \
         semicolons between them, words in lower case without hyphens or punctuation, numbers without \
         commas and in rising order with one space between them, times as `09:05`. For example \
         `flag{{{}}}`.\n",
        handout.body.trim(),
        names.join(";"),
        examples.collect::<Vec<_>>().join(";"),
    );
    let flag = correct.join(";");
    let mut yml = format!(
        "name: {}\nauthor: doormat\ncategory: {}\ndescription: {}\nattribution: {}\nvalue: {}\n\
         type: standard\nflags:\n",
        text(&about.title),
        text("key escrow"),
        text(&description),
        text("Written by `doormat lab export`; tapes, keys and flags were computed."),
        about.points,
    );
    for content in [format!("flag{{{flag}}}"), flag] {
        yml += &format!(
            "  - type: static\n    content: {}\n    data: case_insensitive\n",
            text(&content)
        );
    }
    yml += "hints:\n";
    for (tier, hint) in TIERS.iter().zip(&handout.exercise.hints) {
        yml += &format!(
            "  - title: {}\n    content: {}\n    cost: 0\n",
            text(tier),
            text(hint),
        );
    }
    if about.kind == "fix" {
        // The choices are in the description, so a second attempt would be a guess.
        yml += "attempts: 1\n";
    }
    yml += "files:\n";
    for file in handout.files.0.keys().filter(|file| *file != BRIEF) {
        yml += &format!("  - {}\n", text(file));
    }
    yml += &format!(
        "solution:\n  path: solution.md\n  state: solved\ntags:\n  - {}\n  - {}\nstate: visible\nversion: {}\n",
        text(about.level.as_str()),
        text(cohort.as_str()),
        text("0.1"),
    );
    yml
}

/// A double-quoted scalar.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// `.ctf/config` for `ctfcli`, with placeholders for the address and the token.
fn config(exported: &[String]) -> String {
    let mut out = String::from(
        "[config]\nurl = https://ctfd.example\naccess_token = put-yours-here\n\n[challenges]\n",
    );
    for name in exported {
        out += &format!("{name} = {name}\n");
    }
    out
}

fn readme(export: &CtfdExport, course: &Course, cohort: &Student) -> String {
    let secret = match course {
        Course::Public => {
            "**These flags derive from the public course secret: anybody can compute them.** Export \
             with `--course FILE` for a competition."
        }
        Course::Secret(_) => "The flags derive from your course's secret and this cohort's name.",
    };
    let left_out = if export.left_out.is_empty() {
        String::new()
    } else {
        format!(
            "\nNot in this export, because a test judges them and no one flag is right: {}. Hand \
             them out with `doormat lab course hand-out`.\n",
            export.left_out.join(", ")
        )
    };
    format!(
        "# Exercises for CTFd\n\n\
         Cohort `{cohort}`, {} challenges, for PyPI's `ctfcli` (0.1.8).\n\n\
         ```sh\n\
         pip install ctfcli==0.1.8\n\
         ctf challenge lint {}            # offline; each in turn\n\
         # put your CTFd's address and an access token into .ctf/config, then\n\
         ctf challenge install\n\
         ```\n\n\
         Participants need `doormat` itself to read the tapes. `solution.md` is the full story; CTFd \
         shows it once a challenge is solved.\n\n\
         ## One flag for everybody\n\n\
         CTFd binds no flag to a user: whoever is told the flag can enter it. {secret} For several \
         groups that cannot use each other's flags, export once for each, under another name, into \
         another CTFd or under other challenge names:\n\n\
         ```sh\n\
         doormat lab export --ctfd monday --course autumn.course --cohort monday\n\
         doormat lab export --ctfd tuesday --course autumn.course --cohort tuesday\n\
         ```\n\n\
         For a variant of each student's own, use `doormat lab course hand-out` and `doormat lab \
         grade` instead.\n{left_out}",
        export.exported.len(),
        export.exported.first().map_or("NAME", String::as_str),
    )
}
