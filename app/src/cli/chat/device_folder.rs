//! The folder in which a device is kept between runs, in one file that is replaced whole.
//!
//! It is saved before an envelope leaves and before one is confirmed. So a crash
//! loses nothing that was typed or received, and seals nothing twice under one key.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::cli::shared::{failure::Failure, files};
use crate::transport::control::Digest;
use doormat::protocol::{Device, Mode, ModeId, Name, SealError};

/// A device's folder, and what is in its file.
pub(super) struct DeviceFolder {
    pub(super) state: ChatState,
    path: PathBuf,
    /// Held while this program runs: two must not use one device.
    _lock: File,
}

/// The device, what it has still to send, and what it has still to show.
pub(super) struct ChatState {
    pub(super) device: Device,
    pub(super) outbox: Vec<OutboxEntry>,
    pub(super) unread: Vec<UnreadMessage>,
    /// The mode and the authorities that its sessions were begun with, in words.
    policy: String,
}

/// A text that the relay has not accepted yet.
#[derive(Serialize, Deserialize)]
pub(super) struct OutboxEntry {
    pub(super) to: Name,
    /// The mode it was typed in: it is sent in no other.
    pub(super) mode: ModeId,
    pub(super) text: String,
    /// The envelope, in hexadecimal, once there was a session to seal it in.
    pub(super) sealed: Option<String>,
    /// Its envelope's digest, once it was sent on the present connection.
    #[serde(skip)]
    pub(super) sent: Option<Digest>,
}

/// A text that was received and may not have been shown yet.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UnreadMessage {
    pub(super) from: Name,
    pub(super) text: String,
}

impl ChatState {
    /// Texts to a peer that the relay has not accepted: in a mode, and in the other.
    pub(super) fn unsent(&self, to: &Name, mode: ModeId) -> (usize, usize) {
        let entries = self.outbox.iter().filter(|it| it.to == *to);
        let (now, later): (Vec<_>, Vec<_>) = entries.partition(|it| it.mode == mode);
        (now.len(), later.len())
    }

    /// Whether a text to a peer in a mode waits for a session.
    pub(super) fn has_unsealed(&self, to: &Name, mode: ModeId) -> bool {
        let mut entries = self.outbox.iter();
        entries.any(|it| it.sealed.is_none() && it.mode == mode && it.to == *to)
    }

    /// Sets the mode and the authorities; if they differ from those before, the next
    /// text begins a new session.
    pub(super) fn set_policy(&mut self, policy: &str) {
        if self.policy != policy {
            self.device.retire_sessions();
            self.policy = policy.to_owned();
        }
    }

    /// Seals what can be sealed, for each recipient in the order in which it was typed.
    /// A recipient without a session does not delay the others.
    pub(super) fn seal_outbox(
        &mut self,
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let unsealed = |it: &&mut OutboxEntry| it.sealed.is_none() && it.mode == mode.id();
        for entry in self.outbox.iter_mut().filter(unsealed) {
            if !self.device.can_write_to(&entry.to) {
                continue;
            }
            let text = entry.text.as_bytes();
            let sealed = self.device.seal(&entry.to, text, mode, rng)?;
            entry.sealed = Some(hex::encode(sealed));
        }
        Ok(())
    }

    /// Discards the envelopes to a peer, so that their texts are sealed again.
    pub(super) fn unseal(&mut self, to: &Name) {
        for entry in self.outbox.iter_mut().filter(|it| it.to == *to) {
            (entry.sealed, entry.sent) = (None, None);
        }
    }

    /// Removes the entry that was sent as the envelope with this digest.
    pub(super) fn take_entry(&mut self, digest: Digest) -> Option<OutboxEntry> {
        let at = self.outbox.iter().position(|it| it.sent == Some(digest))?;
        Some(self.outbox.remove(at))
    }

    /// Envelopes to send next, marked as sent: no more than the window has room for.
    pub(super) fn next_to_send(&mut self, window: usize) -> Vec<Vec<u8>> {
        let in_flight = self.outbox.iter().filter(|it| it.sent.is_some()).count();
        self.outbox
            .iter_mut()
            .filter(|it| it.sent.is_none() && it.sealed.is_some())
            .map_while(|entry| {
                let envelope = hex::decode(entry.sealed.as_ref()?).ok()?;
                Some((entry, envelope))
            })
            .take(window.saturating_sub(in_flight))
            .map(|(entry, envelope)| {
                entry.sent = Some(Digest::of(&envelope));
                envelope
            })
            .collect()
    }
}

/// The file's JSON. The device writes and reads its own part.
#[derive(Serialize, Deserialize)]
struct DeviceFile<D, O, U> {
    device: D,
    outbox: O,
    unread: U,
    policy: String,
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
        let state = match fs::read(&path) {
            Ok(json) => read(&json).map_err(|what| {
                Failure::of_file(
                    &path,
                    what,
                    "Move the file away to begin with a new device; its sessions are then lost.",
                )
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => ChatState {
                device: new(),
                outbox: Vec::new(),
                unread: Vec::new(),
                policy: String::new(),
            },
            Err(error) => {
                return Err(Failure::of_file(
                    &path,
                    files::describe(&error),
                    "Check who may read it.",
                ));
            }
        };
        let owner = state.device.name();
        if owner != name {
            return Err(Failure::of_file(
                folder,
                format!("it is {owner}'s device, not {name}'s"),
                format!("Chat as {owner}, or give another folder with --home DIR."),
            ));
        }
        let opened = Self {
            state,
            path: folder.to_owned(),
            _lock: lock,
        };
        opened.save()?;
        Ok(opened)
    }

    /// Where line editing keeps its history.
    pub(super) fn history(&self) -> PathBuf {
        self.path.join("history.txt")
    }

    /// Replaces the file; it is on disk when this returns.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let path = self.path.join(DEVICE_FILE);
        self.replace(&path)
            .map_err(|error| files::cannot_write(&path, &error))
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let file = DeviceFile {
            device: &self.state.device,
            outbox: &self.state.outbox,
            unread: &self.state.unread,
            policy: self.state.policy.clone(),
        };
        let json = Zeroizing::new(serde_json::to_vec(&file)?);
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
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(&self.path)?.sync_all()
    }
}

fn read(json: &[u8]) -> Result<ChatState, String> {
    let file: DeviceFile<Box<RawValue>, _, _> =
        serde_json::from_slice(json).map_err(|error| format!("it is damaged: {error}"))?;
    Ok(ChatState {
        device: Device::import(file.device.get().as_bytes()).map_err(|error| error.to_string())?,
        outbox: file.outbox,
        unread: file.unread,
        policy: file.policy,
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
