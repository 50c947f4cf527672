//! Why a recording cannot be read, or not further.

use std::io;

/// Why a recording cannot be read, or not further. All packets before were given.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Something else.
    #[error("it is not a capture, neither pcapng nor pcap")]
    NotACapture,
    /// A compressed file, or a capture in a format that is not read.
    #[error("it is {format}, which is not read as it is")]
    OtherFormat {
        /// What it is, with its article.
        format: &'static str,
        /// A command that makes it readable, but for the file's name.
        command: &'static str,
    },
    /// Cut short.
    #[error("it is cut short: the block at byte {offset} is incomplete")]
    Truncated {
        /// Where the incomplete block begins.
        offset: u64,
    },
    /// Damaged between blocks, so that what follows cannot be found.
    #[error("it is damaged: no block can begin at byte {offset}")]
    Damaged {
        /// Where a block should begin.
        offset: u64,
    },
    /// The operating system says no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// First bytes, what they are of, and the command that makes a capture of it.
const OTHER_FORMATS: [(&[u8], &str, &str); 9] = [
    (b"\x1f\x8b", "compressed by gzip", "gzip -dk"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd", "zstd -d"),
    (b"\x04\x22\x4d\x18", "compressed by lz4", "lz4 -d"),
    (b"\xfd7zXZ\0", "compressed by xz", "xz -dk"),
    (b"BZh", "compressed by bzip2", "bzip2 -dk"),
    (b"PK\x03\x04", "a ZIP archive", "unzip"),
    (
        b"snoop\0",
        "a capture of Solaris' snoop",
        "editcap -F pcapng",
    ),
    (
        b"GMBU",
        "a capture of Microsoft's Network Monitor",
        "editcap -F pcapng",
    ),
    (
        b"RTSS",
        "a capture of Microsoft's Network Monitor",
        "editcap -F pcapng",
    ),
];

impl TapeError {
    /// The error of a file that begins with these bytes and is no capture that is read.
    pub(super) fn of_other(head: &[u8]) -> Self {
        OTHER_FORMATS
            .into_iter()
            .find(|(magic, ..)| head.starts_with(magic))
            .map_or(Self::NotACapture, |(_, format, command)| {
                Self::OtherFormat { format, command }
            })
    }
}
