//! What is found in a capture file, and why it cannot be read further.

use std::{io, time::Duration};

use crate::tape::error::TapeError;

/// What stands next in a file.
pub(in crate::tape) enum Event<'a> {
    Frame(Frame<'a>),
    /// A packet whose lengths do not fit its block.
    Damaged,
    /// A packet on an interface that the file does not describe.
    NotDescribed,
    /// So many more packets the capturing program says that it lost.
    Dropped(u64),
    /// No packet.
    Other,
    End,
}

/// A frame as an interface carried it.
pub(in crate::tape) struct Frame<'a> {
    pub(in crate::tape) link_type: u16,
    /// Since 1970-01-01 00:00 UTC; zero where the file has no time.
    pub(in crate::tape) time: Duration,
    pub(in crate::tape) data: &'a [u8],
    /// Its length on the wire, in bytes. More than `data` if the capture cut it.
    pub(in crate::tape) original: u32,
    /// How many packets were lost just before it, if the file says.
    pub(in crate::tape) dropped: Option<u64>,
}

impl Frame<'_> {
    /// How many bytes the capture cut off.
    pub(in crate::tape) fn cut(&self) -> u32 {
        let captured = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        self.original.saturating_sub(captured)
    }
}

/// Why a file cannot be read further.
pub(super) enum Fault {
    Truncated,
    Damaged,
    Io(io::Error),
}

impl Fault {
    pub(super) fn at(self, offset: u64) -> TapeError {
        match self {
            Self::Truncated => TapeError::Truncated { offset },
            Self::Damaged => TapeError::Damaged { offset },
            Self::Io(error) => TapeError::Io(error),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
