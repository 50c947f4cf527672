//! A relay as a real process, and the chats that use it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use doormat::protocol::{Device, ScheduleId};
use tempfile::TempDir;

use super::world::World;
#[allow(unused_imports, reason = "not every test file makes connections")]
pub use super::{client::*, process::*};

/// A relay, and the folder in which it and its chats run.
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

    /// After a line of shell, such as `ulimit -f 100`.
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

    /// Starts it again, with the same port and mailboxes.
    pub fn again(&mut self) {
        self.again_with(&[]);
    }

    pub fn again_with(&mut self, args: &[&str]) {
        // An outgoing connection may occupy the port for a moment.
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

    /// Starts a chat whose device is kept in this folder.
    pub fn chat(&self, name: &str, peer: &str, args: &[&str]) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doormat"));
        command.args(["chat", "--as", name, "--with", peer]);
        if !args.contains(&"--home") {
            command.args(["--home", "home"]);
        }
        if !args.contains(&"--relay") {
            command.args(["--relay", &self.url()]);
        }
        Process::start(command.args(args).current_dir(self.folder.path()))
    }

    /// Opens a device's mailbox.
    pub async fn open(&self, device: &Device) -> TestClient {
        TestClient::open(&self.address, device).await
    }

    /// Makes the key pair `ministry.key` and `ministry.pub`, and gives the arguments of a
    /// chat that is escrowed to it.
    pub fn new_authority(&self) -> [&'static str; 4] {
        let stem = self.path("ministry");
        let made = doormat(&["authority", "new", "--out", stem.to_str().unwrap()]);
        assert!(made.status.success());
        ["--mode", "escrow", "--escrow-pub", "ministry.pub"]
    }

    /// The number of an owner's bundles in the directory.
    pub fn bundles(&self, owner: &str) -> i64 {
        self.count("SELECT count(*) FROM bundles WHERE owner = ?1", owner)
    }

    /// The number of envelopes in a mailbox.
    pub fn waiting(&self, recipient: &str) -> i64 {
        let query = "SELECT count(*) FROM mail WHERE recipient = ?1 AND envelope IS NOT NULL";
        self.count(query, recipient)
    }

    fn count(&self, query: &str, of: &str) -> i64 {
        let database = rusqlite::Connection::open(self.path("data/relay.db")).unwrap();
        database.query_row(query, [of], |row| row.get(0)).unwrap()
    }

    /// Whether a device's file contains this text, to be sent or shown.
    pub fn keeps(&self, name: &str, text: &str) -> bool {
        let file = self.path("home").join(name).join("device.json");
        fs::read_to_string(file).is_ok_and(|json| json.contains(&format!("\"{text}\"")))
    }
}

/// A relay, and two in the end-to-end mode who use it.
pub fn with_world(seed: u64) -> (Relay, World) {
    (Relay::start(), World::new("e2e", ScheduleId::Ratchet, seed))
}

/// Ends a chat's input, and waits until it has ended with success.
#[track_caller]
pub fn finish(chat: &mut Process) {
    chat.end_input();
    assert!(chat.ends().success());
}

/// Starts a relay and reads its address, or its error.
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
