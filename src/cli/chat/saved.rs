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

use crate::cli::{failure::Failure, files};
use crate::protocol::{Device, Mode, Name, SealError};
use crate::transport::control::Digest;

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
}

/// Something typed that the relay has not accepted yet.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) to: Name,
    pub(super) text: String,
    /// The envelope, in hexadecimal, once there was a session to seal it in.
    pub(super) sealed: Option<String>,
}

/// Something received that may not have been shown yet.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Heard {
    pub(super) from: Name,
    pub(super) text: String,
}

impl Kept {
    /// Seals what can be sealed, in the order in which it was typed.
    pub(super) fn seal_outbox(
        &mut self,
        mode: &dyn Mode,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), SealError> {
        for letter in self.outbox.iter_mut().filter(|it| it.sealed.is_none()) {
            if !self.device.can_write_to(&letter.to) {
                break;
            }
            let text = letter.text.as_bytes();
            let sealed = self.device.seal(&letter.to, text, mode, rng)?;
            letter.sealed = Some(hex::encode(sealed));
        }
        Ok(())
    }

    /// Takes out the letter whose envelope has this digest.
    pub(super) fn take_letter(&mut self, digest: Digest) -> Option<Letter> {
        let at = self.outbox.iter().position(|letter| {
            let sealed = letter.sealed.as_ref();
            let sealed = sealed.and_then(|sealed| hex::decode(sealed).ok());
            sealed.is_some_and(|sealed| Digest::of(&sealed) == digest)
        })?;
        Some(self.outbox.remove(at))
    }
}

/// The file's form.
#[derive(Serialize, Deserialize)]
struct Form<D, L, H> {
    device: D,
    outbox: L,
    unread: H,
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
    })
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|error| files::cannot_write(&path, &error))?;
    file.try_lock().map_err(|_| {
        Failure::of_file(
            folder,
            "this device is in use by another chat",
            "End the other one, or use another name or --home.",
        )
    })?;
    Ok(file)
}
