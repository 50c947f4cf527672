//! Child processes: what they print, how they end, how they are killed.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Whether the long tests are asked for: `DOORMAT_LONG=1`.
pub fn long() -> bool {
    std::env::var_os("DOORMAT_LONG").is_some_and(|it| it == "1")
}

/// How long a test waits for something that should happen at once before it fails.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Awaits a condition.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What a process has printed so far.
#[derive(Clone, Default)]
pub struct Printed(Arc<(Mutex<PrintedLines>, Condvar)>);

#[derive(Default)]
struct PrintedLines {
    lines: Vec<String>,
    ended: bool,
}

impl Printed {
    fn by(pipe: impl Read + Send + 'static) -> Self {
        let printed = Self::default();
        let writer = printed.clone();
        thread::spawn(move || {
            let (state, changed) = &*writer.0;
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                state.lock().unwrap().lines.push(line);
                changed.notify_all();
            }
            state.lock().unwrap().ended = true;
            changed.notify_all();
        });
        printed
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// How many lines contain these words.
    pub fn count(&self, words: &str) -> usize {
        let state = self.0.0.lock().unwrap();
        state.lines.iter().filter(|it| it.contains(words)).count()
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
        let (state, changed) = &*self.0;
        let begun = Instant::now();
        let mut state = state.lock().unwrap();
        loop {
            if let Some(line) = state.lines.iter().filter(|it| it.contains(words)).nth(nth) {
                return line.clone();
            }
            let left = PATIENCE.saturating_sub(begun.elapsed());
            if state.ended || left.is_zero() {
                let said = state.lines.clone();
                drop(state);
                panic!("{words:?} was not said: {said:#?}");
            }
            state = changed.wait_timeout(state, left).unwrap().0;
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
        until("its output has been read", || {
            [&self.out, &self.err]
                .iter()
                .all(|it| it.0.0.lock().unwrap().ended)
        });
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
        until("its standard error has ended", || {
            self.err.0.0.lock().unwrap().ended
        });
        flat(&self.err.lines().join("\n"))
    }

    /// Waits for a good end, and gives every line of standard output.
    #[track_caller]
    pub fn output(&mut self) -> Vec<String> {
        assert!(self.ends().success(), "{:#?}", self.err.lines());
        until("its standard output has ended", || {
            self.out.0.0.lock().unwrap().ended
        });
        self.out.lines()
    }

    /// Bytes that it has written to files and pipes.
    pub fn written(&self) -> u64 {
        let io = fs::read_to_string(format!("/proc/{}/io", self.id())).unwrap();
        let line = io.lines().find(|it| it.starts_with("wchar:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
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
