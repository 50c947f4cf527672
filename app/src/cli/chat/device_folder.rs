//! The folder in which a device is kept between runs.
//!
//! `device.json` begins with one line of JSON, the state, which is replaced whole; what was
//! typed since follows, a line each, so that a long text does not cost the whole
//! state for each of its lines. Much that waits is set aside in `outbox.jsonl`, so that it is not
//! written again with each change of the state. All of it is on disk before an envelope leaves and
//! before one is confirmed. So a crash loses nothing that was typed or received, and seals nothing
//! twice under one key. That the relay has accepted something need not be saved at once: it
//! knows what it has, and accepts it again.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    chat_state::{ChatState, read_lines},
    outbox_entry::OutboxEntry,
    shown::{Shown, ShownRecord},
};
use crate::cli::shared::{failure::Failure, files, private_file};
use doormat::protocol::{Device, Name};

/// A device's folder, and what is in its file.
pub(super) struct DeviceFolder {
    pub(super) state: ChatState,
    /// What has been shown of the messages that were received.
    pub(super) shown: ShownRecord,
    path: PathBuf,
    /// The device's file, at its end.
    file: File,
    /// What of the outbox is set aside, at its end; none if nothing is.
    aside: Option<File>,
    /// Its length when it was last replaced, in bytes.
    replaced_bytes: usize,
    /// Held while this program runs: two must not use one device.
    _lock: File,
}

const DEVICE_FILE: &str = "device.json";

const OUTBOX_FILE: &str = "outbox.jsonl";

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
        let read =
            |path: &Path| File::open(path).and_then(|file| files::read_secret(file, u64::MAX));
        let (mut state, has_aside) = match read(&path) {
            Ok(json) => ChatState::read(&json).map_err(|what| {
                Failure::of_file(
                    &path,
                    what,
                    "Move the file away to begin with a new device; its sessions are then lost.",
                )
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (ChatState::new(new()), false),
            Err(error) => return Err(cannot_read(error)),
        };
        let outbox = folder.join(OUTBOX_FILE);
        if has_aside {
            let entries = read(&outbox).map_err(|error| files::describe(&error));
            let entries = entries.and_then(|lines| read_lines(&lines));
            state.outbox.add_aside(entries.map_err(|what| {
                let help = "It belongs to device.json beside it: put it back, or make an empty file \
                            of this name to go on without the lines in it.";
                Failure::of_file(&outbox, what, help)
            })?);
        }
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
        let mut aside = None;
        if !state.outbox.aside().is_empty() {
            let lines = lines_of(state.outbox.aside()).map_err(cannot_write)?;
            aside = Some(private_file::replace(&outbox, &[&lines]).map_err(cannot_write)?);
        }
        let (file, replaced_bytes) = replace_state(&path, &state).map_err(cannot_write)?;
        state.outbox.mark_saved();
        let unread = state.unread.first();
        let done = unread.map_or(state.received, |it| it.number.saturating_sub(1));
        Ok(Self {
            shown: ShownRecord::create(folder, done).map_err(cannot_write)?,
            state,
            path,
            file,
            aside,
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
        self.set_aside()
            .and_then(|()| self.save_state())
            .map_err(|error| files::cannot_write(&self.path, &error))
    }

    /// Sets aside what waits, if it is much: on disk before the state is without it.
    fn set_aside(&mut self) -> io::Result<()> {
        let outbox = &mut self.state.outbox;
        let entries = outbox.to_set_aside();
        if entries.is_empty() {
            return Ok(());
        }
        let lines = lines_of(entries)?;
        match &mut self.aside {
            Some(file) => {
                file.write_all(&lines)?;
                file.sync_data()?;
            }
            None => {
                self.aside = Some(private_file::replace(
                    &self.path.with_file_name(OUTBOX_FILE),
                    &[&lines],
                )?)
            }
        }
        outbox.mark_set_aside();
        Ok(())
    }

    fn save_state(&mut self) -> io::Result<()> {
        (self.file, self.replaced_bytes) = replace_state(&self.path, &self.state)?;
        self.state.outbox.mark_saved();
        if self.aside.is_some() && self.state.outbox.aside().is_empty() {
            self.aside = None;
            fs::remove_file(self.path.with_file_name(OUTBOX_FILE))?;
        }
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
        self.file.write_all(&lines_of(unsaved)?)?;
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

/// Entries, a line of JSON each.
fn lines_of<'a>(entries: impl IntoIterator<Item = &'a OutboxEntry>) -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Replaces the device's file by a state, and gives it, open at its end, with its length.
fn replace_state(path: &Path, state: &ChatState) -> io::Result<(File, usize)> {
    let json = state.serialized()?;
    let file = private_file::replace(path, &[&json, b"\n"])?;
    Ok((file, json.len()))
}

fn lock(folder: &Path) -> Result<File, Failure> {
    let busy = Failure::of_file(
        folder,
        "this device is in use by another chat",
        "End the other one, or use another name or --home.",
    );
    files::lock(&folder.join("lock"), busy)
}
