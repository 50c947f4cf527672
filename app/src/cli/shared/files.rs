//! Files in and out. No file is ever overwritten.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;
use zeroize::Zeroizing;

use super::{failure::Failure, private_file};
use crate::report::coverage;
use crate::text::{NotUtf8, count, decode, grouped, printable_path};
use doormat::escrow::{EscrowPrivateKey, KeyFileError, Share, key_file, share_file};
use doormat::protocol::AuthorityPublic;
use doormat::tape::{Coverage, Reader, TapeError};

/// No key file is longer, in bytes.
const KEY_FILE_LIMIT: u64 = 16 * 1024;

/// Opens a file to read.
pub(crate) fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| {
        Failure::of_file(
            path,
            describe(&error),
            "Check the path; a relative one counts from the current directory.",
        )
    })?;
    if file.metadata().is_ok_and(|meta| meta.is_dir()) {
        return Err(Failure::of_file(
            path,
            "it is a directory",
            "Name a file in it.",
        ));
    }
    Ok(BufReader::new(file))
}

/// Creates a file that must not be there yet; something that is no regular file,
/// such as `/dev/null` or a named pipe, is written to.
pub(crate) fn create(path: &Path) -> Result<File, Failure> {
    let special = fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir());
    let mut options = OpenOptions::new();
    options.write(true);
    if !special {
        options.create_new(true);
    }
    options
        .open(path)
        .map_err(|error| cannot_write(path, &error))
}

/// Refuses early what [`create`] would refuse late.
pub(crate) fn check_writable(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() || meta.is_dir() => {
            Err(cannot_write(path, &io::ErrorKind::AlreadyExists.into()))
        }
        Ok(_) => Ok(()),
        Err(_) => match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() && !parent.exists() => {
                Err(cannot_write(path, &io::ErrorKind::NotFound.into()))
            }
            _ => Ok(()),
        },
    }
}

/// Writes a whole file that must not be there yet.
pub(crate) fn write_new(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    create(path)?
        .write_all(contents)
        .map_err(|error| cannot_write(path, &error))
}

/// The same, readable by its owner only.
pub(crate) fn write_secret(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    private_file::create(path)
        .and_then(|mut file| file.write_all(contents))
        .map_err(|error| cannot_write(path, &error))
}

/// Refuses a path at which there is anything, a device or a broken link too.
pub(crate) fn must_be_free(path: &Path) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(cannot_write(path, &io::ErrorKind::AlreadyExists.into())),
        Err(_) => Ok(()),
    }
}

/// Opens a file that one process at a time may hold; creates it if need be, and keeps its
/// contents. `busy` is the failure where another process holds it.
pub(crate) fn lock(path: &Path, busy: Failure) -> Result<File, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(|error| cannot_write(path, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(busy),
        Err(fs::TryLockError::Error(error)) => Err(Failure::of_file(
            path,
            format!("it cannot be locked: {}", describe(&error)),
            "Give a folder on a disk of this machine with --home DIR.",
        )),
    }
}

pub(crate) fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::of_file(
            path,
            "it exists already, and is left as it is",
            "Choose another name, or remove the file first.",
        ),
        io::ErrorKind::NotFound => Failure::of_file(
            path,
            "its directory does not exist",
            "Create the directory first.",
        ),
        _ => Failure::of_file(
            path,
            format!("it cannot be written: {}", describe(error)),
            "Choose a place that you may write to, with room on the disk.",
        ),
    }
}

/// Reads an escrow private key.
pub(crate) fn escrow_key(path: &Path) -> Result<EscrowPrivateKey, Failure> {
    let text = secret_text(path)?;
    key_file::read_private(&text).map_err(|error| {
        let help = match share_file::read(&text) {
            Ok(share) => format!(
                "One share opens nothing: `doormat authority combine` makes the key of {} of them.",
                share.threshold
            ),
            Err(_) => "Give the `.key` file that `doormat authority new`, `doormat authority \
                       combine` or `doormat demo --captures` wrote."
                .into(),
        };
        Failure::of_file(path, error, help)
    })
}

/// Advice where a share file was expected.
pub(crate) const SHARES_ARE: &str = "Give the `.share` files that `doormat authority split` wrote.";

/// Reads a share of an escrow private key. A damaged share is returned as an error of its
/// own, since the others may suffice.
pub(crate) fn escrow_share(path: &Path) -> Result<Result<Share, KeyFileError>, Failure> {
    match share_file::read(&secret_text(path)?) {
        Err(error) if !error.is_damage() => Err(Failure::of_file(path, error, SHARES_ARE)),
        read => Ok(read),
    }
}

/// Reads secrets, at most so many bytes of them. Where the buffer must grow, the one before is
/// erased.
pub(crate) fn read_secret(input: impl Read, limit: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut input = input.take(limit);
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    loop {
        let length = bytes.len();
        if length == bytes.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * length));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        let capacity = bytes.capacity();
        bytes.resize(capacity, 0);
        let read = input.read(bytes.get_mut(length..).unwrap_or_default());
        bytes.truncate(length + read.as_ref().copied().unwrap_or(0));
        match read {
            Ok(0) => return Ok(bytes),
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Ok(_) | Err(_) => {}
        }
    }
}

/// A key file's text.
fn secret_text(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = read_secret(open(path)?.into_inner(), KEY_FILE_LIMIT)
        .map_err(|error| Failure::of_file(path, describe(&error), "Check the file."))?;
    text_of(path, &bytes).map(|text| Zeroizing::new(text.to_owned()))
}

/// The text of a file that was read.
pub(crate) fn text_of<'a>(path: &Path, bytes: &'a [u8]) -> Result<&'a str, Failure> {
    decode(bytes).map_err(|error| {
        let help = match error {
            NotUtf8::Utf16 | NotUtf8::Utf32 => "Save the file as UTF-8, with an editor or iconv.",
            NotUtf8::Other { .. } => {
                "Check that it is the right file, and a text; if it is Latin-1, `iconv -f LATIN1` \
                 converts it."
            }
        };
        Failure::of_file(path, error, help)
    })
}

/// Reads an escrow public key.
pub(crate) fn escrow_public(path: &Path) -> Result<AuthorityPublic, Failure> {
    key_file::read_public(&secret_text(path)?).map_err(|error| {
        Failure::of_file(
            path,
            error,
            "Give the `.pub` file that `doormat authority new` wrote.",
        )
    })
}

/// The bytes of a recording, unpacked.
pub(crate) type Recording = Box<dyn Read + Send>;

/// Opens a recording, one that is compressed by gzip too.
pub(crate) fn tape(path: &Path) -> Result<Reader<Recording>, Failure> {
    let mut file = open(path)?;
    let compressed = is_gzip(&mut file);
    let input: Recording = if compressed {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Reader::new(input).map_err(|error| tape_failure(path, &error))
}

fn is_gzip(file: &mut BufReader<File>) -> bool {
    file.fill_buf()
        .is_ok_and(|bytes| bytes.starts_with(&[0x1f, 0x8b]))
}

/// The failure of a recording that cannot be read.
pub(crate) fn tape_failure(path: &Path, error: &TapeError) -> Failure {
    let help = match error {
        TapeError::Truncated { .. } | TapeError::Damaged { .. } => {
            "Copy the recording again from where it was made.".to_owned()
        }
        TapeError::OtherFormat { command, .. } => {
            format!(
                "Make a capture of it first: `{command} {}`.",
                printable_path(path)
            )
        }
        _ => "Give a recording such as `doormat demo --captures DIR` writes.".to_owned(),
    };
    match error {
        TapeError::Io(error) => Failure::of_file(path, describe(error), help),
        error => Failure::of_file(path, error, help),
    }
}

/// The failure of a recording without a packet of doormat's.
pub(crate) fn no_packets(path: &Path, coverage: &Coverage) -> Failure {
    let mut what = match (coverage.packets(), coverage.is_complete()) {
        (0, _) => "there is no packet in it".to_owned(),
        (packets, true) => format!("none of its {} is doormat's", count(packets, "packet")),
        (packets, false) => format!(
            "no message could be read in its {}: {} of doormat's connections; {}",
            count(packets, "packet"),
            grouped(coverage.read),
            coverage::unread(coverage),
        ),
    };
    for sentence in coverage::losses(&coverage.losses) {
        what.push_str(". ");
        what.push_str(sentence.trim_end_matches('.'));
    }
    Failure::of_file(path, what, coverage::advice(coverage))
}

/// An operating system's error without its number.
pub(crate) fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_any_length_are_read_up_to_the_limit() {
        for length in [0, 1, 4095, 4096, 4097, 100_000] {
            let secret: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let read = read_secret(secret.as_slice(), 1 << 20).expect("readable");
            assert_eq!(*read, secret);
            let cut = read_secret(secret.as_slice(), 5000).expect("readable");
            assert_eq!(*cut, secret.iter().copied().take(5000).collect::<Vec<_>>());
        }
    }
}
