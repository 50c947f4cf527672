//! `doormat present` as a real process, and what can be asked of it without a browser.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::Command,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, doormat, flat, until};

/// A lesson, and the folder that it is kept in.
pub struct Lesson {
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

impl Lesson {
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

    /// With phones, where a program may open so many files and no more.
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

    /// `kill -9`, and the same command again; `also` is added to it this once.
    pub fn again(mut self, also: &[&str]) -> Self {
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

    /// Asks as the instructor's page does.
    pub fn get(&self, path: &str) -> Answer {
        Ask::get(&self.own, path).token(&self.token).send()
    }

    /// The same, for something that is there.
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

    /// What a page is told when it comes: the first state, or the first stage.
    pub fn told(&self, event: &str) -> Value {
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
        self.told("state")["scene"].as_u64().unwrap()
    }

    /// A ballot for a new phone.
    pub fn paper(&self) -> String {
        let (phones, join) = self.phones.as_ref().unwrap();
        let page = Ask::get(phones, &format!("/{join}")).send();
        page.paper()
            .unwrap_or_else(|| panic!("no ballot: {}", page.head))
            .0
    }

    /// Waits until every theft at every moment is computed.
    pub fn has_computed(&self) {
        until("all is computed", || {
            let sweep = &self.told("state")["sweep"];
            sweep["done"] == sweep["of"] && sweep["matrix"] == true
        });
    }
}

/// A request, byte for byte.
#[derive(Clone)]
pub struct Ask {
    address: String,
    head: String,
    host: Option<String>,
    body: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The ballot that comes with it, and the whole line that brings it.
    pub fn paper(&self) -> Option<(String, String)> {
        let lines = self.head.lines();
        let mut lines = lines.filter_map(|it| it.split_once(": "));
        let (_, line) = lines.find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))?;
        let paper = line.split(['=', ';']).nth(1)?;
        Some((paper.to_owned(), line.to_owned()))
    }
}

impl Ask {
    pub fn get(address: &str, path: &str) -> Self {
        Self::by("GET", address, path, "")
    }

    pub fn post(address: &str, path: &str, body: &str) -> Self {
        Self::by("POST", address, path, body)
    }

    pub fn by(method: &str, address: &str, path: &str, body: &str) -> Self {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !body.is_empty() {
            head += &format!("Content-Length: {}\r\n", body.len());
        }
        Self {
            address: address.to_owned(),
            head,
            host: Some(address.to_owned()),
            body: body.to_owned(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub fn token(self, token: &str) -> Self {
        self.header("x-doormat-token", token)
    }

    pub fn voter(self, voter: &str) -> Self {
        self.header("Cookie", &format!("other=1; doormat-voter={voter}"))
    }

    pub fn host(mut self, host: Option<&str>) -> Self {
        self.host = host.map(str::to_owned);
        self
    }

    /// Sends it, and leaves the answer to be read.
    pub fn open(&self) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let host = self
            .host
            .as_ref()
            .map_or(String::new(), |it| format!("Host: {it}\r\n"));
        let request = format!("{}{host}\r\n{}", self.head, self.body);
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    pub fn send(&self) -> Answer {
        let mut stream = self.open();
        let mut bytes = Vec::new();
        // A server that refuses a long body may close before it has read it all.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap_or(0);
        let chunked = head
            .to_ascii_lowercase()
            .contains("transfer-encoding: chunked");
        assert!(!chunked, "not a stream");
        Answer {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }
}

/// Reads a stream until what came fits.
pub fn read_until(stream: &mut TcpStream, fits: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut bytes = Vec::new();
    let mut piece = [0; 65536];
    while !fits(&text) {
        let read = stream.read(&mut piece).expect("the stream goes on");
        assert!(read > 0, "the stream ended: {text}");
        bytes.extend_from_slice(&piece[..read]);
        text = unchunked(&bytes);
    }
    text
}

/// The text of a chunked body so far.
fn unchunked(bytes: &[u8]) -> String {
    let begin = bytes
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .map_or(bytes.len(), |at| at + 4);
    let mut rest = &bytes[begin..];
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|it| it == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else {
            break;
        };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    String::from_utf8_lossy(&body).into_owned()
}

/// `doormat present` with a home of its own, unless it is said, must fail.
#[track_caller]
pub fn fails(args: &[&str]) -> String {
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
