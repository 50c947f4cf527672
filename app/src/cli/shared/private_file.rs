//! Files that only their owner may read. None is written through a link, whoever left it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Creates a file that must not be there yet.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // `create_new` follows no link.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a file in the place of one that may be there.
pub(crate) fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => create(path),
    }
}

/// Replaces a file by these parts, one after the other: at any time the old or the new one is
/// there, and the new one is on disk when this returns. Gives it, open at its end.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<File> {
    // An earlier run may have left one when it ended early.
    let new = path.with_extension("new");
    let mut file = create_anew(&new)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}
