//! A device between runs: one file, replaced whole.
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

/// What is kept, and where.
pub(super) struct Home {
    pub(super) kept: Kept,
    folder: PathBuf,
    /// Held while this program runs: one device, one program.
    _lock: File,
}

/// The device, what it has still to send, and what it has still to show.
pub(super) struct Kept {
    pub(super) device: Device,
    pub(super) outbox: Vec<Letter>,
    pub(super) unread: Vec<Heard>,
    /// The mode and the authorities that its sessions were begun with.
    policy: String,
}

/// Something typed that the relay has not accepted yet.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) to: Name,
    /// The mode it was typed in: it leaves in no other.
    pub(super) mode: ModeId,
    pub(super) text: String,
    /// The envelope, in hexadecimal, once there was a session to seal it in.
    pub(super) sealed: Option<String>,
    /// Its envelope's digest, once it was sent on the connection that there is now.
    #[serde(skip)]
    pub(super) sent: Option<Digest>,
}

/// Something received that may not have been shown yet.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Heard {
    pub(super) from: Name,
    pub(super) text: String,
}

impl Kept {
    /// What is still to be sent to somebody: in a mode, and in the other.
    pub(super) fn to_send(&self, to: &Name, mode: ModeId) -> (usize, usize) {
        let letters = self.outbox.iter().filter(|it| it.to == *to);
        let (now, later): (Vec<_>, Vec<_>) = letters.partition(|it| it.mode == mode);
        (now.len(), later.len())
    }

    /// From now on in this mode, with these authorities: if they are others than
    /// before, what is written next begins new sessions.
    pub(super) fn speak(&mut self, policy: &str) {
        if self.policy != policy {
            self.device.retire_sessions();
            self.policy = policy.to_owned();
        }
    }

    /// Seals what can be sealed, to each in the order in which it was typed. Somebody
    /// who has never been at the relay holds up nobody else's.
    pub(super) fn seal_outbox(
        &mut self,
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        let unsealed = |it: &&mut Letter| it.sealed.is_none() && it.mode == mode.id();
        for letter in self.outbox.iter_mut().filter(unsealed) {
            if !self.device.can_write_to(&letter.to) {
                continue;
            }
            let text = letter.text.as_bytes();
            let sealed = self.device.seal(&letter.to, text, mode, rng)?;
            letter.sealed = Some(hex::encode(sealed));
        }
        Ok(())
    }

    /// Has what is still to be sent to somebody sealed again.
    pub(super) fn unseal(&mut self, to: &Name) {
        for letter in self.outbox.iter_mut().filter(|it| it.to == *to) {
            (letter.sealed, letter.sent) = (None, None);
        }
    }

    /// Takes out the letter whose envelope has this digest.
    pub(super) fn take_letter(&mut self, digest: Digest) -> Option<Letter> {
        let at = self.outbox.iter().position(|it| it.sent == Some(digest))?;
        Some(self.outbox.remove(at))
    }

    /// Envelopes to send next, marked as sent, as many as there may be on the way.
    pub(super) fn next_to_send(&mut self, window: usize) -> Vec<Vec<u8>> {
        let underway = self.outbox.iter().filter(|it| it.sent.is_some()).count();
        self.outbox
            .iter_mut()
            .filter(|it| it.sent.is_none() && it.sealed.is_some())
            .map_while(|letter| {
                let envelope = hex::decode(letter.sealed.as_ref()?).ok()?;
                Some((letter, envelope))
            })
            .take(window.saturating_sub(underway))
            .map(|(letter, envelope)| {
                letter.sent = Some(Digest::of(&envelope));
                envelope
            })
            .collect()
    }
}

/// The file's form.
#[derive(Serialize, Deserialize)]
struct Form<D, L, H> {
    device: D,
    outbox: L,
    unread: H,
    policy: String,
}

const FILE: &str = "device.json";

impl Home {
    pub(super) fn open(folder: &Path, new: impl FnOnce() -> Device) -> Result<Self, Failure> {
        fs::create_dir_all(folder).map_err(|error| files::cannot_write(folder, &error))?;
        let lock = lock(folder)?;
        let path = folder.join(FILE);
        let kept = match fs::read(&path) {
            Ok(json) => read(&json).map_err(|what| {
                Failure::of_file(
                    &path,
                    what,
                    "Move the file away to begin with a new device; its sessions are then lost.",
                )
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept {
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
        let home = Self {
            kept,
            folder: folder.to_owned(),
            _lock: lock,
        };
        home.save()?;
        Ok(home)
    }

    /// Where line editing keeps its history.
    pub(super) fn history(&self) -> PathBuf {
        self.folder.join("history.txt")
    }

    /// Replaces the file; it is on disk when this returns.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let path = self.folder.join(FILE);
        self.replace(&path)
            .map_err(|error| files::cannot_write(&path, &error))
    }

    fn replace(&self, path: &Path) -> io::Result<()> {
        let form = Form {
            device: &self.kept.device,
            outbox: &self.kept.outbox,
            unread: &self.kept.unread,
            policy: self.kept.policy.clone(),
        };
        let json = Zeroizing::new(serde_json::to_vec(&form)?);
        let new = path.with_extension("new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(&json)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        File::open(&self.folder)?.sync_all()
    }
}

fn read(json: &[u8]) -> Result<Kept, String> {
    let form: Form<Box<RawValue>, _, _> =
        serde_json::from_slice(json).map_err(|error| format!("it is damaged: {error}"))?;
    Ok(Kept {
        device: Device::import(form.device.get().as_bytes()).map_err(|error| error.to_string())?,
        outbox: form.outbox,
        unread: form.unread,
        policy: form.policy,
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
