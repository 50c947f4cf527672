//! The files of a relay's folder: its owner's only, and one relay's at a time.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use crate::transport::relay::store::StoreError;

/// Makes the database readable by its owner only, as far as the file system knows owners.
/// SQLite gives the files that it makes beside it the same mode; an earlier version may have
/// left some.
pub(super) fn make_private(database: &Path) -> io::Result<()> {
    private(OpenOptions::new().write(true).create(true).truncate(false)).open(database)?;
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        let mut file = database.as_os_str().to_owned();
        file.push(suffix);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        // Not every file system has modes.
        let _ = fs::set_permissions(file, mode);
    }
    Ok(())
}

/// What is created is its owner's only.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Locks the folder: two relays must not share one.
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    let lock = private(OpenOptions::new().write(true).create(true).truncate(false))
        .open(folder.join("lock"))
        .map_err(StoreError::Lock)?;
    lock.try_lock().map_err(|_| StoreError::InUse)?;
    Ok(lock)
}
