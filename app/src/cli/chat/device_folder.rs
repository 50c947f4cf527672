//! The folder in which a device is kept between runs.
//!
//! `device.json` begins with one line of JSON, the state, which is replaced whole; what was
//! typed since follows, a line each, so that a long text does not cost the whole
//! state for each of its lines. Both are on disk before an envelope leaves and before one is
//! confirmed. So a crash loses nothing that was typed or received, and seals nothing
//! twice under one key. That the relay has accepted something need not be saved at once: it
//! knows what it has, and accepts it again.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    outbox::{Outbox, OutboxEntry},
    shown::{Shown, ShownRecord},
};
use crate::cli::shared::{failure::Failure, files};
use crate::transport::control::{Digest, Generation};
use doormat::crypto::random_bytes;
use doormat::protocol::{Device, Name};

/// Digests of the envelopes that were opened last: more than a relay sends before they are
/// confirmed.
const OPENED_DIGESTS: usize = 256;

/// A device's folder, and what is in its file.
pub(super) struct DeviceFolder {
    pub(super) state: ChatState,
    /// What has been shown of the messages that were received.
    pub(super) shown: ShownRecord,
    path: PathBuf,
    /// The device's file, at its end.
    file: File,
    /// Its length when it was last replaced, in bytes.
    replaced_bytes: usize,
    /// Held while this program runs: two must not use one device.
    _lock: File,
}

/// The device, what it has still to send, and what it has still to show.
pub(super) struct ChatState {
    pub(super) device: Device,
    pub(super) outbox: Outbox,
    pub(super) unread: Vec<UnreadMessage>,
    /// How many messages have been received.
    received: u64,
    /// The mode and the authorities that its sessions were begun with, in words.
    policy: String,
    /// Which state this is, of those that sealed.
    pub(super) generation: Generation,
    /// The number of the last generation that a relay has confirmed.
    pub(super) confirmed: u64,
    /// The private halves of the prekeys in the directory may not be here.
    pub(super) withdraw: bool,
    /// The envelopes that were opened last: when one comes again, the relay has not
    /// received that it was confirmed.
    opened: VecDeque<Digest>,
}

/// A text that was received and may not have been shown yet.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UnreadMessage {
    pub(super) from: Name,
    pub(super) text: String,
    #[serde(default)]
    pub(super) number: u64,
    /// The program ended while it was being shown.
    #[serde(default)]
    pub(super) perhaps_shown: bool,
}

impl ChatState {
    fn new(device: Device) -> Self {
        Self {
            device,
            outbox: Outbox::new(Vec::new()),
            unread: Vec::new(),
            received: 0,
            policy: String::new(),
            generation: Generation::NONE,
            confirmed: 0,
            withdraw: false,
            opened: VecDeque::new(),
        }
    }

    /// Sets the mode and the authorities; if they differ from those before, the next
    /// text begins a new session. Gives whether they do.
    pub(super) fn set_policy(&mut self, policy: &str) -> bool {
        let differs = self.policy != policy;
        if differs {
            self.device.retire_sessions();
            policy.clone_into(&mut self.policy);
        }
        differs
    }

    /// Takes a message that is to be shown.
    pub(super) fn receive(&mut self, from: Name, text: String) {
        self.received += 1;
        self.unread.push(UnreadMessage {
            from,
            text,
            number: self.received,
            perhaps_shown: false,
        });
    }

    /// Remembers an envelope that was opened.
    pub(super) fn remember_opened(&mut self, digest: Digest) {
        if self.opened.len() >= OPENED_DIGESTS {
            self.opened.pop_front();
        }
        self.opened.push_back(digest);
    }

    pub(super) fn has_opened(&self, digest: Digest) -> bool {
        self.opened.contains(&digest)
    }

    /// The state is to be saved with something in it that must not happen twice: it
    /// becomes the generation after `last`.
    pub(super) fn begin_generation(&mut self, last: Generation, rng: &mut dyn CryptoRng) {
        self.generation = Generation {
            number: last.number.saturating_add(1),
            tag: random_bytes(rng),
        };
    }

    /// Another copy of this device has gone on: nothing is sealed in the sessions that there
    /// are, and what has not left is sealed anew.
    pub(super) fn go_on_from(&mut self, relay: Generation, rng: &mut dyn CryptoRng) {
        self.device.end_writing();
        self.outbox.unseal_after(self.confirmed);
        self.withdraw = true;
        self.begin_generation(relay, rng);
    }
}

/// The first line of the file, as it is written.
#[derive(Serialize)]
struct WrittenState<'a> {
    device: &'a Device,
    outbox: &'a VecDeque<OutboxEntry>,
    unread: &'a [UnreadMessage],
    received: u64,
    policy: &'a str,
    generation: Generation,
    confirmed: u64,
    withdraw: bool,
    opened: &'a VecDeque<Digest>,
}

/// The first line of the file, as it is read. The device reads its own part.
#[derive(Deserialize)]
struct ReadState<'a> {
    #[serde(borrow)]
    device: &'a RawValue,
    outbox: Vec<OutboxEntry>,
    unread: Vec<UnreadMessage>,
    #[serde(default)]
    received: u64,
    policy: String,
    #[serde(default = "first_generation")]
    generation: Generation,
    #[serde(default)]
    confirmed: u64,
    #[serde(default)]
    withdraw: bool,
    #[serde(default)]
    opened: VecDeque<Digest>,
}

const fn first_generation() -> Generation {
    Generation::NONE
}

const DEVICE_FILE: &str = "device.json";

impl DeviceFolder {
    /// Opens the folder of the device of this name, or makes it.
    pub(super) fn open(
        folder: &Path,
        name: &Name,
        new: impl FnOnce() -> Device,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| files::cannot_write(folder, &error))?;
        let lock = lock(folder)?;
        let path = folder.join(DEVICE_FILE);
        let cannot_read = |error: io::Error| {
            Failure::of_file(&path, files::describe(&error), "Check who may read it.")
        };
        let mut state = match fs::read(&path).map(Zeroizing::new) {
            Ok(json) => read(&json).map_err(|what| {
                Failure::of_file(
                    &path,
                    what,
                    "Move the file away to begin with a new device; its sessions are then lost.",
                )
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => ChatState::new(new()),
            Err(error) => return Err(cannot_read(error)),
        };
        let owner = state.device.name();
        if owner != name {
            return Err(Failure::of_file(
                folder,
                format!("it is {owner}'s device, not {name}'s"),
                format!("Chat as {owner}, or give another folder with --home DIR."),
            ));
        }
        let shown = Shown::read(folder).map_err(cannot_read)?;
        Shown::apply(shown, &mut state.unread);
        let cannot_write = |error: io::Error| files::cannot_write(&path, &error);
        let (file, replaced_bytes) = replace(&path, &state).map_err(cannot_write)?;
        state.outbox.mark_saved();
        let unread = state.unread.first();
        let done = unread.map_or(state.received, |it| it.number.saturating_sub(1));
        Ok(Self {
            shown: ShownRecord::create(folder, done).map_err(cannot_write)?,
            state,
            path,
            file,
            replaced_bytes,
            _lock: lock,
        })
    }

    /// Where line editing keeps its history.
    pub(super) fn history(&self) -> PathBuf {
        self.path.with_file_name("history.txt")
    }

    /// Replaces the file; it is on disk when this returns.
    pub(super) fn save(&mut self) -> Result<(), Failure> {
        let (file, bytes) = replace(&self.path, &self.state)
            .map_err(|error| files::cannot_write(&self.path, &error))?;
        (self.file, self.replaced_bytes) = (file, bytes);
        self.state.outbox.mark_saved();
        Ok(())
    }

    /// Saves what was typed since: it is on disk when this returns.
    pub(super) fn append_typed(&mut self) -> Result<(), Failure> {
        self.append()
            .map_err(|error| files::cannot_write(&self.path, &error))
    }

    fn append(&mut self) -> io::Result<()> {
        let unsaved = self.state.outbox.unsaved();
        if unsaved.len() == 0 {
            return Ok(());
        }
        let mut lines = Vec::new();
        for entry in unsaved {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        self.state.outbox.mark_saved();
        Ok(())
    }

    /// How long the file was when it was last replaced, in bytes: what replacing it costs.
    pub(super) const fn cost(&self) -> usize {
        self.replaced_bytes
    }

    /// Writes which message is about to be shown.
    pub(super) fn begin_showing(&mut self, number: u64) -> Result<(), Failure> {
        let done = self.shown.begin(number);
        done.map_err(|error| files::cannot_write(&self.path, &error))
    }

    /// Writes that it has been shown.
    pub(super) fn end_showing(&mut self, number: u64) -> Result<(), Failure> {
        let done = self.shown.end(number);
        done.map_err(|error| files::cannot_write(&self.path, &error))
    }
}

/// Replaces the file by a state, and gives it, open at its end, with its length.
fn replace(path: &Path, state: &ChatState) -> io::Result<(File, usize)> {
    let json = doormat::crypto::secret_json(&WrittenState {
        device: &state.device,
        outbox: state.outbox.entries(),
        unread: &state.unread,
        received: state.received,
        policy: &state.policy,
        generation: state.generation,
        confirmed: state.confirmed,
        withdraw: state.withdraw,
        opened: &state.opened,
    })?;
    let new = path.with_extension("new");
    // `create_new` follows no link; an earlier run may have left a file when it ended early.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(&json)?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok((file, json.len()))
}

/// The state in the first line and what was typed after it. A last line without its end was
/// being written when the program ended: nobody was told that it is kept.
fn read(json: &[u8]) -> Result<ChatState, String> {
    let damaged = |error: serde_json::Error| format!("it is damaged: {error}");
    let mut lines = json.split_inclusive(|byte| *byte == b'\n');
    let state: ReadState<'_> =
        serde_json::from_slice(lines.next().unwrap_or_default()).map_err(damaged)?;
    let device = Device::import(state.device.get().as_bytes());
    let mut outbox = state.outbox;
    for line in lines.filter(|it| it.ends_with(b"\n")) {
        outbox.push(serde_json::from_slice(line).map_err(damaged)?);
    }
    Ok(ChatState {
        device: device.map_err(|error| error.to_string())?,
        outbox: Outbox::new(outbox),
        unread: state.unread,
        received: state.received,
        policy: state.policy,
        generation: state.generation,
        confirmed: state.confirmed,
        withdraw: state.withdraw,
        opened: state.opened,
    })
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let busy = Failure::of_file(
        folder,
        "this device is in use by another chat",
        "End the other one, or use another name or --home.",
    );
    files::lock(&folder.join("lock"), busy)
}
