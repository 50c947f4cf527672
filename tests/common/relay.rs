//! Relays and chats as real processes, and connections made by hand.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use doormat::{
    crypto::SigningKey,
    protocol::{Device, Identity, Name},
    transport::control::{Digest, Hello, Reply, Request, SUBPROTOCOL, proof},
};
use futures_util::{SinkExt, StreamExt};
use tempfile::TempDir;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Message,
        client::IntoClientRequest,
        http::{HeaderValue, header::SEC_WEBSOCKET_PROTOCOL},
    },
};

/// Whether the long tests are asked for: `DOORMAT_LONG=1`.
pub fn long() -> bool {
    std::env::var_os("DOORMAT_LONG").is_some_and(|it| it == "1")
}

/// How long anything may take that should happen at once: a test that waits this
/// long has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Awaits a condition.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What a process prints, as it does.
#[derive(Clone, Default)]
pub struct Printed(Arc<(Mutex<Paper>, Condvar)>);

#[derive(Default)]
struct Paper {
    lines: Vec<String>,
    ended: bool,
}

impl Printed {
    fn by(pipe: impl Read + Send + 'static) -> Self {
        let printed = Self::default();
        let writer = printed.clone();
        thread::spawn(move || {
            let (paper, changed) = &*writer.0;
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                paper.lock().unwrap().lines.push(line);
                changed.notify_all();
            }
            paper.lock().unwrap().ended = true;
            changed.notify_all();
        });
        printed
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// How many lines contain these words.
    pub fn count(&self, words: &str) -> usize {
        let paper = self.0.0.lock().unwrap();
        paper.lines.iter().filter(|it| it.contains(words)).count()
    }

    /// Waits for a line that contains these words, and gives it.
    #[track_caller]
    pub fn says(&self, words: &str) -> String {
        self.says_times(words, 1)
    }

    /// Waits until so many lines contain these words, and gives the last.
    #[track_caller]
    pub fn says_times(&self, words: &str, times: u64) -> String {
        let nth = usize::try_from(times).unwrap() - 1;
        let (paper, changed) = &*self.0;
        let begun = Instant::now();
        let mut paper = paper.lock().unwrap();
        loop {
            if let Some(line) = paper.lines.iter().filter(|it| it.contains(words)).nth(nth) {
                return line.clone();
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            if paper.ended || left.is_zero() {
                let said = paper.lines.clone();
                drop(paper);
                panic!("{words:?} was not said: {said:#?}");
            }
            paper = changed.wait_timeout(paper, left).unwrap().0;
        }
    }
}

/// A child process; killed when dropped.
pub struct Process {
    child: Child,
    input: Option<ChildStdin>,
    pub out: Printed,
    pub err: Printed,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            input: child.stdin.take(),
            out: Printed::by(child.stdout.take().unwrap()),
            err: Printed::by(child.stderr.take().unwrap()),
            child,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn type_line(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal by name, as `kill` knows it.
    pub fn signal(&self, name: &str) {
        shell(&format!("kill -{name} {}", self.id()));
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn ends_within(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < limit,
                "it has not ended in {limit:?}: {:#?} {:#?}",
                self.out.lines(),
                self.err.lines()
            );
            thread::sleep(Duration::from_millis(2));
        }
    }

    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        self.ends_within(PATIENCE)
    }

    /// Waits for the end, and gives the whole of standard error as [`flat`] does.
    #[track_caller]
    pub fn last_words(&mut self) -> String {
        self.ends();
        until("it has said all", || self.err.0.0.lock().unwrap().ended);
        flat(&self.err.lines().join("\n"))
    }

    /// Waits for a good end, and gives every line of standard output.
    #[track_caller]
    pub fn output(&mut self) -> Vec<String> {
        assert!(self.ends().success(), "{:#?}", self.err.lines());
        until("it has shown all", || self.out.0.0.lock().unwrap().ended);
        self.out.lines()
    }

    /// Resident memory, in KiB.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|it| it.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a line of shell, which must succeed.
#[track_caller]
pub fn shell(line: &str) {
    let status = Command::new("sh").args(["-c", line]).status().unwrap();
    assert!(status.success(), "{line}: {status}");
}

/// Lets this process keep as many files open as it is allowed to.
pub fn open_many_files() {
    let id = std::process::id();
    let _ = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "prlimit --pid {id} --nofile=\"$(ulimit -Hn)\":\"$(ulimit -Hn)\""
        ))
        .status();
}

/// Runs `doormat` to its end.
pub fn doormat(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_doormat"))
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Runs `doormat`, must fail with status 1, and gives standard error, its line
/// breaks and frame removed.
#[track_caller]
pub fn fails(args: &[&str]) -> String {
    let output = doormat(args);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {stderr}");
    flat(&stderr)
}

pub fn flat(stderr: &str) -> String {
    assert!(!stderr.contains("panicked"), "{stderr}");
    let words = stderr.split_whitespace();
    let words: Vec<&str> = words.filter(|it| !["│", "×"].contains(it)).collect();
    words.join(" ")
}

/// What `doormat attack --json` makes of a recording.
#[track_caller]
pub fn attack(tape: &Path, key: &Path) -> serde_json::Value {
    let (tape, key) = (tape.to_str().unwrap(), key.to_str().unwrap());
    let output = doormat(&["attack", tape, "--escrow-key", key, "--json"]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A relay, its folder and everything beside it.
pub struct Relay {
    pub process: Process,
    /// `127.0.0.1:port`.
    pub address: String,
    folder: TempDir,
}

impl Relay {
    pub fn start() -> Self {
        Self::with(&[])
    }

    pub fn with(args: &[&str]) -> Self {
        Self::under("", args)
    }

    /// With a line of shell first, such as `ulimit -f 100`.
    pub fn under(setup: &str, args: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let (process, address) = launch(setup, folder.path(), "127.0.0.1:0", args)
            .unwrap_or_else(|said| panic!("no relay: {said:#?}"));
        Self {
            process,
            address,
            folder,
        }
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// A path in this relay's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it once more: the same port, the same mailboxes.
    pub fn again(&mut self) {
        self.again_with(&[]);
    }

    pub fn again_with(&mut self, args: &[&str]) {
        // Somebody's outgoing connection may have the port for a moment.
        until("the port is free", || {
            match launch("", self.folder.path(), &self.address, args) {
                Ok((process, _)) => {
                    self.process = process;
                    true
                }
                Err(said) => {
                    assert!(said.contains("in use"), "{said}");
                    false
                }
            }
        });
    }

    pub fn restart(&mut self) {
        self.kill();
        self.again();
    }

    /// A chat of somebody's, whose device is kept in this folder.
    pub fn chat(&self, name: &str, peer: &str, args: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doormat"));
        command.args(["chat", "--as", name, "--with", peer, "--home", "home"]);
        if !args.contains(&"--relay") {
            command.args(["--relay", &self.url()]);
        }
        Process::start(command.args(args).current_dir(self.folder.path()))
    }

    /// The bundles of somebody's in the directory.
    pub fn bundles(&self, owner: &str) -> i64 {
        self.count("SELECT count(*) FROM bundles WHERE owner = ?1", owner)
    }

    /// The envelopes in somebody's mailbox.
    pub fn waiting(&self, recipient: &str) -> i64 {
        let query = "SELECT count(*) FROM mail WHERE recipient = ?1 AND envelope IS NOT NULL";
        self.count(query, recipient)
    }

    fn count(&self, query: &str, of: &str) -> i64 {
        let database = rusqlite::Connection::open(self.path("data/relay.db")).unwrap();
        database.query_row(query, [of], |row| row.get(0)).unwrap()
    }

    /// Whether a device's file has this text in it, waiting to be sent or shown.
    pub fn keeps(&self, name: &str, text: &str) -> bool {
        let file = self.path("home").join(name).join("device.json");
        fs::read_to_string(file).is_ok_and(|json| json.contains(&format!("\"{text}\"")))
    }
}

/// Starts a relay and reads its address; or what it said instead.
fn launch(
    setup: &str,
    folder: &Path,
    listen: &str,
    args: &[&str],
) -> Result<(Process, String), String> {
    let setup = if setup.is_empty() { ":" } else { setup };
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{setup}; exec \"$@\""), "sh"])
        .args([env!("CARGO_BIN_EXE_doormat"), "relay", "--data", "data"]);
    if !args.contains(&"--listen") {
        command.args(["--listen", listen]);
    }
    let mut process = Process::start(command.args(args).current_dir(folder));
    until("the relay listens", || {
        process.out.count("relay at ws://") > 0 || process.has_ended()
    });
    if process.has_ended() {
        return Err(process.last_words());
    }
    let line = process.out.says("relay at ws://");
    let address = line.split("ws://").nth(1).unwrap();
    let address = address.split([',', ' ']).next().unwrap().to_owned();
    Ok((process, address))
}

/// What comes over a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Reply(Reply),
    Bytes(Vec<u8>),
    /// Nothing more.
    End,
}

type Socket = WebSocketStream<TcpStream>;

/// A connection to a relay, made by hand.
pub struct Line {
    pub socket: Socket,
    /// What the relay said when the mailbox opened.
    pub waiting: u64,
    pub prekeys: u64,
}

/// Connects, and hears the challenge.
pub async fn knock(relay: &str) -> (Line, [u8; 32]) {
    let socket = timeout(PATIENCE, TcpStream::connect(relay)).await;
    knock_on(socket.expect("a connection in time").unwrap()).await
}

async fn knock_on(socket: TcpStream) -> (Line, [u8; 32]) {
    let relay = format!("ws://{}", socket.peer_addr().unwrap());
    let mut request = relay.into_client_request().unwrap();
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    let greeting = timeout(PATIENCE, client_async(request, socket)).await;
    let (socket, _) = greeting.expect("an answer in time").unwrap();
    let mut line = Line {
        socket,
        waiting: 0,
        prekeys: 0,
    };
    match line.hear().await {
        Heard::Reply(Reply::Challenge { nonce }) => (line, nonce),
        other => panic!("no challenge: {other:?}"),
    }
}

/// What answers a challenge.
pub fn hello(nonce: &[u8; 32], name: &Name, identity: &Identity, key: &SigningKey) -> Hello {
    Hello {
        name: name.clone(),
        identity: *identity,
        signature: *key.sign(&proof(nonce, name, identity)).as_bytes(),
        token: None,
    }
}

/// What a device answers.
pub fn answer(nonce: &[u8; 32], device: &Device) -> Hello {
    let (name, identity) = (device.name(), device.identity());
    hello(nonce, name, identity, device.signing_key())
}

impl Line {
    /// Opens a device's mailbox.
    pub async fn open(relay: &str, device: &Device) -> Self {
        Self::open_with(relay, device, None).await.unwrap()
    }

    /// Opens a device's mailbox, or hears why not.
    pub async fn open_with(
        relay: &str,
        device: &Device,
        token: Option<&str>,
    ) -> Result<Self, String> {
        let (mut line, nonce) = knock(relay).await;
        let mut hello = answer(&nonce, device);
        hello.token = token.map(str::to_owned);
        line.greet(hello).await?;
        Ok(line)
    }

    /// Opens a device's mailbox, with little room for what is then not read.
    pub async fn open_deaf(relay: &str, device: &Device) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let socket = socket.connect(relay.parse().unwrap()).await.unwrap();
        let (mut line, nonce) = knock_on(socket).await;
        line.greet(answer(&nonce, device)).await.unwrap();
        line
    }

    pub async fn greet(&mut self, hello: Hello) -> Result<(), String> {
        self.request(&Request::Hello(Box::new(hello))).await;
        match self.hear().await {
            Heard::Reply(Reply::Welcome { waiting, prekeys }) => {
                (self.waiting, self.prekeys) = (waiting, prekeys);
                Ok(())
            }
            Heard::Reply(Reply::Refused { why, .. }) => Err(why),
            other => panic!("neither welcome nor refused: {other:?}"),
        }
    }

    pub async fn request(&mut self, request: &Request) {
        self.say(Message::text(serde_json::to_string(request).unwrap()))
            .await;
    }

    pub async fn received(&mut self, envelope: &[u8]) {
        let digest = Digest::of(envelope);
        self.request(&Request::Received { digest }).await;
    }

    /// Sends; a connection that is gone says so when it is listened to.
    pub async fn say(&mut self, message: Message) {
        let _ = timeout(PATIENCE, self.socket.send(message))
            .await
            .expect("the relay reads");
    }

    pub async fn hear(&mut self) -> Heard {
        loop {
            let heard = timeout(PATIENCE, self.socket.next()).await;
            match heard.expect("the relay says something") {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Reply(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Binary(bytes))) => return Heard::Bytes(bytes.to_vec()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Heard::End,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The last word, and then the end.
    pub async fn refusal(&mut self) -> String {
        let mut last = String::new();
        loop {
            match self.hear().await {
                Heard::Reply(Reply::Refused { why, .. }) => last = why,
                Heard::End => return last,
                _ => {}
            }
        }
    }

    /// Sends an envelope or a bundle and gives the verdict on it; what else comes
    /// meanwhile is passed over.
    pub async fn send(&mut self, bytes: &[u8]) -> Reply {
        let sent = Digest::of(bytes);
        self.say(Message::binary(bytes.to_vec())).await;
        loop {
            match self.hear().await {
                Heard::Reply(reply) => match reply {
                    Reply::Accepted { digest } | Reply::Rejected { digest, .. }
                        if digest == sent =>
                    {
                        return reply;
                    }
                    Reply::Refused { why, .. } => panic!("refused: {why}"),
                    _ => {}
                },
                Heard::Bytes(_) => {}
                Heard::End => panic!("cut off"),
            }
        }
    }

    pub async fn accepted(&mut self, bytes: &[u8]) {
        let digest = Digest::of(bytes);
        assert_eq!(self.send(bytes).await, Reply::Accepted { digest });
    }

    /// Asks for a key bundle.
    pub async fn fetch(&mut self, owner: &Name) -> Option<Vec<u8>> {
        let owner = owner.clone();
        self.request(&Request::Fetch { owner }).await;
        loop {
            match self.hear().await {
                Heard::Reply(Reply::NoBundle { .. }) => return None,
                Heard::Bytes(bytes) if bytes[1] == 2 => return Some(bytes),
                Heard::End => panic!("cut off"),
                _ => {}
            }
        }
    }

    /// What comes until nothing more does for a while; none of it is confirmed.
    pub async fn mail(&mut self) -> Vec<Vec<u8>> {
        const A_WHILE: Duration = Duration::from_millis(400);
        let mut mail = Vec::new();
        while let Ok(heard) = timeout(A_WHILE, self.hear()).await {
            match heard {
                Heard::Bytes(bytes) => mail.push(bytes),
                Heard::End => panic!("cut off"),
                Heard::Reply(_) => {}
            }
        }
        self.waiting = 0;
        mail
    }

    /// The next envelope.
    async fn envelope(&mut self) -> Vec<u8> {
        loop {
            match self.hear().await {
                Heard::Bytes(bytes) => return bytes,
                Heard::Reply(Reply::Refused { why, .. }) => panic!("refused: {why}"),
                Heard::Reply(_) => {}
                Heard::End => panic!("cut off"),
            }
        }
    }

    /// The next so many envelopes, each confirmed, and nothing after them.
    pub async fn take_all(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mail = self.take(count).await;
        assert_eq!(self.mail().await, [[0; 0]; 0]);
        mail
    }

    /// The next so many envelopes, each confirmed.
    pub async fn take(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut mail = Vec::new();
        while mail.len() < count {
            let envelope = self.envelope().await;
            self.received(&envelope).await;
            self.waiting = self.waiting.saturating_sub(1);
            mail.push(envelope);
        }
        mail
    }

    /// Says goodbye, and waits until the relay has gone too.
    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
        while self.hear().await != Heard::End {}
    }
}

/// Envelopes that a relay sends without a confirmation, and takes without an answer.
pub const WINDOW: u64 = 64;

/// Another envelope of the same form: the relay cannot tell that its tag is wrong.
pub fn forged(template: &[u8], number: u64) -> Vec<u8> {
    let (rest, _) = template.split_last_chunk::<8>().unwrap();
    [rest, &number.to_be_bytes()].concat()
}

/// Sends many, a window of them at a time, and counts what was accepted; gives the
/// first rejection, after which it stops.
pub async fn flood(
    line: &mut Line,
    envelopes: impl IntoIterator<Item = Vec<u8>>,
) -> (Vec<Digest>, Option<String>) {
    let mut envelopes = envelopes.into_iter();
    let mut accepted = Vec::new();
    let (mut underway, mut rejected) = (0, None);
    loop {
        while underway < WINDOW
            && rejected.is_none()
            && let Some(envelope) = envelopes.next()
        {
            line.say(Message::binary(envelope)).await;
            underway += 1;
        }
        if underway == 0 {
            return (accepted, rejected);
        }
        match line.hear().await {
            Heard::Reply(Reply::Accepted { digest }) => accepted.push(digest),
            Heard::Reply(Reply::Rejected { why, .. }) => {
                rejected.get_or_insert(why);
            }
            Heard::Reply(Reply::Delivered { .. }) | Heard::Bytes(_) => continue,
            other => panic!("{other:?}"),
        }
        underway -= 1;
    }
}
