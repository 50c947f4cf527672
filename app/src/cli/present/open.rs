//! `--open`: the page in the system's browser. Every user of a machine can read the command
//! lines of its programs, so the instructor's token is on none: the browser is given a file
//! that only its owner can read, and that sends it on to the page.

use std::{
    fs, io,
    path::Path,
    process::{Command, Stdio},
};

use maud::{DOCTYPE, html};

use crate::cli::shared::{failure::Failure, files};

/// The file that sends the browser on.
const FILE: &str = "open.html";

/// Opens a page; `false` if no browser could be started.
pub(super) fn in_browser(home: &Path, page: &str) -> Result<bool, Failure> {
    let file = fs::canonicalize(home)
        .unwrap_or_else(|_| home.to_owned())
        .join(FILE);
    let go = html! {
        (DOCTYPE)
        meta charset="utf-8";
        meta name="referrer" content="no-referrer";
        meta http-equiv="refresh" content=(format!("0; url={page}"));
        title { "doormat" }
        p { a href=(page) { "The lesson" } }
    };
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(files::cannot_write(&file, &error));
        }
        _ => {}
    }
    files::write_secret(&file, go.into_string().as_bytes())?;
    Ok(start_browser(&file))
}

fn start_browser(file: &Path) -> bool {
    let (program, before): (_, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("rundll32", &["url.dll,FileProtocolHandler"])
    } else {
        ("xdg-open", &[])
    };
    let started = Command::new(program)
        .args(before)
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}
