//! A capture file: the frames in it, whatever they carry. One block is in memory at a
//! time, whatever the file's size.

mod input;
mod interface;
mod pcap;
pub(super) mod pcapng;

use std::{
    io::{self, Read},
    mem,
    time::Duration,
};

use self::{input::Input, pcap::Pcap, pcapng::Pcapng};
use super::error::TapeError;

/// A capture file being read.
pub(super) struct CaptureFile<R> {
    input: Input<R>,
    format: Format,
    /// Bytes of what was shown last, still to be consumed.
    shown: u64,
}

enum Format {
    Pcapng(Pcapng),
    Pcap(Pcap),
}

/// What stands next in a file.
pub(super) enum Event<'a> {
    Frame(Frame<'a>),
    /// A packet whose lengths do not fit its block.
    Damaged,
    /// A packet on an interface that the file does not describe.
    NotDescribed,
    /// The capturing program's count of the packets that it lost on an interface so far.
    Dropped {
        /// Section and interface.
        interface: (u32, u32),
        packets: u64,
    },
    /// No packet.
    Other,
    End,
}

/// A frame as an interface carried it.
pub(super) struct Frame<'a> {
    pub(super) link_type: u16,
    /// Since 1970-01-01 00:00 UTC; zero where the file has no time.
    pub(super) time: Duration,
    pub(super) data: &'a [u8],
    /// Its length on the wire, in bytes. More than `data` if the capture cut it.
    pub(super) original: u32,
}

impl Frame<'_> {
    /// How many bytes the capture cut off.
    pub(super) fn cut(&self) -> u32 {
        let captured = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
        self.original.saturating_sub(captured)
    }
}

impl<R: Read> CaptureFile<R> {
    /// Looks at the first bytes to say what the file is.
    pub(super) fn open(from: R) -> Result<Self, TapeError> {
        let mut input = Input::new(from);
        let head = input.peek(8)?;
        if head.is_empty() {
            return Err(TapeError::Empty);
        }
        let magic = head.first_chunk::<4>().ok_or(TapeError::NotACapture)?;
        let format = if u32::from_be_bytes(*magic) == pcapng::SECTION_HEADER {
            Format::Pcapng(Pcapng::default())
        } else if Pcap::is_one(*magic) {
            Format::Pcap(Pcap::open(&mut input).map_err(|fault| fault.at(0))?)
        } else {
            return Err(TapeError::of_other(head));
        };
        Ok(Self {
            input,
            format,
            shown: 0,
        })
    }

    pub(super) fn next(&mut self) -> Result<Event<'_>, TapeError> {
        let before = self.input.offset();
        if !self.input.skip(mem::take(&mut self.shown))? {
            return Err(TapeError::Truncated { offset: before });
        }
        let offset = self.input.offset();
        if self.input.peek(1)?.is_empty() {
            return match self.input.ends_early() {
                true => Err(TapeError::Truncated { offset }),
                false => Ok(Event::End),
            };
        }
        let next = match &mut self.format {
            Format::Pcapng(file) => file.next(&mut self.input),
            Format::Pcap(file) => file.next(&mut self.input),
        };
        let (event, length) = next.map_err(|fault| fault.at(offset))?;
        self.shown = length;
        Ok(event)
    }

    /// How many bytes have been read, up to the end of what was shown last.
    pub(super) const fn offset(&self) -> u64 {
        self.input.offset() + self.shown
    }
}

/// Why a file cannot be read further.
enum Fault {
    Truncated,
    Damaged,
    Io(io::Error),
}

impl Fault {
    fn at(self, offset: u64) -> TapeError {
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

#[derive(Clone, Copy, Default)]
enum ByteOrder {
    #[default]
    Little,
    Big,
}

impl ByteOrder {
    /// The order in which these bytes are a known number.
    fn of(bytes: [u8; 4], known: u32) -> Option<Self> {
        [Self::Little, Self::Big]
            .into_iter()
            .find(|order| order.u32(bytes) == known)
    }

    const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    const fn i64(self, bytes: [u8; 8]) -> i64 {
        self.u64(bytes).cast_signed()
    }

    /// A number's lower and upper 16 bits.
    fn halves(self, bytes: [u8; 4]) -> [u16; 2] {
        let [a, b, c, d] = self.u32(bytes).to_be_bytes();
        [u16::from_be_bytes([c, d]), u16::from_be_bytes([a, b])]
    }
}
