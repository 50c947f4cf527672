//! `doormat present` as a real process.

use std::{path::PathBuf, process::Command};

use serde_json::Value;
use tempfile::TempDir;

use super::{
    ask::{Answer, Ask, read_until},
    process::{Process, doormat, flat, until},
};

/// A lesson, and the folder that it is saved in.
pub struct LessonProcess {
    pub process: Process,
    /// `127.0.0.1:port` of the instructor's pages.
    pub own: String,
    pub token: String,
    /// `127.0.0.1:port` of the phones' page, and the join token.
    pub phones: Option<(String, String)>,
    args: Vec<String>,
    files: Option<u32>,
    folder: TempDir,
}

impl LessonProcess {
    pub fn start(args: &[&str]) -> Self {
        Self::first(args, None)
    }

    fn first(args: &[&str], files: Option<u32>) -> Self {
        let args = args.iter().map(ToString::to_string).collect();
        Self::launch(TempDir::new().unwrap(), "127.0.0.1:0", args, &[], files)
            .unwrap_or_else(|(_, said)| panic!("no lesson: {said}"))
    }

    /// With phones, on this machine.
    pub fn with_phones(args: &[&str]) -> Self {
        Self::start(&[args, &["--lan", "127.0.0.1:0"]].concat())
    }

    /// With phones, where the program may open at most so many files.
    pub fn with_files(files: u32) -> Self {
        Self::first(&["--lan", "127.0.0.1:0"], Some(files))
    }

    fn launch(
        folder: TempDir,
        listen: &str,
        args: Vec<String>,
        also: &[&str],
        files: Option<u32>,
    ) -> Result<Self, (TempDir, String)> {
        let program = env!("CARGO_BIN_EXE_doormat");
        let mut command = match files {
            None => Command::new(program),
            Some(files) => {
                let mut shell = Command::new("sh");
                let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
                shell.args(["-c", &limited, program]);
                shell
            }
        };
        command
            .args(["present", "--home", "home", "--listen", listen])
            .args(&args)
            .args(also)
            .current_dir(folder.path());
        let mut process = Process::start(&mut command);
        until("the lesson begins", || {
            process.out.count("Ctrl-C stops it") > 0 || process.has_ended()
        });
        if process.has_ended() {
            return Err((folder, process.last_words()));
        }
        let line = process.out.says("projector");
        let (own, token) = line
            .split_once("http://")
            .unwrap()
            .1
            .split_once("/#")
            .unwrap();
        let phones = process.out.lines().into_iter().find_map(|it| {
            let address = it.strip_prefix("phones     http://")?.to_owned();
            let (host, join) = address.split_once('/').unwrap();
            Some((host.to_owned(), join.to_owned()))
        });
        Ok(Self {
            own: own.to_owned(),
            token: token.to_owned(),
            phones,
            process,
            args,
            files,
            folder,
        })
    }

    /// Kills it with `kill -9` and starts the same command again, with `also` added once.
    pub fn restart(mut self, also: &[&str]) -> Self {
        self.process.kill();
        let mut args: Vec<String> = self.args.clone();
        if let Some((host, _)) = &self.phones {
            let at = args.iter().position(|it| it == "--lan").unwrap() + 1;
            args[at].clone_from(host);
        }
        let mut folder = Some(self.folder);
        let mut started = None;
        until("the ports are free", || {
            match Self::launch(
                folder.take().unwrap(),
                &self.own,
                args.clone(),
                also,
                self.files,
            ) {
                Ok(lesson) => started = Some(lesson),
                Err((back, said)) => {
                    assert!(said.contains("in use"), "{said}");
                    folder = Some(back);
                }
            }
            started.is_some()
        });
        started.unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn page(&self) -> String {
        format!("http://{}/#{}", self.own, self.token)
    }

    pub fn notes(&self) -> String {
        format!("http://{}/notes#{}", self.own, self.token)
    }

    pub fn phone(&self) -> String {
        let (host, join) = self.phones.as_ref().unwrap();
        format!("http://{host}/{join}")
    }

    /// A request of the instructor's page.
    pub fn get(&self, path: &str) -> Answer {
        Ask::get(&self.own, path).token(&self.token).send()
    }

    /// The same, for an answer that is JSON.
    #[track_caller]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// A command of the instructor's.
    pub fn command(&self, command: &Value) -> Answer {
        Ask::post(&self.own, "/api/do", &command.to_string())
            .token(&self.token)
            .send()
    }

    /// The first event of a kind that a page receives: `state` or `stage`.
    pub fn event(&self, event: &str) -> Value {
        let ask = Ask::get(&self.own, "/api/events").token(&self.token);
        let mut stream = ask.open();
        let begins = format!("event: {event}\ndata: ");
        let text = read_until(&mut stream, |text| {
            text.split_once(&begins)
                .is_some_and(|(_, rest)| rest.contains("\n\n"))
        });
        let rest = text.split_once(&begins).unwrap().1;
        serde_json::from_str(rest.split_once("\n\n").unwrap().0).unwrap()
    }

    pub fn scene(&self) -> u64 {
        self.event("state")["scene"].as_u64().unwrap()
    }

    /// A ballot token for a new phone.
    pub fn ballot_token(&self) -> String {
        let (phones, join) = self.phones.as_ref().unwrap();
        let page = Ask::get(phones, &format!("/{join}")).send();
        page.ballot_token()
            .unwrap_or_else(|| panic!("no ballot: {}", page.head))
            .0
    }

    /// Waits until every attack at every moment of theft is computed.
    pub fn wait_for_sweep(&self) {
        until("all is computed", || {
            let sweep = &self.event("state")["sweep"];
            sweep["done"] == sweep["of"] && sweep["matrix"] == true
        });
    }
}

/// `doormat present` must fail, with a home of its own unless one is given; its errors.
#[track_caller]
pub fn present_fails(args: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    let mut all = vec!["present"];
    if !args.contains(&"--home") {
        all.extend(["--home", home.path().to_str().unwrap()]);
    }
    if !args.contains(&"--listen") {
        all.extend(["--listen", "127.0.0.1:0"]);
    }
    all.extend(args);
    let output = doormat(&all);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    flat(&String::from_utf8_lossy(&output.stderr))
}
